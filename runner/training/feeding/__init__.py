"""What each step is given: its samples, and the masks that are drawn for it."""
