"""How a subject is used: its parameters, data, loss and gradients found out, and called in one shape."""
