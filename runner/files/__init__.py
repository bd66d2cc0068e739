"""What a run leaves: its files, their writers and readers."""
