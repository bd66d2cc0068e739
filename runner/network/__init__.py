"""The NumPy network: what it is made of, and how it is compiled into a flat list of NumPy calls.

`activations`, `losses` and `initialisers` hold the registries; `architecture` says what is built, `program` what a
compiled network is, `build` compiles one, `workspace` gives it arrays, `faults` makes mistakes in it. Nothing here
knows of training, settings or tracking; apart from `initialisers` (which the settings read) nothing needs more than
NumPy, so that a saved model runs without the rest.
"""
