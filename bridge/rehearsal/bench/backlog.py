"""`scripts/bench backlog`: the bridge was away while a hundred thousand messages were written; it catches up.

The homeserver answers with the last hundred and a hole before them. The hole is filled page by page, then all of
it is decided in order. Memory is looked at all the way: it is not to grow with what is caught up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bridge.rehearsal.bench.replay import ask, calm, fresh, post, running_bridge, stand_in, wait_until


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How it was caught up."""

    messages: int
    fetched_after: float
    """Seconds until the last message of the hole was handed out."""
    tagged_after: float
    """Seconds until the last tag."""
    peak_bytes: int
    memory: list[tuple[float, int, int]]
    """(seconds, messages tagged, bytes held) on the way."""

    @property
    def per_second(self) -> float:
        """Messages caught up with in a second."""
        return self.messages / self.tagged_after


def measure(folder: Path, messages: int, pictures: Path, say: Callable[[str], None]) -> Backlog:
    """Catch up with ``messages`` messages in one room."""
    fresh(folder)
    with (
        stand_in(messages, 1, pictures, folder, "--backlog") as (_, url),
        running_bridge(folder, url, 1) as (bridge, page),
    ):
        wait_until(lambda: ask(url).polling and calm(page), bridge)
        memory: list[tuple[float, int, int]] = []
        fetched = 0.0
        began = said = time.monotonic()
        post(f"{url}/bench/start")

        def caught_up() -> bool:
            nonlocal fetched, said
            now, score = time.monotonic(), ask(url)
            memory.append((now - began, score.tagged, bridge.memory_bytes()))
            if not fetched and score.delivered == messages:
                fetched = now - began
            if now - said > 5:
                said = now
                say(f"  ... {score.delivered} fetched, {score.tagged} of {score.wanted} tags")
            return score.tagged == score.wanted

        wait_until(caught_up, bridge, lambda: (ask(url).delivered, ask(url).tagged))
        return Backlog(
            messages=messages,
            fetched_after=fetched,
            tagged_after=ask(url).last_tag,
            peak_bytes=bridge.peak_bytes(),
            memory=memory,
        )
