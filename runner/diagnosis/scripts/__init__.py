"""Why somebody's training script broke: its recorded step checked, causes from numbers, fixes run in a copy."""
