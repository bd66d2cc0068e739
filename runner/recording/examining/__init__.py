"""The check of a recorded step from the question to the answer, in a process of its own."""
