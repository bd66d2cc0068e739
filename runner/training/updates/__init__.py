"""How a gradient becomes an update: optimisers, and the learning rate from step to step."""
