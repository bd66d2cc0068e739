"""The command line: commands, what they draw and print, exit codes."""
