"""What a new configuration would change, as plain differences for people to read before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from bridge.policy.load import Configuration
from bridge.policy.roster import Due, Office, Roster, Unit
from bridge.policy.texts import sentence
from bridge.policy.types import InBytes, Language, written

What = Literal[
    "person_joins",
    "person_leaves",
    "office_changed",
    "person_renamed",
    "account_added",
    "account_removed",
    "unit_added",
    "unit_removed",
    "unit_changed",
    "rule_changed",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes. ``subject`` is the id of the person or unit, or the path of the rule."""

    what: What
    subject: str
    name: str
    before: str = ""
    after: str = ""
    user_ids: tuple[str, ...] = ()
    """Of a person who joins or leaves: the accounts in force then."""
    roles: frozenset[str] = field(default_factory=frozenset)
    """Of a person who joins or leaves: the roles, so that a leader's leaving is seen."""

    @property
    def file(self) -> Literal["policy", "roster"]:
        """The file in which it was written."""
        return "policy" if self.what == "rule_changed" else "roster"

    def text(self, lang: Language) -> str:
        """The difference as a sentence."""
        values = {"name": self.name, "before": self.before or "-", "after": self.after or "-"}
        return sentence(self.what, values, lang)


def plan(
    old: Configuration, new: Configuration, on: datetime, role_names: Mapping[str, str] | None = None
) -> tuple[Difference, ...]:
    """The differences between two configurations at an instant: persons, then units, then rules.

    ``role_names`` are the roles as people of the language know them; what the policy calls them goes before.
    """
    lang = new.policy.forum.language
    roles = {**(role_names or {}), **{str(role): name for role, name in new.policy.names.roles.items()}}
    return (
        *_persons(old.roster, new.roster, on, roles, lang),
        *_units(old.roster, new.roster),
        *_rules(old.policy, new.policy, ""),
    )


def _persons(
    old: Roster, new: Roster, on: datetime, roles: Mapping[str, str], lang: Language
) -> Iterator[Difference]:
    before = {due.standing.person.id: due for due in old.persons_due(on)}
    after = {due.standing.person.id: due for due in new.persons_due(on)}
    for one, due in before.items():
        if one not in after:
            shown = _offices(due, old, roles, lang)
            name = due.standing.person.name
            yield Difference("person_leaves", one, name, shown, "", due.user_ids, due.standing.roles)
    for one, due in after.items():
        shown = _offices(due, new, roles, lang)
        name = due.standing.person.name
        if one not in before:
            yield Difference("person_joins", one, name, "", shown, due.user_ids, due.standing.roles)
            continue
        was = before[one]
        earlier = _offices(was, old, roles, lang)
        if was.standing.person.name != name:
            yield Difference("person_renamed", one, name, was.standing.person.name, name)
        if was.standing.offices != due.standing.offices and earlier != shown:
            yield Difference("office_changed", one, name, earlier, shown)
        for account in was.user_ids:
            if account not in due.user_ids:
                yield Difference("account_removed", one, name, account, "")
        for account in due.user_ids:
            if account not in was.user_ids:
                yield Difference("account_added", one, name, "", account)


def _offices(due: Due, roster: Roster, roles: Mapping[str, str], lang: Language) -> str:
    return "; ".join(_office(office, roster, roles, lang) for office in due.standing.offices)


def _office(office: Office, roster: Roster, roles: Mapping[str, str], lang: Language) -> str:
    unit = roster.unit(office.unit) if office.unit else None
    parts = [sentence("acting", {}, lang)] if office.acting else []
    parts.append(roles.get(office.role, office.role))
    if unit:
        parts.append(unit.short)
    until = f" (-> {office.ends.isoformat()})" if office.ends else ""
    return " ".join(parts) + until


def _units(old: Roster, new: Roster) -> Iterator[Difference]:
    for unit in old.units():
        if new.unit(unit.id) is None:
            yield Difference("unit_removed", unit.id, unit.short, unit.name, "")
    for unit in new.units():
        was = old.unit(unit.id)
        if was is None:
            yield Difference("unit_added", unit.id, unit.short, "", unit.name)
        elif was != unit:
            yield Difference("unit_changed", unit.id, unit.short, _unit(was), _unit(unit))


def _unit(unit: Unit) -> str:
    return f"{unit.name} ({', '.join((unit.short, *unit.aliases))}; {unit.kind})"


def _rules(old: BaseModel, new: BaseModel, path: str) -> Iterator[Difference]:
    """Every field of the policy that differs, by its path; version and digest are not rules, and of a file of
    borders the hash is told."""
    for name, info in type(new).model_fields.items():
        if (not path and name in ("version", "digest")) or (path == "borders" and name == "polygons"):
            continue
        where = f"{path}.{name}" if path else name
        before: object = getattr(old, name)
        after: object = getattr(new, name)
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            yield from _rules(before, after, where)
        elif name == "rooms" and isinstance(before, Mapping) and isinstance(after, Mapping):
            for room in dict.fromkeys((*before, *after)):
                one, other = before.get(room), after.get(room)
                if one != other:
                    at = f"{where}.{room}"
                    yield Difference("rule_changed", at, at, _shown(one), _shown(other))
        elif before != after:
            in_bytes = any(isinstance(one, InBytes) for one in info.metadata)
            yield Difference(
                "rule_changed",
                where,
                where,
                written(before, in_bytes=in_bytes),
                written(after, in_bytes=in_bytes),
            )


def _shown(rules: object) -> str:
    return written(rules) if rules is not None else ""
