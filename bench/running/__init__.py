"""A run from its plan to its last record: rounds, launches, slices, and how it goes on after it was cut short."""
