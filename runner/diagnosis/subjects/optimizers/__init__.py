"""What optimizers that keep a state make of a gradient: the textbook's formulas, and mistakes in them."""
