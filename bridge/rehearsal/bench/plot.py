"""The picture of a bench: what a long absence does to speed and memory, as SVG."""

from __future__ import annotations

from pathlib import Path

import pygal
from pygal.style import CleanStyle

from bridge.rehearsal.bench.backlog import Backlog
from bridge.rehearsal.bench.processes import MEBIBYTE

POINTS = 60


def catching_up(found: Backlog, path: Path) -> None:
    """Draw tags (thousands) and memory (MiB) over the seconds of catching up with a backlog."""
    step = max(1, len(found.memory) // POINTS)
    seen = found.memory[::step]
    chart = pygal.XY(
        style=CleanStyle(font_family="sans-serif"),
        title=f"Catching up with {found.messages:,} messages",
        x_title="seconds since the homeserver was back",
        width=760,
        height=360,
        dots_size=1.5,
        legend_at_bottom=True,
        include_x_axis=True,
        range=(0, max(held for _, _, held in seen) / MEBIBYTE * 1.2),
        js=[],
        disable_xml_declaration=True,
    )
    chart.add("memory of the bridge, MiB", [(at, held / MEBIBYTE) for at, _, held in seen])
    chart.add("tags, in thousands", [(at, tagged / 1000) for at, tagged, _ in seen])
    chart.render_to_file(str(path))
