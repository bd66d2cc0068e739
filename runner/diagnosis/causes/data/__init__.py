"""Causes in the data, or in how the settings treat them."""
