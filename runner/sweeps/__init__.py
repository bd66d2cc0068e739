"""Sweeps: many runs behind one command, trained in packs, each leaving what it would leave alone."""
