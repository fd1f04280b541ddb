"""What no single field of ``conduct`` can know: names that differ, ladders without end, people that exist."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta

from bridge.policy.conduct import BUILT_IN, Conduct, Pace, Steps
from bridge.policy.faults import guess
from bridge.policy.nodes import Tree
from bridge.policy.problems import Path

LONGEST_MUTE = timedelta(hours=24)
"""A longer one needs two people, so no rule gives it."""

_AT: Path = ("conduct",)
_ADDRESS = re.compile(r"#[^\s:]+:\S+|![^\s]+")
"""An alias or an id of a room (Matrix specification, appendix "Identifier Grammar")."""


def check_conduct(conduct: Conduct, tree: Tree) -> None:
    """Note in the tree what does not fit within the rules on messages."""
    if not timedelta(minutes=1) <= conduct.mute <= LONGEST_MUTE:
        tree.fault((*_AT, "mute"), "mute_length")
    check_pace(conduct, _AT, tree)
    for path, steps in _ladders(conduct):
        _check_steps(steps, path, tree)
    for name, address in conduct.off_topic.rooms.items():
        if not _ADDRESS.fullmatch(address):
            tree.fault((*_AT, "off_topic", "rooms", name), "room_address", {"written": address})
    taken: list[str] = []
    for position, rule in enumerate(conduct.rules):
        at: Path = (*_AT, "rules", position)
        if rule.name in taken or rule.name.replace("-", "_") in BUILT_IN:
            tree.fault((*at, "name"), "rule_name_taken", {"written": rule.name})
        if not any(rule.conditions):
            tree.fault(at, "rule_empty", {"written": rule.name})
        taken.append(rule.name)


def check_pace(pace: Pace, at: Path, tree: Tree) -> None:
    """Note what does not fit in the lines that a working group may have of its own; ``at`` is where they stand."""
    for section, window in (("flood", pace.flood.within), ("edits", pace.edits.within)):
        if not timedelta(seconds=1) <= window <= timedelta(hours=1):
            tree.fault((*at, section, "within"), "window_length")
    _check_steps(pace.flood.steps, (*at, "flood", "steps"), tree)
    _check_steps(pace.edits.steps, (*at, "edits", "steps"), tree)
    for path, number, most in (
        (("flood", "messages"), pace.flood.messages, 100),
        (("edits", "edits"), pace.edits.edits, 100),
    ):
        if number != 0 and not 3 <= number <= most:
            tree.fault((*at, *path), "limit_of_messages", {"written": str(number), "most": str(most)})


def _check_steps(steps: Steps, at: Path, tree: Tree) -> None:
    for position, step in enumerate(steps):
        if step in steps[:position]:
            tree.fault((*at, position), "listed_twice", {"written": step})


def check_conduct_with(
    conduct: Conduct, roles: Sequence[str], units: Collection[str], persons: Collection[str], tree: Tree
) -> None:
    """Note who is named in a rule and exists neither as a role nor in the roster."""
    _check_people(_people(conduct), (*roles, *sorted(units), *sorted(persons)), tree)


def check_duty(
    pace: Pace, at: Path, roles: Sequence[str], units: Collection[str], persons: Collection[str], tree: Tree
) -> None:
    """Note who is on duty in a working group and exists neither as a role nor in the roster."""
    listed = (*at, "night", "duty"), pace.night.duty
    _check_people([listed], (*roles, *sorted(units), *sorted(persons)), tree)


def _check_people(lists: Iterable[tuple[Path, Sequence[str]]], known: Sequence[str], tree: Tree) -> None:
    for path, listed in lists:
        for position, who in enumerate(listed):
            if who not in known:
                tree.fault((*path, position), "those_unknown", {"written": who, **guess(who, known)})


def _ladders(conduct: Conduct) -> Iterator[tuple[Path, Steps]]:
    yield (*_AT, "off_topic", "steps"), conduct.off_topic.steps
    for position, rule in enumerate(conduct.rules):
        yield (*_AT, "rules", position, "steps"), rule.steps


def _people(conduct: Conduct) -> Iterator[tuple[Path, Sequence[str]]]:
    yield (*_AT, "night", "duty"), conduct.night.duty
    for position, rule in enumerate(conduct.rules):
        yield (*_AT, "rules", position, "applies_to"), rule.applies_to
        yield (*_AT, "rules", position, "except"), rule.excepting
