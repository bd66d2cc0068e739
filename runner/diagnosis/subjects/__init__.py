"""Somebody's own network, run in a process of its own and checked.

`proxy.opened` starts the process and gives a `BlackBox`: loss, gradients and predictions as functions of arrays, in one
shape whatever shapes the subject wants. What runs inside of the process stands in `child` and the modules that it
imports (`expressions`, `parameters`, `building`, `discovery`, `forms`, `answers`, `host`); these need NumPy alone.
"""
