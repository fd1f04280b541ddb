"""The fenced process that looks at files, for every test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.evidence.inspect import Inspector
from bridge.model.evidence import Limits


@pytest.fixture
async def inspector() -> AsyncIterator[Inspector]:
    """An inspector with the usual limits."""
    async with Inspector(Limits()) as inspector:
        yield inspector
