"""The process that a subject runs in, the messages to it, and what stands for it outside."""
