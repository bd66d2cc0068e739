"""The gradient check, and the mistakes that explain what it finds.

This package sees the network as two functions, a loss and its gradient, and compares them with the network that should
have been written. What a mistake is stands in `runner.network.faults`.
"""
