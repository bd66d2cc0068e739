"""Several runs trained as one program."""
