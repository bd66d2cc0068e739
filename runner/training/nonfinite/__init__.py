"""The first value that is not finite: which call made it, from which operands, and what had been growing before."""
