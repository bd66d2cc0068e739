"""What drives one step of somebody's training: calls for loss and gradients, one turn of a loop, one update."""
