"""The jobs of a multirun: expanded, composed and checked before the first starts."""
