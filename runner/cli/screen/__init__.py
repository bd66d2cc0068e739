"""What is drawn and printed on the terminal."""
