"""What there is to set and to choose, from the code and the comments of the shipped YAML: for `show` and the docs."""
