"""Their source as a syntax tree whose operations report themselves."""
