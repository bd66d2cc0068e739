"""Causes in what the network can represent."""
