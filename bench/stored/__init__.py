"""Runs that lie in a folder: which they are, whether each makes sense, and what is kept of many."""
