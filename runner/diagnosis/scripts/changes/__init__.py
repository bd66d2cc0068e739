"""Changes of a script's text: numbers, data, starting weights, expressions; how each is written and applied."""
