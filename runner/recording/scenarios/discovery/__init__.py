"""From somebody's file to one step of its training that can be run again."""
