"""Somebody's own network in training: its arrays as a layout, its loss and gradient as calls of a program."""
