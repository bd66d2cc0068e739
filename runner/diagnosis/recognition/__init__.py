"""Recognising a network that somebody wrote by hand, from its numbers alone, and naming the mistake in it.

Nothing of its source is read: what is known are the shapes of its arrays, its loss, its gradients and, where it tells
them, its predictions.
"""
