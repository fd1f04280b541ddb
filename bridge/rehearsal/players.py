"""Who plays: the people of the roster, as the transcript and the printed log-ins name them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bridge.policy.load import load

_OF_A_UNIT = frozenset({"head", "subdistrict_head"})


class Player(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the roster with one account."""

    localpart: str
    name: str
    title: str
    """Office as people say it: `Wakil Bupati`, `Kepala DLH`, `Camat Citta`."""
    short: str
    """The same in one word, for narrow places: `Wabup`, `DLH`, `Citta`."""
    role: str
    unit: str | None = None


class Company(msgspec.Struct, frozen=True):
    """The whole company, by localpart, in the order of the roster."""

    forum: str
    zone: ZoneInfo
    players: Mapping[str, Player]
    units: Mapping[str, str]
    """Short names of all units by id."""


def read_company(config: Path, on: datetime) -> Company:
    """The people who hold an office at ``on``, from the policy and roster that the bridge reads as well.

    Raises what :func:`bridge.policy.load.load` raises when the files are not in order.
    """
    loaded = load(config)
    roster, policy = loaded.roster, loaded.policy
    names = policy.names.roles
    players: dict[str, Player] = {}
    for due in roster.persons_due(on):
        standing = due.standing
        title = names.get(standing.role) or standing.role
        unit = standing.unit
        short = unit.short if unit is not None and standing.role in _OF_A_UNIT else title
        if unit is not None and standing.role in _OF_A_UNIT:
            title = f"{'Camat' if standing.role == 'subdistrict_head' else 'Kepala'} {unit.short}"
        for user in due.user_ids[:1]:
            localpart = user.removeprefix("@").partition(":")[0]
            players[localpart] = Player(
                localpart=localpart,
                name=standing.person.name.partition(" ")[0],
                title=title,
                short=short,
                role=standing.role,
                unit=unit.id if unit is not None else None,
            )
    return Company(
        forum=policy.forum.name,
        zone=policy.forum.zone,
        players=players,
        units={unit.id: unit.short for unit in roster.units()},
    )
