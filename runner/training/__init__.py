"""Training: the loop, what it watches, and what it writes down. Nothing here knows of MLflow, Hydra or diagnosis."""
