"""Reads who hears what, `bridge/lang/hearing.yaml`: one row per text, the same for all languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

from bridge.model.effects import Hearing

PLACES = ("room", "control", "audit", "private")
"""Where a text is heard."""

STAGES = ("watch", "tag", "remind", "enforce")
"""From which stage on; in the order in which a forum goes through them."""

_FILE = Path(__file__).parent / "hearing.yaml"


class HearingError(ValueError):
    """The table cannot be used; the message has one line per fault."""


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    where: str
    stage: str
    rings: bool = False
    always: bool = False


def load_hearing(file: Path = _FILE) -> Mapping[str, Hearing]:
    """The rows by key of text. Raises :class:`HearingError` with all faults at once."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise HearingError(f"{file.name} cannot be read: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise HearingError(f"{file.name} holds keys of texts, each with its row")
    rows: dict[str, Hearing] = {}
    faults: list[str] = []
    for key, value in root.value:
        where = f"{file.name}, line {key.start_mark.line + 1}: {key.value}"
        if key.value in rows:
            faults.append(f"{where} stands there twice")
            continue
        try:
            rows[key.value] = _row(value)
        except ValueError as error:
            faults.append(f"{where}: {error}")
    if faults:
        raise HearingError("\n".join(faults))
    return rows


def _row(node: yaml.Node) -> Hearing:
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("a row is written {where: room, stage: remind}")
    # Scalars as they are written; msgspec alone says what is true or false.
    written = {name.value: value.value for name, value in node.value if isinstance(value, yaml.ScalarNode)}
    row = msgspec.convert(written, _Row, strict=False)
    if row.where not in PLACES:
        raise ValueError(f"where is {', '.join(PLACES)}, not {row.where!r}")
    if row.stage not in STAGES:
        raise ValueError(f"stage is {', '.join(STAGES)}, not {row.stage!r}")
    if row.always and not row.rings:
        raise ValueError("what does not ring cannot ring always")
    if row.where in ("control", "audit") and row.stage != "watch":
        raise ValueError(f"the {row.where} room hears everything from the stage watch on")
    return Hearing(where=row.where, stage=row.stage, rings=row.rings, always=row.always)
