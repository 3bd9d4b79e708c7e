"""The machine: what it is, what it allows, what it does meanwhile, and whose turn it is to measure on it."""
