"""Naming what is wrong with a step of somebody's: by common factors, corrections, patterns, or a network of ours."""
