"""Everything that can be done to the ledger and to the archive, and the sentence that names it.

The story of the summaries stands in a real ledger, on either kind of database, with its photos in an archive.
Whoever tampers has the database's own tools and may change any row or file. What can be done to a bundle is in
`tests/summary/test_mutations.py`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.admin.findings import Mark, said
from bridge.admin.look_state import look_into
from bridge.admin.saying import load_texts
from bridge.evidence.archive import DiskArchive
from bridge.ledger import forums, record
from bridge.ledger.records import ForumHistory, records
from bridge.ledger.store import Store
from bridge.model import chain
from bridge.model.chain import Broken
from bridge.model.facts import Record
from bridge.model.situation import Outcome
from bridge.settings import load_settings
from bridge.summary.export import Exported, export_week
from bridge.summary.keys import SigningKey
from bridge.summary.verify import FAULTY, INTACT, verify
from tests.databases import KINDS, Databases, ledger_in
from tests.summary.history import Ledger, picture
from tests.summary.story import soppeng

WEEK = "2026-W47"
REPORT = 62
"""The position of a report of that week."""

SETTINGS = """homeserver: {url: "http://127.0.0.1:9", user: "@tudang:contoh.id"}
state: state
forum: {id: uji, rooms: {forum: "!f:x", control: "!k:x"}}
"""
KEY = SigningKey(b"a key of the bridge in a test...")


class Deployed:
    """The story in a ledger and an archive."""

    def __init__(self, root: Path, databases: Databases) -> None:
        (root / "bridge.yaml").write_text(SETTINGS, encoding="utf-8")
        self.root = root
        self.settings = load_settings(root / "bridge.yaml")
        self.told: Ledger = soppeng()
        self.store = ledger_in(databases.new())
        self.store.begin()
        forums.ensure(self.store, "uji", "watch", False)
        forums.ensure(self.store, "lain", "watch", False)
        salts = iter([one.salt or b"" for one in self.told.records])
        for one in self.told.records:
            facts = [chain.decode(one.body or b"")]
            record.record(
                self.store,
                "uji",
                Outcome(facts=facts),
                now=1,
                cause="$c",
                letters=frozenset("PLKA"),
                salt=lambda: next(salts),
            )
        self.store.commit()
        self.archive = DiskArchive(self.settings.archive, max_bytes=2**40)
        for data in self.told.archive.values():
            place = self.place(hashlib.sha256(data).hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def place(self, sha256: str) -> Path:
        return self.settings.archive / sha256[:2] / sha256

    def doctor(self, *, full: bool = True) -> list[str]:
        """What `tudang doctor` says is wrong, in English; every sentence can be said in Indonesian, too."""
        looked = look_into(self.store, self.settings, "the ledger", None if full else 5000)
        wrong = [finding for finding in looked.findings if finding.mark is Mark.WRONG]
        for finding in wrong:
            assert all(said(load_texts("id"), finding))
        return [said(load_texts("en"), finding)[0] for finding in wrong]

    @functools.cached_property
    def whole(self) -> Exported:
        """What `tudang export` writes while nothing was tampered with."""
        return self.export("whole")

    def export(self, name: str) -> Exported:
        """What `tudang export` writes."""

        def media(sha256: str) -> object:
            return self.archive.open(sha256) if self.archive.exists(sha256) else None

        return export_week(ForumHistory(self.store, "uji"), WEEK, media, KEY, self.root / name)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=KINDS)
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The story, once on each kind of database."""
    databases = Databases(request.param, request)
    made = Deployed(tmp_path_factory.mktemp("deployed"), databases)
    yield made
    made.store.close()
    databases.close()


# The record


def body_of(store: Store, position: int) -> Record:
    return next(iter(records(store, "uji", position - 1, position)))


def put(store: Store, one: Record, position: int | None = None) -> None:
    store.run(
        "UPDATE fact SET kind = ?, body = ?, salt = ?, content_hash = ?, link = ?"
        " WHERE forum = 'uji' AND position = ?",
        (one.kind, one.body, one.salt, one.content_hash, one.link, position or one.position),
    )


def sql(statement: str) -> Callable[[Store], None]:
    return lambda store: store.run(statement) and None


def a_word_changed(store: Store) -> None:
    body = body_of(store, REPORT).body or b""
    assert b"berjalan lancar" in body
    store.run(
        "UPDATE fact SET body = ? WHERE forum = 'uji' AND position = ?",
        (body.replace(b"berjalan lancar", b"berjalan buruk."), REPORT),
    )


def rewritten(store: Store, old: bytes, new: bytes, *, canonical: bool = True) -> None:
    """The content and its hash, by somebody who knows how it is hashed."""
    one = body_of(store, REPORT)
    body = (one.body or b"").replace(old, new)
    assert body != one.body
    store.run(
        "UPDATE fact SET body = ?, content_hash = ? WHERE forum = 'uji' AND position = ?",
        (body, chain.content_hash(one.salt or b"", body), REPORT),
    )


def a_word_changed_with_its_hash(store: Store) -> None:
    rewritten(store, b"berjalan lancar", b"berjalan buruk.")


def a_content_written_otherwise_with_its_hash(store: Store) -> None:
    rewritten(store, b'{"', b'{ "')


def a_content_made_nonsense_with_its_hash(store: Store) -> None:
    rewritten(store, b'"kind":"report"', b'"kind":"rumour"')


def a_content_of_another_kind_with_its_hash(store: Store) -> None:
    one, other = body_of(store, REPORT), body_of(store, 1)
    store.run(
        "UPDATE fact SET body = ?, content_hash = ? WHERE forum = 'uji' AND position = ?",
        (other.body, chain.content_hash(one.salt or b"", other.body or b""), REPORT),
    )


def two_records_swapped(store: Store) -> None:
    first, second = body_of(store, REPORT), body_of(store, REPORT + 1)
    put(store, first, REPORT + 1)
    put(store, second, REPORT)


def a_record_taken_out_and_the_rest_moved_up(store: Store) -> None:
    store.run("DELETE FROM fact WHERE forum = 'uji' AND position = ?", (REPORT,))
    for (position,) in store.all(
        "SELECT position FROM fact WHERE forum = 'uji' AND position > 62 ORDER BY position"
    ):
        store.run("UPDATE fact SET position = ? WHERE forum = 'uji' AND position = ?", (position - 1, position))
    store.run("UPDATE forum SET position = position - 1 WHERE id = 'uji'")


def a_record_put_behind_the_newest(store: Store) -> None:
    store.run(
        "INSERT INTO fact (forum, position, kind, at, body, salt, content_hash, link) SELECT forum, position + 1,"
        " kind, at, body, salt, content_hash, link FROM fact WHERE forum = 'uji' ORDER BY position DESC LIMIT 1"
    )


def a_record_put_before_the_first(store: Store) -> None:
    store.run(
        "INSERT INTO fact (forum, position, kind, at, body, salt, content_hash, link) SELECT forum, 0, kind,"
        " at, body, salt, content_hash, link FROM fact WHERE forum = 'uji' AND position = 1"
    )


def the_newest_records_unsaid(store: Store) -> None:
    """The head set back, as if the last ten had never been."""
    store.run(
        "UPDATE forum SET position = position - 10, link = (SELECT link FROM fact WHERE fact.forum = 'uji'"
        " AND fact.position = forum.position - 10) WHERE id = 'uji'"
    )


def the_seal_of_the_week_changed(store: Store) -> None:
    store.run("UPDATE fact SET body = ? WHERE forum = 'uji' AND kind = 'week_sealed'", (b"{}",))


def of(statement: str) -> Callable[[Store], None]:
    return sql(f"{statement} WHERE forum = 'uji' AND position = {REPORT}")


NOT_WHAT_WAS_RECORDED = "Record {} is not what was recorded: its content was changed or taken away."
NOT_AFTER = "Record {} does not follow from the one before: the ledger was changed."

RECORD: dict[str, tuple[Callable[[Store], None], str, str]] = {
    "a word changed": (a_word_changed, NOT_WHAT_WAS_RECORDED.format(62), "62 content"),
    "a word changed with its hash": (a_word_changed_with_its_hash, NOT_AFTER.format(62), "62 link"),
    "a content written otherwise with its hash": (
        a_content_written_otherwise_with_its_hash,
        NOT_WHAT_WAS_RECORDED.format(62),
        "62 form",
    ),
    "a content made nonsense with its hash": (
        a_content_made_nonsense_with_its_hash,
        NOT_WHAT_WAS_RECORDED.format(62),
        "62 form",
    ),
    "a content of another kind with its hash": (
        a_content_of_another_kind_with_its_hash,
        NOT_WHAT_WAS_RECORDED.format(62),
        "62 kind",
    ),
    "a content taken away": (of("UPDATE fact SET body = NULL"), NOT_WHAT_WAS_RECORDED.format(62), "62 salt"),
    "a salt taken away": (of("UPDATE fact SET salt = NULL"), NOT_WHAT_WAS_RECORDED.format(62), "62 salt"),
    "a salt changed": (of("UPDATE fact SET salt = link"), NOT_WHAT_WAS_RECORDED.format(62), "62 content"),
    "a content's hash changed": (
        of("UPDATE fact SET content_hash = link"),
        NOT_WHAT_WAS_RECORDED.format(62),
        "62 content",
    ),
    "a destroyed content's hash changed": (
        of("UPDATE fact SET body = NULL, salt = NULL, content_hash = link"),
        NOT_AFTER.format(62),
        "62 link",
    ),
    "a link changed": (of("UPDATE fact SET link = content_hash"), NOT_AFTER.format(62), "62 link"),
    "a record relabelled": (of("UPDATE fact SET kind = 'stage'"), NOT_WHAT_WAS_RECORDED.format(62), "62 kind"),
    "a record removed": (of("DELETE FROM fact"), NOT_AFTER.format(63), "63 position"),
    "a record given to another forum": (of("UPDATE fact SET forum = 'lain'"), NOT_AFTER.format(63), "63 position"),
    "a record taken out and the rest moved up": (
        a_record_taken_out_and_the_rest_moved_up,
        NOT_AFTER.format(62),
        "62 link",
    ),
    "two records swapped": (two_records_swapped, NOT_AFTER.format(62), "62 link"),
    "the first record removed": (
        sql("DELETE FROM fact WHERE forum = 'uji' AND position = 1"),
        NOT_AFTER.format(2),
        "2 position",
    ),
    "a record put before the first": (a_record_put_before_the_first, NOT_AFTER.format(0), ""),
    "the newest record removed": (
        sql("DELETE FROM fact WHERE forum = 'uji' AND position = (SELECT position FROM forum WHERE id = 'uji')"),
        NOT_AFTER.format("{end}"),
        "",
    ),
    "a record put behind the newest": (a_record_put_behind_the_newest, NOT_AFTER.format("{beyond}"), ""),
    "the newest records unsaid": (the_newest_records_unsaid, NOT_AFTER.format("{unsaid}"), ""),
    "the head's link changed": (
        sql(
            "UPDATE forum SET link = (SELECT link FROM fact WHERE forum = 'uji' AND position = 1) WHERE id = 'uji'"
        ),
        NOT_AFTER.format("{end}"),
        "",
    ),
    "the head's position changed": (
        sql("UPDATE forum SET position = position + 1 WHERE id = 'uji'"),
        NOT_AFTER.format("{beyond}"),
        "",
    ),
    "the seal of a week changed": (the_seal_of_the_week_changed, NOT_WHAT_WAS_RECORDED.format("{seal}"), ""),
}
"""What is done -> how, what doctor says, and with which fault an export of the week is refused."""


@pytest.mark.parametrize("name", RECORD)
def test_what_was_done_to_the_record_is_named(deployed: Deployed, name: str) -> None:
    """By doctor, with the number of the record; a summary of a week before or with it is not written."""
    mutate, sentence, refusal = RECORD[name]
    end = deployed.told.head().position
    places = {"end": end, "beyond": end + 1, "unsaid": end - 9, "seal": deployed.told.seals[0][1]}
    store = deployed.store
    store.begin()
    try:
        mutate(store)
        assert deployed.doctor() == [sentence.format(**places)]
        if refusal:
            with pytest.raises(Broken) as broken:
                deployed.export("refused")
            assert f"{broken.value.position} {broken.value.why}" == refusal
    finally:
        store.rollback()


# What follows from the record

TABLES: dict[str, tuple[str, str, int]] = {
    "a message's words changed": ("UPDATE message SET text = 'lain' WHERE number = 'K-3'", "message", 1),
    "a message's author changed": ("UPDATE message SET person = 'bupati' WHERE label = 'question'", "message", 1),
    "a photo's verdict changed": ("UPDATE media SET verdict = 'ok' WHERE verdict = 'bomb'", "media", 1),
    "a photo given to another report": ("UPDATE media SET report = 'L-8' WHERE report = 'L-7'", "media", 1),
    "a first use given away": ("UPDATE first_use SET report = 'L-9' WHERE report = 'L-7'", "first_use", 1),
    "an order's due time changed": ("UPDATE directive SET due = due + 1 WHERE number = 'P-12'", "directive", 1),
    "an order removed": ("DELETE FROM directive WHERE number = 'P-11'", "directive", 1),
    "a late task made fulfilled": ("UPDATE task SET state = 'accepted' WHERE state = 'late'", "task", 1),
    "a report accepted": ("UPDATE report SET state = 'accepted' WHERE number = 'L-20'", "report", 1),
    "a report removed": ("DELETE FROM report WHERE number = 'L-19'", "report", 1),
    "a decision's words changed": ("UPDATE decision SET text = 'Tidak' WHERE number = 'K-3'", "decision", 1),
    "a decision put in": (
        "INSERT INTO decision (forum, number, event, person, text, at, state)"
        " VALUES ('uji', 'K-4', '$x', 'bupati', 'Ya', 1, 'in_force')",
        "decision",
        1,
    ),
    "a proposal put in": (
        "INSERT INTO proposal (forum, number, what, room, users, persons, detail, state, needs, by_whom, at)"
        " VALUES ('uji', 'A-9', 'remove', '', '', '', '', 'open', 0, 'x', 1)",
        "proposal",
        1,
    ),
    "a question unasked": ("DELETE FROM asked WHERE about = 'L-20'", "asked", 1),
}
"""What is done -> how, the table, and how many of its rows do not fit any more."""


@pytest.mark.parametrize("name", TABLES)
def test_what_was_done_to_the_tables_is_named(deployed: Deployed, name: str) -> None:
    """Though the record is whole."""
    statement, table, count = TABLES[name]
    store = deployed.store
    store.begin()
    try:
        done = store.run(statement)
        assert done.rowcount == count
        (sentence,) = deployed.doctor()
        rows = "One row" if count == 1 else f"{count} rows"
        assert sentence.startswith(f"{rows} of the table {table} ")
    finally:
        store.rollback()


def test_a_summary_is_made_of_the_record_alone(deployed: Deployed) -> None:
    """Whatever was done to all the tables, it is what it was, byte for byte."""
    untouched = deployed.whole.sha256
    deployed.store.begin()
    try:
        for statement, _, _ in TABLES.values():
            deployed.store.run(statement)
        assert deployed.export("touched").sha256 == untouched
    finally:
        deployed.store.rollback()


# The archive

FIRST, SECOND = picture(13, "DISNAKKESWAN"), picture(16, "PUPR")
NAMES = tuple(hashlib.sha256(data).hexdigest() for data in (FIRST, SECOND))


def by_link(first: Path, second: Path) -> None:
    first.unlink()
    first.symlink_to(second)


def swapped(first: Path, second: Path) -> None:
    first.write_bytes(SECOND)
    second.write_bytes(FIRST)


ARCHIVE: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a byte changed": (lambda one, _: one.write_bytes(FIRST[:700] + b"\x00" + FIRST[701:]), "changed"),
    "a byte added": (lambda one, _: one.write_bytes(FIRST + b"\x00"), "changed"),
    "the end cut off": (lambda one, _: one.write_bytes(FIRST[:-1]), "changed"),
    "emptied": (lambda one, _: one.write_bytes(b""), "changed"),
    "another picture in its place": (lambda one, _: one.write_bytes(picture(500)), "changed"),
    "two pictures swapped": (swapped, "both changed"),
    "a link in its place": (by_link, "changed"),
    "removed": (lambda one, _: one.unlink(), "missing"),
    "under another name": (lambda one, _: one.rename(one.with_name("f" * 64)), "missing"),
}
"""What is done to one of two pictures -> how, and what doctor says of it."""


@pytest.mark.parametrize("name", ARCHIVE)
def test_what_was_done_to_the_archive_is_named(deployed: Deployed, name: str) -> None:
    """By doctor, with the file's hash; a summary leaves the picture out and says that it is missing."""
    tamper, what = ARCHIVE[name]
    first, second = (deployed.place(sha256) for sha256 in NAMES)
    deployed.store.begin()
    try:
        whole = deployed.whole
        tamper(first, second)
        (sentence,) = deployed.doctor()
        if what == "missing":
            assert sentence == f"A photo or video that counts as evidence is not in the archive: {NAMES[0]}."
            assert deployed.doctor(full=False) == [sentence]
        elif what == "changed":
            assert sentence == f"A file of the archive is not what it was when it came in: {NAMES[0]}."
        else:
            assert sentence.startswith("2 files of the archive are not what they were when they came in")
        if name == "a link in its place":
            with pytest.raises(Exception, match="archive cannot be used"):
                deployed.export("tampered")
            return
        done = deployed.export("tampered")
        assert len(done.missing) == len(whole.missing) + (2 if what == "both changed" else 1)
        verdict = verify(done.path, known=KEY.fingerprint)
        assert verdict.code == INTACT
        assert any("tidak ada di arsip" in line for line in verdict.details), verdict.details
    finally:
        deployed.store.rollback()
        for path, data in ((first, FIRST), (second, SECOND)):
            path.unlink(missing_ok=True)
            path.write_bytes(data)
        first.with_name("f" * 64).unlink(missing_ok=True)


def test_at_least_forty_ways_are_named() -> None:
    """Beside those of a bundle."""
    assert len(RECORD) + len(TABLES) + len(ARCHIVE) >= 40


def test_who_writes_the_whole_chain_anew_is_given_away_by_an_earlier_bundle(deployed: Deployed) -> None:
    """With our own software a whole record can be made that fits itself; not one that fits what others keep."""
    store = deployed.store
    before = export_week(
        ForumHistory(store, "uji"), "2026-W47", lambda sha256: None, KEY, deployed.root / "kept"
    ).path
    store.begin()
    try:
        head = chain.START
        for position in range(1, deployed.told.head().position + 1):
            one = body_of(store, position)
            body = (one.body or b"").replace(b"berjalan lancar", b"berjalan buruk.")
            content = chain.content_hash(one.salt or b"", body)
            link = chain.link(head.link, position, one.kind, content)
            head = chain.Head(position, link)
            store.run(
                "UPDATE fact SET body = ?, content_hash = ?, link = ? WHERE forum = 'uji' AND position = ?",
                (body, content, link, position),
            )
        store.run("UPDATE forum SET link = ? WHERE id = 'uji'", (head.link,))
        assert all("report" in sentence or "message" in sentence for sentence in deployed.doctor())
        after = export_week(
            ForumHistory(store, "uji"), "2026-W48", lambda sha256: None, KEY, deployed.root / "anew"
        ).path
        assert verify(after, known=KEY.fingerprint).code == INTACT
        verdict = verify(after, known=KEY.fingerprint, previous=before)
        assert verdict.code == FAULTY
        assert verdict.fault == "previous_other"
    finally:
        store.rollback()
