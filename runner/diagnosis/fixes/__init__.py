"""Changes of the settings, and running them."""
