"""What no single field can know: whether the parts of a policy and a roster fit each other.

The checks run on whatever parts are valid by themselves, so that a wrong date in one line does not hide a wrong
unit in another. What is only *absent* (nobody is leader) is said when everything could be read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import get_args

from bridge.policy.conduct_checks import check_conduct, check_conduct_with, check_duty, check_pace
from bridge.policy.faults import guess
from bridge.policy.holidays import check_holidays
from bridge.policy.models import PolicyFile, Right, RoomRules, Share, in_room
from bridge.policy.nodes import Plain, Tree
from bridge.policy.place_checks import FARTHEST_KM, check_places, check_places_with
from bridge.policy.problems import Path, Values
from bridge.policy.quiet import QuietHours
from bridge.policy.quiet_checks import check_quiet, check_quiet_units
from bridge.policy.roster import Identifier, Office, Person, Unit, overlap, plain
from bridge.policy.servers import check_servers, check_servers_with
from bridge.policy.types import LEAST_DAYS, Kind, Role

ROLES: tuple[str, ...] = get_args(Role)
NOT_GROUPS = ("forum", "control", "audit", "space")
"""Rooms that are not called by a name of their own."""

_SECOND = timedelta(seconds=1)
_NOBODY = frozenset({"correct", "move", "mute_long", "remove", "own_unit"})
"""Rights that nobody needs to have: what one may alone, two people may together."""


@dataclass(frozen=True, slots=True)
class RosterParts:
    """The valid lines of a roster with their positions, and every id that was written, valid line or not."""

    units: Sequence[tuple[int, Unit]]
    persons: Sequence[tuple[int, Person]]
    offices: Sequence[tuple[int, Office]]
    accounts: Sequence[tuple[Path, str, Identifier]]
    """Path, id of the person, and the account."""
    references: Sequence[tuple[Path, str]]
    """Path and text of every ``person``, ``unit`` and ``sponsor`` of an office, valid line or not."""
    unit_ids: frozenset[str]
    person_ids: frozenset[str]
    whole: bool
    """Nothing is missing: every line was valid."""


def written_ids(data: Plain, section: str) -> frozenset[str]:
    """The ids written in a list of a file, whatever else is wrong there."""
    items = data.get(section) if isinstance(data, dict) else None
    if not isinstance(items, list):
        return frozenset()
    ids = (item.get("id") for item in items if isinstance(item, dict))
    return frozenset(one.strip() for one in ids if isinstance(one, str))


# The policy by itself


def check_policy(policy: PolicyFile, tree: Tree) -> None:
    """Note in the tree what does not fit within a policy."""
    taken: dict[str, str] = {}
    for kind in get_args(Kind):
        letter: str = getattr(policy.letters, kind)
        if letter in taken:
            tree.fault(("letters", kind), "letters_same", {"letter": letter, "other": taken[letter]})
        taken.setdefault(letter, kind)
    for right in get_args(Right):
        _check_list(tree, ("rights", right), getattr(policy.rights, right), may_be_empty=right in _NOBODY)
    _check_list(tree, ("evidence", "kinds"), policy.evidence.kinds)
    _check_list(tree, ("emergencies", "ring"), policy.emergencies.ring)
    _check_list(tree, ("morning", "roles"), policy.morning.roles, may_be_empty=True)
    _check_list(tree, ("levels", "while_locked"), policy.levels.while_locked)
    _check_list(tree, ("tagger", "languages"), policy.tagger.languages)
    _check_amounts(policy, tree)
    _check_hours(policy, tree)
    _check_keeping(policy, tree)
    check_holidays(policy.holidays, tree)
    for at, quiet in _quiets(policy):
        check_quiet(quiet, at, tree)
    check_conduct(policy.conduct, tree)
    check_servers(policy.servers, ("servers",), tree)
    for name, rules in policy.rooms.items():
        if rules.conduct is not None:
            check_pace(rules.conduct, ("rooms", name, "conduct"), tree)
        if rules.servers is not None:
            check_servers(rules.servers, ("rooms", name, "servers"), tree)
    for name, rules in policy.rooms.items():
        _check_room(name, rules, policy, tree)


def _quiets(policy: PolicyFile) -> Iterator[tuple[Path, QuietHours]]:
    """The quiet hours of the forum, and those of rooms that have their own."""
    yield ("reminders", "quiet_hours"), policy.reminders.quiet_hours
    for name, rules in policy.rooms.items():
        if rules.reminders is not None and "quiet_hours" in rules.reminders.model_fields_set:
            yield ("rooms", name, "reminders", "quiet_hours"), rules.reminders.quiet_hours


def _check_keeping(policy: PolicyFile, tree: Tree) -> None:
    keep = policy.record.keep
    for path, period in (("messages", keep.messages), ("media", keep.media)):
        if period is not None and period.ends and period.days < LEAST_DAYS:
            tree.fault(("record", "keep", path), "keep_short", {"written": str(period), "least": str(LEAST_DAYS)})
    if keep.media is not None and keep.messages.shorter_than(keep.media):
        values = {"written": str(keep.media), "other": str(keep.messages)}
        tree.fault(("record", "keep", "media"), "keep_media_longer", values)
    if keep.ends and not policy.week.post_bundle:
        tree.fault(("week", "post_bundle"), "keep_unposted")


def _check_list(tree: Tree, path: Path, listed: Sequence[str], *, may_be_empty: bool = False) -> None:
    if not listed and not may_be_empty:
        tree.fault(path, "nothing_listed")
    for position, one in enumerate(listed):
        if one in listed[:position]:
            tree.fault((*path, position), "listed_twice", {"written": one})


def _check_amounts(policy: PolicyFile, tree: Tree) -> None:
    evidence, membership, card = policy.evidence, policy.membership, policy.card
    lengths: tuple[tuple[Path, timedelta], ...] = (
        (("evidence", "max_duration"), evidence.max_duration),
        (("card", "edit_every"), card.edit_every),
        (("membership", "wave", "within"), membership.wave.within),
    )
    for path, value in lengths:
        if value < _SECOND:
            tree.fault(path, "zero", {"least": "1s"})
    numbers: tuple[tuple[Path, int, int, int], ...] = (
        (("evidence", "max_pixels"), evidence.max_pixels, 100_000, 1_000_000_000),
        (("evidence", "min_long_edge"), evidence.min_long_edge, 0, 10_000),
        (("evidence", "checks", "long_edge"), evidence.checks.long_edge, 0, 10_000),
        (("evidence", "checks", "same_distance"), evidence.checks.same_distance, 0, 31),
        (("evidence", "checks", "resembling_distance"), evidence.checks.resembling_distance, 0, 60),
        (("evidence", "checks", "aligned_kept"), evidence.checks.aligned_kept, 60, 95),
        (("evidence", "checks", "far_km"), evidence.checks.far_km, 0, FARTHEST_KM),
        (("membership", "large_change_percent"), membership.large_change_percent, 0, 100),
        (("card", "lines"), card.lines, 6, 40),
        (("tagger", "doubts_per_hour"), policy.tagger.doubts_per_hour, 0, 60),
        (("membership", "wave", "joins"), membership.wave.joins, 1, 1000),
        *((("levels", "roles", role), level, 0, 99) for role, level in policy.levels.roles.items()),
    )
    for path, number, lowest, highest in numbers:
        if not lowest <= number <= highest:
            values = {"written": str(number), "least": str(lowest), "most": str(highest)}
            tree.fault(path, "out_of_range", values)
    if 0 < len(evidence.checks.area) < 3:
        tree.fault(("evidence", "checks", "area"), "area_corners")
    check_places(evidence.checks.places, tree)
    if evidence.min_bytes >= evidence.max_bytes:
        tree.fault(_written(tree, ("evidence", "min_bytes"), ("evidence", "max_bytes")), "bytes_order")


def _check_hours(policy: PolicyFile, tree: Tree, above: Path = ()) -> None:
    """What holds for the forum and, under the path ``above``, for a room with lines of its own."""
    ask, wait, accept = policy.evidence.ask_after, policy.evidence.wait, policy.reminders.accept_after
    for section, key, value in (("evidence", "wait", wait), ("reminders", "accept_after", accept)):
        path: Path = (*above, section, key)
        if value < _SECOND and (not above or path in tree.places):
            tree.fault(path, "zero", {"least": "1s"})
    both: tuple[Path, Path] = ((*above, "evidence", "ask_after"), (*above, "evidence", "wait"))
    if ask > wait >= _SECOND and (not above or any(one in tree.places for one in both)):
        tree.fault(_written(tree, *both), "ask_order")


def _check_room(name: str, rules: RoomRules, policy: PolicyFile, tree: Tree) -> None:
    at: Path = ("rooms", name)
    if name in NOT_GROUPS:
        tree.fault(at, "room_taken", {"written": name})
    if rules.members is not None and rules.members.empty:
        tree.fault((*at, "members"), "nobody_belongs")
    for key in ("units", "kinds", "roles", "persons"):
        listed: tuple[str, ...] = getattr(rules.members, key, ())
        _check_list(tree, (*at, "members", key), listed, may_be_empty=True)
    if rules.evidence is not None and "kinds" in rules.evidence.model_fields_set:
        _check_list(tree, (*at, "evidence", "kinds"), rules.evidence.kinds)
    _check_hours(in_room(policy, name), tree, at)


def _written(tree: Tree, *paths: Path) -> Path:
    """The first of these paths that stands in the file: nobody is blamed for a default."""
    return next((path for path in paths if path in tree.places), paths[0])


# The roster by itself


def check_roster(roster: RosterParts, tree: Tree) -> None:
    """Note in the tree what does not fit within a roster."""
    _check_ids("units", [(i, unit.id) for i, unit in roster.units], tree)
    _check_ids("persons", [(i, person.id) for i, person in roster.persons], tree)
    for i, person in roster.persons:
        if person.id in ROLES:
            tree.fault(("persons", i, "id"), "id_is_role", {"written": person.id})
    _check_unit_names(roster, tree)
    _check_areas(roster, tree)
    _check_accounts(roster, tree)
    _check_references(roster, tree)
    for i, office in roster.offices:
        _check_office(i, office, roster, tree)
    _check_overlaps(roster, tree)
    if roster.whole:
        _check_presence(roster, tree)


def _check_ids(section: str, ids: Sequence[tuple[int, str]], tree: Tree) -> None:
    first: dict[str, int] = {}
    for i, one in ids:
        if one in first:
            line = tree.line((section, first[one], "id"))
            tree.fault((section, i, "id"), "id_taken", {"written": one, "line": line})
        first.setdefault(one, i)


def _check_unit_names(roster: RosterParts, tree: Tree) -> None:
    owners: dict[str, tuple[str, Path]] = {}
    for i, unit in roster.units:
        for path, name in _names(i, unit):
            simple = plain(name)
            if not simple:
                tree.fault(path, "alias_blank", {"written": name})
                continue
            owner, where = owners.setdefault(simple, (unit.id, path))
            if owner != unit.id:
                tree.fault(path, "alias_taken", {"written": name, "other": owner, "line": tree.line(where)})


def _check_areas(roster: RosterParts, tree: Tree) -> None:
    """Whatever lies in the area of a unit names one that is there, and not itself."""
    for i, unit in roster.units:
        others = roster.unit_ids - {unit.id}
        if unit.within is not None and unit.within not in others:
            tree.fault(("units", i, "within"), "unit_unknown", _unknown(unit.within, others, "add_unit"))


def _names(i: int, unit: Unit) -> Iterator[tuple[Path, str]]:
    at: Path = ("units", i)
    yield (*at, "id"), unit.id
    yield (*at, "name"), unit.name
    yield (*at, "short"), unit.short
    for j, alias in enumerate(unit.aliases):
        yield (*at, "aliases", j), alias


def _check_accounts(roster: RosterParts, tree: Tree) -> None:
    seen: dict[str, list[tuple[Path, str, Identifier]]] = {}
    for path, person, account in roster.accounts:
        if account.begins and account.ends and account.ends < account.begins:
            tree.fault((*path, "to"), "dates_reversed", _dates(account.begins, account.ends))
        others = seen.setdefault(account.matrix, [])
        for where, other, earlier in others:
            if overlap(account, earlier):
                values = {"written": account.matrix, "other": other, "line": tree.line(where)}
                tree.fault((*path, "matrix"), "account_taken", values)
                break
        others.append((path, person, account))


def _dates(begins: object, ends: object) -> Values:
    return {"begins": str(begins), "to": str(ends)}


def _check_office(i: int, office: Office, roster: RosterParts, tree: Tree) -> None:
    at: Path = ("offices", i)
    if office.ends is not None and office.ends < office.begins:
        tree.fault((*at, "to"), "dates_reversed", _dates(office.begins, office.ends))
    if office.role in ("head", "subdistrict_head", "secretary") and office.unit is None:
        tree.fault(at, "unit_needed", {"role": office.role})
    if office.role == "guest":
        if office.ends is None:
            tree.fault(at, "guest_end")
        if office.sponsor is None:
            tree.fault(at, "guest_sponsor")
        elif {o.role for _, o in roster.offices if o.person == office.sponsor} == {"guest"}:
            tree.fault((*at, "sponsor"), "sponsor_guest")
    elif office.sponsor is not None:
        tree.fault((*at, "sponsor"), "sponsor_needless")
    if office.role != "guest" and office.writes is not None:
        tree.fault((*at, "writes"), "writes_needless")


def _check_references(roster: RosterParts, tree: Tree) -> None:
    for path, written in roster.references:
        if path[-1] == "unit":
            if written not in roster.unit_ids:
                tree.fault(path, "unit_unknown", _unknown(written, roster.unit_ids, "add_unit"))
        elif written not in roster.person_ids:
            tree.fault(path, "person_unknown", _unknown(written, roster.person_ids, "add_person"))


def _unknown(written: str, known: frozenset[str], otherwise: str) -> Values:
    return {"written": written, **(guess(written, sorted(known)) or {"otherwise": otherwise})}


def _check_overlaps(roster: RosterParts, tree: Tree) -> None:
    holders: dict[tuple[str, str | None], list[tuple[int, Office]]] = {}
    heads: dict[str, list[tuple[int, Office]]] = {}
    for i, office in roster.offices:
        holders.setdefault((office.person, office.unit), []).append((i, office))
        if office.role in ("head", "subdistrict_head") and office.unit and not office.acting:
            heads.setdefault(office.unit, []).append((i, office))
    for several in holders.values():
        for (i, one), (j, other) in combinations(several, 2):
            if overlap(one, other) and not _besides(one, other):
                line = tree.line(("offices", i))
                tree.fault(("offices", j), "office_twice", {"person": one.person, "line": line})
    for several in heads.values():
        for (i, one), (j, other) in combinations(several, 2):
            if overlap(one, other) and one.person != other.person:
                line = tree.line(("offices", i))
                tree.warn(("offices", j), "two_heads", {"other": one.person, "line": line})


def _besides(one: Office, other: Office) -> bool:
    """Whether somebody holds the one office for the time being, besides the other: a deputy who acts as leader."""
    return one.unit is None and one.role != other.role and one.acting != other.acting


def _check_presence(roster: RosterParts, tree: Tree) -> None:
    if not any(office.role == "leader" for _, office in roster.offices):
        tree.fault(("offices",), "no_leader")
    headed = {office.unit for _, office in roster.offices if office.role not in ("guest", "auditor", "expert")}
    for i, unit in roster.units:
        if unit.id not in headed:
            tree.warn(("units", i), "unit_headless")
    busy = {office.person for _, office in roster.offices}
    for i, person in roster.persons:
        if person.id not in busy:
            tree.warn(("persons", i), "person_idle", {"written": person.id})


# Both together


def check_together(policy: PolicyFile, roster: RosterParts, tree: Tree, *, roster_valid: bool) -> None:
    """Note in the policy's tree what does not fit the roster; who is absent only if the roster is valid."""
    roles: dict[str, set[str]] = {}
    for _, office in roster.offices:
        roles.setdefault(office.person, set()).add(office.role)
    able: dict[str, set[str]] = {}
    for right in get_args(Right):
        allowed: tuple[str, ...] = getattr(policy.rights, right)
        for position, who in enumerate(allowed):
            if who not in ROLES and who not in roster.person_ids:
                near = guess(who, (*ROLES, *sorted(roster.person_ids)))
                tree.fault(("rights", right, position), "who_unknown", {"written": who, **near})
        able[right] = {p for p, held in roles.items() if p in allowed or held.intersection(allowed)}
    check_conduct_with(policy.conduct, ROLES, roster.unit_ids, roster.person_ids, tree)
    check_places_with(policy.evidence.checks.places, roster.unit_ids, tree)
    accounts = [(person, account.matrix) for _, person, account in roster.accounts]
    check_servers_with(policy.servers, ("servers",), accounts, tree)
    for at, quiet in _quiets(policy):
        check_quiet_units(quiet, at, roster.unit_ids, tree)
    for name, rules in policy.rooms.items():
        if rules.members is not None:
            _check_share(("rooms", name, "members"), rules.members, roster, tree)
        if rules.conduct is not None:
            at = ("rooms", name, "conduct")
            check_duty(rules.conduct, at, ROLES, roster.unit_ids, roster.person_ids, tree)
        if rules.servers is not None:
            check_servers_with(in_room(policy, name).servers, ("rooms", name, "servers"), accounts, tree)
    if not roster_valid:
        return
    for right in ("invite_bot", "order", "moderate", "approve"):
        if not able[right] and getattr(policy.rights, right):
            tree.fault(("rights", right), "nobody_may", {"right": right})
    if able["moderate"] and able["approve"] and len(able["moderate"] | able["approve"]) < 2:
        tree.fault(("rights", "approve"), "no_second")


def _check_share(at: Path, share: Share, roster: RosterParts, tree: Tree) -> None:
    """Who is named as a member of a room is in the roster."""
    kinds = frozenset(unit.kind for _, unit in roster.units)
    for key, fault, otherwise, known in (
        ("units", "unit_unknown", "add_unit", roster.unit_ids),
        ("kinds", "kind_unknown", "known_kinds", kinds),
        ("persons", "person_unknown", "add_person", roster.person_ids),
    ):
        listed: tuple[str, ...] = getattr(share, key)
        for position, written in enumerate(listed):
            if written not in known:
                values = {**_unknown(written, known, otherwise), "keys": ", ".join(sorted(kinds))}
                tree.fault((*at, key, position), fault, values)
