"""Checking a bundle: `tudang verify BUNDLE [--key FINGERPRINT] [--previous BUNDLE]`.

A bundle is a function of records, media and key. Therefore checking does not compare files with what they say of
themselves: it walks the chain, makes every other file again from the records, and compares byte for byte.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bridge.model.chain import Broken, Head, check_content, follow
from bridge.model.contents import KINDS
from bridge.model.facts import Record
from bridge.summary.attest import BadEnvelope, Statement, open_envelope, predicate, statement
from bridge.summary.collect import collect
from bridge.summary.derive import (
    ATTESTATION,
    BAG_INFO,
    CHAIN,
    GAPS,
    LAYOUT,
    MANIFEST,
    OPENING,
    RECORDS,
    SCHEMA,
    TAG_MANIFEST,
    bundle_name,
    derive,
    shown_media,
)
from bridge.summary.export import in_folder
from bridge.summary.fold import NotAWeek, carry
from bridge.summary.jsonl import BadLine, read_lines, read_opening, schema_bytes
from bridge.summary.keys import fingerprint, normal_fingerprint
from bridge.summary.reading import Bag, Fault, check_manifests, folder_of, open_bag
from bridge.summary.stored_zip import same_zip
from bridge.summary.week import Opening, Week
from bridge.summary.words import LANGUAGES, Words

INTACT, FAULTY, UNCHECKED = 0, 1, 2

_WEEK = re.compile(r"\d{4}-W\d{2}")


class Verdict(msgspec.Struct, frozen=True):
    """What checking came to. ``code`` is the exit code: 0 intact and from a known key, 1 not intact, 2 intact
    but the signer was not checked. ``fault`` is the key of the sentence; empty for 0 and 2."""

    code: int
    sentence: str
    details: tuple[str, ...] = ()
    fault: str = ""


class _Checked(msgspec.Struct, frozen=True):
    """An intact bundle."""

    bag: Bag
    week: Week
    opening: Opening
    public: bytes
    destroyed: int
    missing: int


def verify(
    path: Path,
    key: str | None = None,
    known: str | None = None,
    previous: Path | None = None,
    language: str | None = None,
) -> Verdict:
    """Check a bundle; never raises for what a bundle may hold.

    ``key`` is the fingerprint that the caller typed, ``known`` the one this installation keeps (used when ``key``
    is None); ``language`` is that of the answer, by default the bundle's, as far as it can be read.
    """
    spoken = language if language in LANGUAGES else _language_of(path)
    words = Words(spoken)
    try:
        expected = _expected(key, known)
        checked = _check(path, expected)
        apart = _check_previous(checked, previous)
        if not same_zip(path, in_folder(checked.bag.folder, checked.bag.members.values())):
            raise Fault("repacked")
    except Fault as fault:
        return Verdict(FAULTY, _sentence(words, fault), (), fault.key)
    return _verdict(words, checked, expected, previous, apart)


def _verdict(words: Words, checked: _Checked, expected: str | None, previous: Path | None, apart: int) -> Verdict:
    week, signer = checked.week, fingerprint(checked.public)
    details = [
        words.say("verify.detail_head", position=week.cut.position, head=week.cut.link.hex()),
        words.say("verify.detail_key", fingerprint=signer),
    ]
    if previous is not None:
        details.append(words.say("verify.detail_previous", previous=previous.name))
    elif week.opening.position:
        details.append(words.say("verify.detail_no_previous"))
    if week.gaps:
        details.append(words.say("verify.detail_gaps", count=len(week.gaps)))
    copies = sum(bool(line.readable) for line in week.evidence)
    if copies:
        details.append(words.say("verify.detail_copies", count=copies))
    if checked.missing:
        details.append(words.say("verify.detail_missing", count=checked.missing))
    if checked.destroyed:
        details.append(words.say("verify.detail_destroyed", count=checked.destroyed))
    if apart:
        details.append(words.say("verify.detail_carried_destroyed", count=apart))
    if checked.bag.small(SCHEMA) != schema_bytes():
        details.append(words.say("verify.detail_schema"))
    if expected is None:
        return Verdict(UNCHECKED, words.say("verify.unchecked", fingerprint=signer), tuple(details))
    said = Words.of(week.seal)
    title = msgspec.structs.replace(said, language=words.language).title(week.seal)
    sentence = words.say("verify.intact", bundle=bundle_name(week), title=title, count=week.count)
    return Verdict(INTACT, sentence, tuple(details))


def _sentence(words: Words, fault: Fault) -> str:
    return words.say(f"verify.{fault.key}", **fault.values)


def _expected(key: str | None, known: str | None) -> str | None:
    if key is not None:
        typed = normal_fingerprint(key)
        if typed is None:
            raise Fault("key_form")
        return typed
    return normal_fingerprint(known) if known is not None else None


def _check(path: Path, expected: str | None) -> _Checked:
    """Everything about one bundle by itself. Raises :class:`Fault`."""
    bag = open_bag(path)
    layout = bag.info().get("Tudang-Layout", "")
    if layout != str(LAYOUT):
        raise Fault("layout", layout=layout or "?", known=LAYOUT)
    check_manifests(bag)
    public = bag.public_key()
    said = _signed(bag, public)
    if expected is not None and fingerprint(public) != expected:
        raise Fault("other_signer", fingerprint=fingerprint(public), expected=expected)
    opening = _opening(bag)
    counter = _Counter()
    week = _week(bag, opening, counter)
    if said != statement(week, (m for name, m in bag.members.items() if name != ATTESTATION)):
        raise Fault("signature_about" if said.predicate != predicate(week) else "signature_form")
    _check_name(path, bag, week)
    missing = _check_files(bag, week, opening, public)
    return _Checked(bag, week, opening, public, counter.destroyed, missing)


def _signed(bag: Bag, public: bytes) -> Statement:
    """The statement, when its signature holds and its subjects are exactly the files that are there."""
    if ATTESTATION not in bag.members:
        raise Fault("signature_missing")
    try:
        said = open_envelope(bag.small(ATTESTATION), public)
    except BadEnvelope as error:
        raise Fault(f"signature_{error.why}") from error
    covered = {subject.name: subject.digest.sha256 for subject in said.subject}
    for name, member in sorted(bag.members.items(), key=lambda item: _telling(item[0])):
        if name != ATTESTATION and covered.pop(name, None) != member.sha256:
            raise Fault("signature_covers", name=name)
    for name in sorted(covered):
        raise Fault("file_missing", name=name)
    return said


def _opening(bag: Bag) -> Opening:
    try:
        opening = read_opening(bag.small(OPENING))
        positions = [record.position for record in opening.records]
        if positions != sorted(set(positions)) or (positions and positions[-1] > opening.at.position):
            raise Fault("opening")
        for record in opening.records:
            if record.body is None:
                raise Fault("opening")
            check_content(record)
    except (ValueError, Broken) as error:
        raise Fault("opening") from error
    return opening


class _Counter:
    """Counts destroyed contents as the records pass."""

    def __init__(self) -> None:
        self.destroyed = 0

    def over(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            self.destroyed += record.body is None
            yield record


def _records(bag: Bag, head: Head) -> Iterator[Record]:
    """The bundle's records, each checked against the one before. Raises :class:`Fault`."""
    if RECORDS not in bag.members:
        raise Fault("no_bag", name=RECORDS)
    try:
        yield from follow(read_lines(bag.members[RECORDS].open()), head)
    except BadLine as error:
        raise Fault("record_form", line=error.line, name=RECORDS) from error
    except Broken as error:
        raise Fault(f"chain_{error.why}", position=error.position) from error


def _week(bag: Bag, opening: Opening, counter: _Counter) -> Week:
    try:
        return collect(counter.over(_records(bag, opening.at)), opening)
    except NotAWeek as error:
        raise Fault("no_seal" if error.why == "end" else "chain_start") from error


def _check_name(path: Path, bag: Bag, week: Week) -> None:
    """An older week under a newer name: the folder must be right, the file must not claim another week."""
    actual = bundle_name(week)
    if bag.folder != actual:
        raise Fault("renamed", claimed=bag.folder, actual=actual)
    stem = path.name.removesuffix(".zip")
    claimed = set(_WEEK.findall(stem))
    if claimed and claimed != {week.seal.week}:
        raise Fault("renamed", claimed=stem, actual=actual)


def _check_files(bag: Bag, week: Week, opening: Opening, public: bytes) -> int:
    """Every file against what the records make of it; how many media the archive did not have."""
    shown = shown_media(week)
    folders = {file.split("/", 1)[0] for file in shown}
    media = {}
    for name in sorted(bag.payload):
        file = name.removeprefix("data/")
        if file in shown:
            if bag.members[name].sha256 != shown[file]:
                raise Fault("media_other", name=name)
            media[file] = bag.members[name]
        elif "/" in file:
            raise Fault("media_unknown" if file.split("/", 1)[0] in folders else "derived_extra", name=name)
    with tempfile.TemporaryDirectory(prefix="tudang-verify-") as scratch:
        made = {
            member.name: member.sha256
            for member in derive(
                week, opening, bag.members[RECORDS], media, public, Path(scratch), bag.small(SCHEMA)
            )
        }
    _compare(bag, made)
    return len(shown) - len(media)


def _compare(bag: Bag, made: dict[str, str]) -> None:
    there = {name: member.sha256 for name, member in bag.members.items() if name != ATTESTATION}
    if there == made:
        return
    if GAPS in there and there[GAPS] != made[GAPS] and len(bag.small(GAPS).strip(b"[]{} \t\r\n")) == 0:
        raise Fault("gaps_empty")
    if CHAIN in there and there[CHAIN] != made[CHAIN]:
        raise Fault("chain_file")
    for name in sorted(made.keys() - there.keys(), key=_telling):
        raise Fault("derived_missing", name=name)
    for name in sorted(there.keys() - made.keys(), key=_telling):
        raise Fault("derived_extra", name=name)
    for name in sorted(there, key=_telling):
        if there[name] != made[name]:
            raise Fault("derived", name=name)


def _telling(name: str) -> tuple[bool, str]:
    """Which file to name first: sums and totals differ whenever anything does, and say nothing."""
    return (name in (MANIFEST, TAG_MANIFEST, BAG_INFO), name)


def _check_previous(checked: _Checked, previous: Path | None) -> int:
    """Whether the bundle goes on where the previous one ended, and carried over what it had to.

    Returns how many records only one of the two carries, since their contents were destroyed between the exports.
    """
    if previous is None:
        return 0
    try:
        before = _check(previous, None)
    except Fault as fault:
        words = Words(checked.week.seal.language if checked.week.seal.language in LANGUAGES else "en")
        raise Fault("previous_bad", why=_sentence(words, fault)) from fault
    start, end = checked.opening.at, before.week.cut
    if start.position != end.position:
        raise Fault("previous_gap", start=start.position + 1, end=end.position)
    if start.link != end.link:
        raise Fault("previous_other", end=end.position)
    if before.destroyed:
        return 0  # what was destroyed since cannot be carried over a second time
    due = carry(_records(before.bag, before.opening.at), before.opening)
    apart = _apart(due, checked.opening, before.opening.at.position)
    if apart is None:
        raise Fault("previous_opening")
    return apart


_DESTROYABLE = frozenset(kind for kinds in KINDS.values() for kind in kinds)


def _apart(due: Opening, carried: Opening, earlier: int) -> int | None:
    """By how many destroyed records two openings differ; None when they differ otherwise.

    A bundle that was exported after contents were destroyed carries less than the one before it makes due. If that
    one was exported anew instead, it knows less of what is from before its own week (at or before ``earlier``).
    """
    if due.at != carried.at:
        return None
    one, other = ({record.position: record for record in opening.records} for opening in (due, carried))
    if any(one[position] != other[position] for position in one.keys() & other.keys()):
        return None
    apart = [one[position] for position in one.keys() - other.keys()]
    unknown = [other[position] for position in other.keys() - one.keys()]
    if any(record.position > earlier for record in unknown):
        return None
    return len(apart) + len(unknown) if all(one.kind in _DESTROYABLE for one in (*apart, *unknown)) else None


def _language_of(path: Path) -> str:
    """The language that a bundle seems to be in, by the name of its folder or, failing that, its own."""
    identifier = folder_of(path) or path.name
    indonesian = Words("id").say("files.bundle", slug="", week="").strip("-")
    return "id" if identifier.startswith(indonesian) else "en"
