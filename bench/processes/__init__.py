"""Processes that are started here: who keeps them, who ends them, what they say, and whose ports they are."""
