"""The rules of the forum. Pure functions: no I/O, no clock, no randomness of their own."""
