"""A house for each test of this folder."""

from tests.faults.fixture import house

__all__ = ["house"]
