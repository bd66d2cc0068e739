"""The loss of a step: what the step computes, what a call gives, or the usual one that its gradients are of."""
