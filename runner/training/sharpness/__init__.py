"""How sharp the loss is, and how large a learning rate that allows."""
