"""Tudang: a Matrix bridge and moderation bot for a government's coordination forum.

The map of the house is ``bridge/README.md``.
"""

__version__ = "0.1.0"
