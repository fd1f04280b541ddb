"""Every file of a bundle but its signature, from the week and its media alone.

Export writes what this makes; verification makes it again and compares. Nothing here knows the time of the export,
the machine, or the settings of the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from bridge.model.chain import Head
from bridge.summary.cells import Cell, Table
from bridge.summary.collect import numbers
from bridge.summary.jsonl import opening_bytes
from bridge.summary.keys import fingerprint
from bridge.summary.names import plain, slug
from bridge.summary.page import page
from bridge.summary.sheets import csv_bytes, write_workbook
from bridge.summary.stored_zip import Member
from bridge.summary.tables import tables
from bridge.summary.week import GapLine, Opening, Week
from bridge.summary.words import Words

LAYOUT = 10
"""Raised when the same records would make other files: a new column, another wording, another form."""

RECORDS = "data/records.jsonl"
SCHEMA = "data/records.schema.json"
OPENING = "data/opening.json"
CHAIN = "data/chain.json"
GAPS = "data/gaps.json"
BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
PUBLIC_KEY = "public-key.txt"
ATTESTATION = "attestation.dsse.json"

BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bundle_name(week: Week) -> str:
    """The name of the bag's folder, and of the zip without `.zip`."""
    words = Words.of(week.seal)
    name = slug(week.seal.forum_name)
    if week.seal.preview:
        name = f"{name}-{plain(words.say('front.preview')).lower()}"
    return words.say("files.bundle", slug=name, week=plain(week.seal.week))


def shown_media(week: Week) -> dict[str, str]:
    """File below `data/` -> SHA-256, of all media of this week's bundle and of their copies for readers."""
    shown = {line.file: line.judged.sha256 for line in week.evidence if line.file and line.judged}
    copies = {line.readable: line.judged.readable_sha256 for line in week.evidence if line.readable and line.judged}
    return shown | copies


def derive(
    week: Week,
    opening: Opening,
    records: Member,
    media: Mapping[str, Member],
    public: bytes,
    scratch: Path,
    schema: bytes,
) -> list[Member]:
    """The files of the bag, attestation excepted, sorted by name.

    ``records`` is `data/records.jsonl`; ``media`` holds the files of :func:`shown_media` that the archive had, by
    the same names. ``schema`` explains the records and is not of the week. Large tables go through files in
    ``scratch``, which must outlive the result.
    """
    words = Words.of(week.seal)
    missing = frozenset(shown_media(week)) - frozenset(media)
    every = tables(week, words, missing)
    payload = [
        records,
        Member.of_bytes(SCHEMA, schema),
        Member.of_bytes(OPENING, opening_bytes(opening)),
        Member.of_bytes(CHAIN, chain_bytes(week)),
        Member.of_bytes(GAPS, gaps_bytes(week, words, missing)),
        Member.of_bytes(f"data/{words.say('files.page')}", page(week, words, every, missing)),
        _workbook(week, words, every, scratch),
        *(_csv(table, week, words, scratch) for table in every),
        *media.values(),
    ]
    manifest = manifest_bytes(payload)
    tags = [
        Member.of_bytes(BAGIT, BAGIT_TEXT),
        Member.of_bytes(BAG_INFO, bag_info(week, words, payload)),
        Member.of_bytes(MANIFEST, manifest),
        Member.of_bytes(PUBLIC_KEY, public_key_bytes(public)),
        Member.of_bytes(words.say("files.readme"), readme(week, words, public)),
    ]
    tags.append(Member.of_bytes(TAG_MANIFEST, manifest_bytes(tags)))
    return sorted([*payload, *tags], key=lambda member: member.name)


def manifest_bytes(members: Iterable[Member]) -> bytes:
    """A manifest (RFC 8493, 2.1.3), sorted by name. Our names need no percent-encoding."""
    lines = sorted((member.name, member.sha256) for member in members)
    return "".join(f"{digest}  {name}\n" for name, digest in lines).encode()


def bag_info(week: Week, words: Words, payload: Iterable[Member]) -> bytes:
    """`bag-info.txt`; its Bagging-Date is the day of the seal, whenever the bag was made."""
    sizes = [member.size for member in payload]
    fields = (
        ("Source-Organization", week.seal.forum_name),
        ("External-Identifier", bundle_name(week)),
        ("External-Description", words.title(week.seal)),
        ("Bagging-Date", words.moment(week.seal.at).date().isoformat()),
        ("Payload-Oxum", f"{sum(sizes)}.{len(sizes)}"),
        ("Tudang-Layout", str(LAYOUT)),
        ("Tudang-Week", week.seal.week),
        ("Tudang-Head", f"{week.cut.position} {week.cut.link.hex()}"),
    )
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields).encode()


def public_key_bytes(public: bytes) -> bytes:
    """`public-key.txt`: the Ed25519 public key in hexadecimal, then its fingerprint."""
    return f"{public.hex()}\nSHA-256: {fingerprint(public)}\n".encode()


def readme(week: Week, words: Words, public: bytes) -> bytes:
    """How to check the bundle and what it does not prove."""
    text = words.say(
        "readme",
        forum=" ".join(week.seal.forum_name.split()),
        title=words.title(week.seal),
        bundle=bundle_name(week),
        fingerprint=fingerprint(public),
        position=week.cut.position,
        head=week.cut.link.hex(),
    )
    if week.seal.preview:
        text = f"{words.say('page.preview')}\n\n{text}"
    if week.seal.rehearsal:
        text = f"{words.say('page.rehearsal')}\n\n{text}"
    return text.encode()


def chain_bytes(week: Week) -> bytes:
    """`chain.json`: the previous head, this one, and how many records lie between."""
    return _json({"previous": _head(week.opening), "cut": _head(week.cut), "count": week.count})


def _head(head: Head) -> dict[str, str | int]:
    return {"position": head.position, "link": head.link.hex()}


def gaps_bytes(week: Week, words: Words, missing: frozenset[str]) -> bytes:
    """`gaps.json`: the statement, also when there are none, and the list."""
    gaps = [*week.gaps, *(GapLine(what="missing", about=file, events=1) for file in sorted(missing))]
    said = words.say("gaps_file.some", count=len(gaps)) if gaps else words.say("gaps_file.none")
    return _json({"week": week.seal.week, "statement": said, "count": len(gaps), "gaps": gaps})


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _csv(table: Table, week: Week, words: Words, scratch: Path) -> Member:
    path = scratch / f"{table.key}.csv"
    with path.open("wb") as out:
        out.writelines(csv_bytes(table, words, week))
    return Member.of_file(f"data/{words.say(f'tables.{table.key}.file')}", path)


def _workbook(week: Week, words: Words, every: tuple[Table, ...], scratch: Path) -> Member:
    front: list[tuple[str, Cell]] = [
        (words.say("front.week"), week.seal.week),
        (words.say("front.sealed"), f"{words.clock(week.seal.at)} {words.zone_name(week.seal.at)}"),
        (words.say("front.records"), f"{week.opening.position + 1} – {week.cut.position}"),
        (words.say("front.cut"), week.cut.link.hex()),
    ]
    if week.seal.preview:
        front.append((words.say("front.preview"), words.say("front.preview_note")))
    if week.seal.rehearsal:
        front.append((words.say("front.rehearsal"), words.say("front.rehearsal_note")))
    if week.seal.legal_note:
        front.append((words.say("front.legal"), week.seal.legal_note))
    front.append((words.say("front.numbers"), ""))
    front += [(words.say(f"numbers.{key}"), value) for key, value in numbers(week).items()]
    path = scratch / "workbook.xlsx"
    write_workbook(path, week, words, every, front, scratch)
    return Member.of_file(f"data/{words.say('files.workbook')}", path)
