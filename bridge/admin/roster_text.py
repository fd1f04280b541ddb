"""Changes written into the text of a `roster.yaml`, so that its comments, its order and its style stay.

The text is changed at the places that YAML's own parser names, and then read again: what it then says must be
exactly what was meant, or nothing is changed (:class:`CannotKeep`) and whoever asked writes another file. Pure:
texts in and out.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import yaml

from bridge.policy.nodes import Plain, read_tree
from bridge.policy.roster import Identifier, Office, Person, Unit

_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
EMPTY = "units: []\npersons: []\noffices: []\n"


class CannotKeep(Exception):
    """The text is written in a way that these changes cannot be put into without writing all of it anew."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What shall be added, and which offices shall end; positions are those in the file's lists."""

    units: Sequence[Unit] = ()
    persons: Sequence[Person] = ()
    offices: Sequence[Office] = ()
    accounts: Sequence[tuple[int, Identifier]] = ()
    """Position of a person of the file, and an account to add to theirs."""
    spoken: Sequence[tuple[int, str, str]] = ()
    """Position of a person of the file, `language` or `salutation`, and what they do not have of it yet."""
    ends: Mapping[int, date] = field(default_factory=dict)
    """Position of an office of the file, and its last day."""

    def __bool__(self) -> bool:
        return bool(self.units or self.persons or self.offices or self.accounts or self.spoken or self.ends)


def changed(text: str, changes: Changes) -> str:
    """The text with the changes in it. Raises :class:`CannotKeep`; the text must be a valid roster."""
    before = read_tree(text.encode(), "")
    if not isinstance(before.data, dict) or before.problems:
        raise CannotKeep
    wanted = _meant(before.data, changes)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        edits = _Edits(text, root).of(changes) if isinstance(root, yaml.MappingNode) else None
    except yaml.YAMLError:
        raise CannotKeep from None
    if edits is None:
        raise CannotKeep
    after = read_tree(edits.encode(), "")
    if after.problems or after.data != wanted:
        raise CannotKeep
    return edits


def whole(text: str, changes: Changes) -> str:
    """What the text says with the changes, written anew from its beginning: every comment is lost."""
    tree = read_tree(text.encode(), "")
    meant = _meant(tree.data if isinstance(tree.data, dict) else {}, changes)
    lines = []
    for section, items in meant.items():
        lines.append(f"{section}:" if items else f"{section}: []")
        lines += [f"  - {_flow(item)}" for item in items or () if isinstance(items, list)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text in YAML's double quotes, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def as_id(slug: str) -> str:
    """An id as it may stand bare, or in quotes where YAML would read it as something else."""
    return slug if slug[0].isalpha() and slug not in _YAML_WORDS else f'"{slug}"'


def account_line(identifier: Identifier) -> str:
    """An account as it stands in a roster: for people who add it themselves."""
    return f"identifiers: [{_flow(_of_account(identifier))}]"


# What is meant, as the reader of YAML hands it over


def _meant(data: Mapping[str, Plain], changes: Changes) -> dict[str, Plain]:
    meant = copy.deepcopy(dict(data))
    added: dict[str, list[dict[str, Plain]]] = {
        "units": [_of_unit(unit) for unit in changes.units],
        "persons": [_of_person(person) for person in changes.persons],
        "offices": [_of_office(office) for office in changes.offices],
    }
    for position, identifier in changes.accounts:
        person = _item(meant, "persons", position)
        person["identifiers"] = [*_list(person.get("identifiers")), _of_account(identifier)]
    for position, key, value in changes.spoken:
        _item(meant, "persons", position)[key] = value
    for position, day in changes.ends.items():
        _item(meant, "offices", position)["to"] = day.isoformat()
    for section, items in added.items():
        if items:
            meant[section] = [*_list(meant.get(section)), *items]
    return meant


def _list(data: Plain) -> list[Plain]:
    return data if isinstance(data, list) else []


def _item(data: Mapping[str, Plain], section: str, position: int) -> dict[str, Plain]:
    item = _list(data.get(section))[position]
    if not isinstance(item, dict):
        raise CannotKeep
    return item


def _of_unit(unit: Unit) -> dict[str, Plain]:
    item: dict[str, Plain] = {"id": unit.id, "name": unit.name, "short": unit.short}
    if unit.aliases:
        item["aliases"] = list(unit.aliases)
    return {**item, "kind": unit.kind}


def _of_person(person: Person) -> dict[str, Plain]:
    accounts: list[Plain] = [_of_account(one) for one in person.identifiers]
    spoken = {"language": person.language, "salutation": person.salutation}
    return {
        "id": person.id,
        "name": person.name,
        **({"identifiers": accounts} if accounts else {}),
        **{name: value for name, value in spoken.items() if value is not None},
    }


def _of_account(identifier: Identifier) -> dict[str, Plain]:
    return {"matrix": identifier.matrix, **_period(identifier.begins, identifier.ends)}


def _of_office(office: Office) -> dict[str, Plain]:
    item: dict[str, Plain] = {"person": office.person, "role": office.role}
    if office.unit is not None:
        item["unit"] = office.unit
    item |= _period(office.begins, office.ends)
    return {**item, "acting": "true"} if office.acting else item


def _period(begins: date | None, ends: date | None) -> dict[str, Plain]:
    days = {"from": begins, "to": ends}
    return {key: day.isoformat() for key, day in days.items() if day is not None}


_IDS = ("id", "person", "unit", "sponsor", "role", "kind")
_BARE = ("from", "to", "acting")


def _flow(item: Plain, key: str = "") -> str:
    """An item on one line, as the worked example writes it."""
    if isinstance(item, dict):
        return "{" + ", ".join(f"{name}: {_flow(value, name)}" for name, value in item.items()) + "}"
    if isinstance(item, list):
        return "[" + ", ".join(_flow(value) for value in item) + "]"
    if item is None:
        return "null"
    if key in _BARE:
        return item
    return as_id(item) if key in _IDS else quoted(item)


# Where it is written


class _Edits:
    """Insertions and replacements at places of a text, done together."""

    def __init__(self, text: str, root: yaml.Node) -> None:
        self._text = text
        self._root = root
        self._done: list[tuple[int, int, str]] = []

    def of(self, changes: Changes) -> str:
        """The text with all changes. Raises :class:`CannotKeep`."""
        for position, day in changes.ends.items():
            self._put(self._item("offices", position), "to", day.isoformat())
        accounts: dict[int, list[str]] = {}
        for position, identifier in changes.accounts:
            accounts.setdefault(position, []).append(_flow(_of_account(identifier)))
        for position, items in accounts.items():
            person = self._item("persons", position)
            listed = _value(person, "identifiers")
            if listed is None:
                self._put(person, "identifiers", f"[{', '.join(items)}]")
            else:
                self._append(listed, items)
        for position, key, value in changes.spoken:
            self._put(self._item("persons", position), key, quoted(value))
        sections = {
            "units": [_flow(_of_unit(unit)) for unit in changes.units],
            "persons": [_flow(_of_person(person)) for person in changes.persons],
            "offices": [_flow(_of_office(office)) for office in changes.offices],
        }
        missing = []
        for section, items in sections.items():
            listed = _value(self._root, section)
            if items and listed is None:
                missing += [f"{section}:", *(f"  - {item}" for item in items)]
            elif items and listed is not None:
                self._append(listed, items)
        if missing:
            if _on_one_line(self._root):
                raise CannotKeep
            self._insert_lines(len(self._text), missing)
        return self._applied()

    def _item(self, section: str, position: int) -> yaml.MappingNode:
        listed = _value(self._root, section)
        if not isinstance(listed, yaml.SequenceNode) or not isinstance(listed.value[position], yaml.MappingNode):
            raise CannotKeep
        item: yaml.MappingNode = listed.value[position]
        return item

    def _put(self, item: yaml.MappingNode, key: str, value: str) -> None:
        """Give a key of a mapping a value, whether it is there already or not."""
        there = _value(item, key)
        if isinstance(there, yaml.ScalarNode) and there.end_mark.index > there.start_mark.index:
            self._done.append((there.start_mark.index, there.end_mark.index, value))
        elif there is not None or not item.value:
            raise CannotKeep
        elif item.flow_style:
            end = _end(item.value[-1][1])
            self._done.append((end, end, f", {key}: {value}"))
        else:
            self._insert_lines(_end(item.value[-1][1]), [f"{' ' * item.start_mark.column}{key}: {value}"])

    def _append(self, listed: yaml.Node, items: Sequence[str]) -> None:
        """Add items to a list, in the manner in which it is written."""
        if isinstance(listed, yaml.ScalarNode):
            # Nothing stands behind the colon, or a word for nothing.
            start, end = listed.start_mark.index, listed.end_mark.index
            self._done.append((start, end, f"{' ' * (self._text[start - 1] == ':')}[{', '.join(items)}]"))
        elif not isinstance(listed, yaml.SequenceNode):
            raise CannotKeep
        elif not listed.flow_style:
            self._insert_lines(_end(listed), [f"{' ' * listed.start_mark.column}- {item}" for item in items])
        elif listed.value:
            end = _end(listed.value[-1])
            self._done.append((end, end, "".join(f", {item}" for item in items)))
        elif not _on_one_line(self._root) and listed in [value for _, value in self._root.value]:
            lines = "".join(f"\n  - {item}" for item in items)
            start = listed.start_mark.index
            start -= self._text[start - 1] == " "
            self._done.append((start, listed.end_mark.index, lines))
        else:
            self._done.append((listed.start_mark.index, listed.end_mark.index, f"[{', '.join(items)}]"))

    def _insert_lines(self, after: int, lines: Sequence[str]) -> None:
        """Insert lines below the one in which ``after`` lies; a comment at its end stays with it."""
        begins_line = after > 0 and self._text[after - 1] == "\n"
        end = after if begins_line else self._text.find("\n", after) + 1
        if end <= 0:
            self._done.append((len(self._text), len(self._text), "".join(f"\n{line}" for line in lines)))
        else:
            self._done.append((end, end, "".join(f"{line}\n" for line in lines)))

    def _applied(self) -> str:
        text = self._text
        in_order = sorted(self._done, key=lambda one: one[0])
        # From the end, so that earlier places stay where they are; of insertions at one place the last first.
        for start, end, written in reversed(in_order):
            text = text[:start] + written + text[end:]
        return text


def _value(mapping: yaml.Node, key: str) -> yaml.Node | None:
    for name, value in mapping.value:
        if isinstance(name, yaml.ScalarNode) and name.value == key:
            found: yaml.Node = value
            return found
    return None


def _on_one_line(node: yaml.Node) -> bool:
    """Whether a list or mapping is written between brackets or braces."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _end(node: yaml.Node) -> int:
    """Where a node's own text ends: a block has its end mark only at the next thing, behind comments."""
    if isinstance(node, yaml.ScalarNode) or _on_one_line(node) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
