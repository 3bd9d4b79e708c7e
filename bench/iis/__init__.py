"""IIS as a server: what it must be told is planned as data; one function carries a plan out, one takes it back."""
