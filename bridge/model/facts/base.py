"""What every fact is."""

from __future__ import annotations

import msgspec


class Fact(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", forbid_unknown_fields=True
):
    """The base of all facts."""
