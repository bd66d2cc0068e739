"""Numbers that a diagnosis asks of a run: of its data, its units, its gradients."""
