"""The debugging ladder: from one neuron on AND, checked by hand, to a hidden layer on XOR, one certainty at a time.

A rung is a module with `climb(network) -> RungResult`, listed in `rungs.py`; it sees a network as functions of flat
parameters (`network.py`), whether it is ours with faults (`configured.py`) or somebody's own (`subject.py`).
"""
