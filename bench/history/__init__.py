"""What became of rows over many runs: series of figures, and where they changed. Nothing is measured here."""

from bench.history.tracks import History, Level, Step, Track, history

__all__ = ["History", "Level", "Step", "Track", "history"]
