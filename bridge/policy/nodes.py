"""From the bytes of a YAML file to plain data, with the place of every key and value.

Every scalar stays the text that was written: YAML 1.1 would read ``21:00`` as 1260, ``NO`` as false and ``0812`` as
a number or an error, and only the field that receives a value knows what was meant. An empty value, ``~`` and
``null`` are no value. The tree is built from the parser's events (YAML 1.1 as libyaml reads it), never by a
recursive composer, so that hostile nesting or aliases end in a located problem and not in a crash.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bridge.policy.problems import Path, Place, Problem, Values

Plain = str | None | list["Plain"] | dict[str, "Plain"]
"""What a file holds: texts, lists and mappings."""

LARGEST = 2_000_000
"""Bytes; thirty units and their persons are about 20,000."""
DEEPEST = 20
MOST_VALUES = 100_000
"""After aliases are expanded."""

_FAST: type[yaml.SafeLoader] | type["yaml.CSafeLoader"] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOP = Place(1, 1)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(slots=True)
class Tree:
    """What was read of one file. ``data`` is None if it could not be read as YAML at all."""

    file: str
    data: Plain = None
    places: dict[Path, Place] = field(default_factory=dict)
    """Where each value begins; for a missing key ask :meth:`place`, which goes up until it finds one."""
    keys: dict[Path, Place] = field(default_factory=dict)
    """Where the key of each value begins."""
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """The place of a value or its key, or of the nearest thing around it that was written."""
        if of_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, _TOP)

    def report(self, place: Place, path: Path, key: str, values: Values | None = None) -> None:
        """Note a fault at a place."""
        self.problems.append(Problem(self.file, place, path, key, values or {}))

    def fault(self, path: Path, key: str, values: Values | None = None) -> None:
        """Note a fault at the place of a path."""
        self.report(self.place(path), path, key, values)

    def warn(self, path: Path, key: str, values: Values | None = None) -> None:
        """Note what may be meant but deserves a look."""
        self.problems.append(Problem(self.file, self.place(path), path, key, values or {}, "warning"))

    def line(self, path: Path) -> str:
        """The line of a path, for sentences that refer to another place."""
        return str(self.place(path).line)


def read_tree(content: bytes, file: str, loader: type[yaml.SafeLoader] | None = None) -> Tree:
    """Read one file; never raises. ``file`` is its name for messages. Duplicate keys, tags, merge keys and
    aliases without end are problems; so is anything that is not UTF-8."""
    tree = Tree(file)
    text = _decode(content, tree)
    if text is None:
        return tree
    builder = _Builder(tree, text)
    try:
        builder.build(yaml.parse(text, Loader=loader or _FAST))
    except _Stop:
        tree.data = None
    except yaml.MarkedYAMLError as error:
        tree.data = None
        _report_syntax(tree, text, error)
    except yaml.YAMLError as error:
        tree.data = None
        tree.report(_TOP, (), "syntax", {"detail": str(error).splitlines()[0]})
    return tree


class _Stop(Exception):
    """Reading cannot go on; the problem has been noted."""


def _decode(content: bytes, tree: Tree) -> str | None:
    if len(content) > LARGEST:
        tree.report(_TOP, (), "too_large", {"limit": str(LARGEST // 1_000_000)})
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tree.report(_TOP, (), "not_utf8")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace").removeprefix("\ufeff")
        tree.report(_place_at(before, len(before)), (), "not_utf8")
        return None
    strange = _UNPRINTABLE.search(text)
    if strange:
        tree.report(_place_at(text, strange.start()), (), "unprintable", {"code": f"U+{ord(strange[0]):04X}"})
        return None
    return text


def _place_at(text: str, index: int) -> Place:
    line, begin = 1, 0
    for found in _BREAK.finditer(text, 0, index):
        line, begin = line + 1, found.end()
    return Place(line, index - begin + 1)


def _report_syntax(tree: Tree, text: str, error: yaml.MarkedYAMLError) -> None:
    """Say in people's words what a parser found; its own words only when we have none."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or ""
    place = Place(mark.line + 1, mark.column + 1) if mark else _TOP
    lines = _BREAK.split(text)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    here = line[place.column - 1 : place.column]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or here == "\t":
        tree.report(Place(place.line, line.find("\t") + 1), (), "tab")
    elif "cannot start any token" in problem and here:
        tree.report(place, (), "quote_first", {"character": here})
    elif "mapping values are not allowed" in problem:
        tree.report(place, (), "colon_in_text")
    elif "end of stream" in problem and error.context and "quoted" in error.context and error.context_mark:
        opened = Place(error.context_mark.line + 1, error.context_mark.column + 1)
        tree.report(opened, (), "quote_open")
    elif "could not find expected ':'" in problem:
        tree.report(place, (), "colon_missing")
    else:
        tree.report(place, (), "syntax", {"detail": problem or "?"})


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished node that aliases may repeat: what it holds, how many values, how deep."""

    value: Plain
    size: int
    height: int


class _Builder:
    """Builds the data of one tree from parser events."""

    def __init__(self, tree: Tree, text: str) -> None:
        self._tree = tree
        self._lines = _BREAK.split(text)
        self._count = 0
        self._deepest = 0
        self._anchors: dict[str, _Anchored] = {}

    def build(self, events: Iterator[Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, (), "two_documents")
                self._tree.data = self._node(next(events), events, (), 0)

    def _node(self, event: Event, events: Iterator[Event], path: Path, depth: int) -> Plain:
        if isinstance(event, AliasEvent):
            return self._alias(event, path, depth)
        self._tree.places[path] = _place(event)
        self._grow(event, path, 1, depth)
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is None:
            return self._value(event, events, path, depth)
        # Forgotten while it is open, so that a node cannot hold itself.
        self._anchors.pop(anchor, None)
        before, outer, self._deepest = self._count, self._deepest, depth
        value = self._value(event, events, path, depth)
        self._anchors[anchor] = _Anchored(value, self._count - before + 1, self._deepest - depth)
        self._deepest = max(self._deepest, outer)
        return value

    def _alias(self, event: AliasEvent, path: Path, depth: int) -> Plain:
        # Values inside get no places of their own: whoever looks for one finds the alias, as it was written.
        self._tree.places[path] = _place(event)
        name = event.anchor or ""
        anchored = self._anchors.get(name)
        if anchored is None:
            self._stop(event, path, "alias_unknown", {"name": name[:60]})
        self._grow(event, path, anchored.size, depth + anchored.height)
        return anchored.value

    def _grow(self, event: Event, path: Path, values: int, depth: int) -> None:
        self._count += values
        self._deepest = max(self._deepest, depth)
        if self._count > MOST_VALUES:
            self._stop(event, (), "too_many", {"limit": str(MOST_VALUES)})
        if depth > DEEPEST:
            self._stop(event, path[:2], "too_deep", {"limit": str(DEEPEST)})

    def _value(self, event: Event, events: Iterator[Event], path: Path, depth: int) -> Plain:
        if getattr(event, "tag", None) is not None:
            self._tree.report(_place(event), path, "tag", {"tag": str(getattr(event, "tag", ""))[:60]})
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path, depth)
        raise AssertionError(f"an event that begins no node: {event!r}")

    def _scalar(self, event: ScalarEvent, path: Path) -> str | None:
        value: str = event.value
        if not event.style and value in ("", "~", "null"):
            if not value:
                self._refuse_lost_hashtag(event, path)
            return None
        strange = _UNPRINTABLE.search(value)
        if strange:  # only a quoted "\x00" can bring one this far
            self._tree.report(_place(event), path, "unprintable", {"code": f"U+{ord(strange[0]):04X}"})
        return value

    def _refuse_lost_hashtag(self, event: ScalarEvent, path: Path) -> None:
        """``hashtag: #darurat`` is an empty value and a comment; nobody who writes that means it."""
        place = self._tree.keys.get(path, _place(event))
        line = self._lines[place.line - 1] if place.line <= len(self._lines) else ""
        lost = re.search(r"(?:^|:)\s+(#[^\s#]\S*)", line[place.column - 1 :])
        if lost:
            self._tree.report(place, path, "hash_lost", {"written": lost[1][:60]})

    def _sequence(self, events: Iterator[Event], path: Path, depth: int) -> Plain:
        items: list[Plain] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, events: Iterator[Event], path: Path, depth: int) -> Plain:
        found: dict[str, Plain] = {}
        seen: set[str] = set()
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._stop(event, path, "key_shape")
            key: str = event.value
            inner: Path = (*path, key)
            if key == "<<" and not event.style:
                self._tree.report(_place(event), path, "merge_key")
                self._skip(events)
            elif key in seen:
                line = str(self._tree.keys[inner].line)
                self._tree.report(_place(event), inner, "duplicate_key", {"key": key[:60], "line": line})
                self._skip(events)
            else:
                seen.add(key)
                self._tree.keys[inner] = _place(event)
                value = self._node(next(events), events, inner, depth + 1)
                if value is not None:  # a key without a value is a key not written
                    found[key] = value
        return found

    def _skip(self, events: Iterator[Event]) -> None:
        """Read past one node, so that the places of its first writing stay."""
        depth = 0
        for event in events:
            self._grow(event, (), 1, 0)
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                depth += 1
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                depth -= 1
            if depth == 0:
                return

    def _stop(self, event: Event, path: Path, key: str, values: Values | None = None) -> NoReturn:
        self._tree.report(_place(event), path, key, values)
        raise _Stop


def _place(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else _TOP
