"""What people look at of a gradient check and of the ladder: their plots and their pages."""
