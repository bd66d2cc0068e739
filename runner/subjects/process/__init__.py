"""The process that a subject runs in, the messages to it, and the black box that stands for it outside."""
