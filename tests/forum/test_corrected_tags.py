"""A tag that was mended leaves everything as if the message had been tagged so from the start.

Every case is played twice: with the right tag at once, and with each wrong one that is then mended by the author.
What stands afterwards is compared: orders, tasks, reports, decisions, photos, what waits for a verifier, timers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.forum.tagging import Judgement, Tagger, Utterance
from bridge.model import facts as f
from tests.forum.desk import Desk

SIGNS = {"directive": "📌", "report": "📋", "decision": "⚖️", "chatter": "🚫"}
STAFF = ("report", "acknowledgement", "question", "chatter", "unsure")
LEADER = ("directive", "decision", *STAFF)
ORDER = "Seluruh OPD bersihkan saluran hari ini paling lambat jam 17.00"
DONE = "Saluran Cabenge kami kerjakan"

Found = Mapping[tuple[str, ...], object]


class Told(Tagger):
    """A tagger that is told what one message is."""

    def __init__(self, real: Tagger, text: str, label: str) -> None:
        self._real, self._text, self._label = real, text, label

    def classify(self, utterance: Utterance) -> Judgement:
        if utterance.text != self._text:
            return self._real.classify(utterance)
        return Judgement(self._label, 1.0, "told", (), self._label != "unsure")


class Case(msgspec.Struct, frozen=True):
    """What was said before (the event that is answered, if one is), and the message whose tag is mended."""

    before: Callable[[Desk], str]
    author: str
    text: str
    labels: tuple[str, ...]
    replies: bool = True
    photo: str = ""
    """How its photo is judged: good, small (held), blank, or pending; empty for no photo."""
    mentions: tuple[str, ...] = ()


def ordered(desk: Desk) -> str:
    return desk.say("wabup", ORDER)


def received(desk: Desk) -> str:
    order = ordered(desk)
    desk.move(minutes=1)
    desk.say("dlh-1", "Siap pak", reply_to=order)
    return order


def proposed(desk: Desk) -> str:
    return desk.say("dlh-1", "Izin pak, apakah boleh kerja bakti digeser ke hari Kamis? Mohon arahan")


def settled(desk: Desk) -> str:
    return desk.say("bupati", "Diputuskan: pasar malam pindah ke lapangan mulai besok")


def reported(desk: Desk) -> str:
    ordered(desk)
    desk.move(minutes=1)
    return desk.photo("dlh-1", caption="Izin melaporkan saluran sudah dibersihkan", judged=True)


CASES = {
    "words": Case(ordered, "dlh-1", DONE, STAFF),
    "words that answer nothing": Case(ordered, "dlh-1", DONE, STAFF, replies=False),
    "words that name the order": Case(ordered, "dlh-1", f"P-1 {DONE}", STAFF, replies=False),
    "words after a siap": Case(received, "dlh-1", DONE, STAFF),
    "nothing to report": Case(ordered, "dlh-1", "Nihil, tidak ada kejadian", STAFF),
    "good photo": Case(ordered, "dlh-1", DONE, STAFF, replies=False, photo="good"),
    "good photo after a siap": Case(received, "dlh-1", DONE, STAFF, photo="good"),
    "held photo": Case(ordered, "dlh-1", DONE, STAFF, photo="small"),
    "blank photo": Case(ordered, "dlh-1", DONE, STAFF, photo="blank"),
    "photo not judged yet": Case(ordered, "dlh-1", DONE, STAFF, photo="pending"),
    "leader": Case(ordered, "bupati", "DLH dan PUPR kerjakan jembatan besok jam 10.00", LEADER, replies=False),
    "leader who mentions": Case(
        ordered, "bupati", "kerjakan jembatan", LEADER, replies=False, mentions=("citta-1",)
    ),
    "leader to a proposal": Case(proposed, "bupati", "Jadikan hari Kamis besok", LEADER),
    "leader who ends a decision": Case(settled, "bupati", "K-1 dicabut, pasar malam tetap di terminal", LEADER),
    "leader to a report": Case(reported, "bupati", "Bagus itu kerjanya", LEADER),
    "leader with a photo": Case(reported, "bupati", "DLH bersihkan ini besok jam 10.00", LEADER, photo="good"),
}


def played(case: Case, first: str, mended: str | None, place: Path) -> Found:
    """How things stand after the message was tagged ``first`` and, where that was wrong, mended."""
    place.mkdir()
    desk = Desk(place)
    before = case.before(desk)
    desk.book = replace(desk.book, tagger=Told(desk.book.tagger, case.text, first))
    desk.move(minutes=1)
    answered = before if case.replies else None
    if case.photo:
        event = desk.photo(case.author, caption=case.text, reply_to=answered)
    else:
        event = desk.say(case.author, case.text, reply_to=answered, mentions=case.mentions)
    if case.photo == "small":
        desk.judge(event, width=200, height=150)
    elif case.photo in ("good", "blank"):
        desk.judge(event, verdict="ok" if case.photo == "good" else "blank")
    desk.move(minutes=2)
    if mended is not None:
        desk.react(case.author, event, SIGNS[mended])
    return standing(desk)


def standing(desk: Desk) -> Found:
    """What stands, by kind and by the event it began with in place of its number."""
    rows = desk.store.all
    began = {
        number: f"{kind} of {event}"
        for kind in ("directive", "report", "decision")
        for number, event in rows(f"SELECT number, event FROM {kind} WHERE state NOT IN ('cancelled', 'withdrawn')")  # noqa: S608 - three names of ours
    }

    def named(number: str | None) -> str | None:
        return began.get(number or "", number)

    found: dict[tuple[str, ...], object] = {}
    for event, label, number in rows("SELECT event, label, number FROM message"):
        found["message", event] = (label, named(number))
    for number, *rest in rows(
        "SELECT number, state, to_all, due, evidence, nil_allowed, on_behalf, unled, urgency FROM directive"
        " WHERE state <> 'cancelled'"
    ):
        found["order", began[number]] = tuple(rest)
    for number, unit, state, report, receipt in rows(
        "SELECT directive, unit, state, report, acknowledged_by FROM task WHERE state <> 'cancelled'"
    ):
        found["task", began[number], unit] = (state, named(report), receipt)
    for number, state, directive, *rest in rows(
        "SELECT number, state, directive, evidence_until, nil, promised, text FROM report"
        " WHERE state <> 'withdrawn'"
    ):
        found["report", began[number]] = (state, named(directive), *rest)
    for number, state, by, body in rows(
        "SELECT number, state, ended_by, body FROM decision WHERE state <> 'withdrawn'"
    ):
        made = msgspec.json.decode(bytes(body), type=f.Decision)
        ended = tuple(named(old) for old in made.supersedes)
        about = (made.proposal_event, made.proposal_text, made.proposal_media, made.in_force_from)
        found["decision", began[number]] = (state, named(by), ended, *about)
    for event, report, verdict in rows("SELECT event, report, verdict FROM media"):
        found["photo", event] = (named(report), verdict)
    for event, report in rows("SELECT event, report FROM evidence_check WHERE state = 'open'"):
        found["looked at", event] = named(report)
    for event, report in rows("SELECT event, report FROM first_use"):
        found["first use", event] = named(report)
    for key, due in rows("SELECT key, due FROM inbox WHERE kind = 'timer' AND state = 'waiting'"):
        _, _, what, *about = key.split(":")
        if what in ("remind", "due", "ask", "limit"):
            found["timer", what, *(named(part) or "" for part in about)] = due
        elif what == "accept":
            # Whoever might object has three days from the moment in which it was seen to be a report.
            found["timer", what, *(named(part) or "" for part in about)] = "later"
    return found


@pytest.mark.parametrize(
    ("name", "right"), [(n, s) for n, case in CASES.items() for s in SIGNS if s in case.labels]
)
def test_whatever_it_was_taken_for_it_stands_as_if_tagged_right(name: str, right: str, tmp_path: Path) -> None:
    """All pairs of labels that the author may give."""
    case = CASES[name]
    wanted = played(case, right, None, tmp_path / right)
    for wrong in case.labels:
        if wrong != right:
            assert played(case, wrong, right, tmp_path / wrong) == wanted, wrong


def test_words_mended_to_a_report_join_the_photo_that_followed(tmp_path: Path) -> None:
    """One report, not two, where the photo had become one by itself."""
    desk = Desk(tmp_path)
    ordered(desk)
    words = desk.say("dlh-1", "Saluran Cabenge beres")
    if desk.label(words) == "report":
        desk.react("dlh-1", words, SIGNS["chatter"])
    desk.photo("dlh-1", judged=True)
    desk.react("dlh-1", words, SIGNS["report"])
    standing_reports = desk.store.all("SELECT text, state FROM report WHERE state <> 'withdrawn'")
    assert [tuple(row) for row in standing_reports] == [("Saluran Cabenge beres", "reported")]
    assert desk.task("P-1", "dlh") == "reported"


def test_words_that_are_no_report_leave_the_photo_free(tmp_path: Path) -> None:
    """The photo that was put to them waits without a tag and may be called a report itself."""
    desk = Desk(tmp_path)
    order = ordered(desk)
    words = desk.say("dlh-1", "Izin melaporkan saluran sudah dibersihkan", reply_to=order)
    photo = desk.photo("dlh-1", judged=True)
    assert desk.report("L-1") == "reported"
    desk.react("dlh-1", words, SIGNS["chatter"])
    assert (desk.report("L-1"), desk.task("P-1", "dlh"), desk.label(photo)) == ("withdrawn", "open", "unsure")
    desk.react("dlh-1", photo, SIGNS["report"])
    assert (desk.report("L-2"), desk.task("P-1", "dlh")) == ("reported", "reported")


def test_a_mended_receipt_is_none(tmp_path: Path) -> None:
    """A "siap" that was meant for something else receives nothing."""
    desk = Desk(tmp_path)
    order = ordered(desk)
    siap = desk.say("dlh-1", "Siap pak", reply_to=order)
    assert desk.task("P-1", "dlh") == "acknowledged"
    desk.react("ahli-1", siap, SIGNS["chatter"])
    assert desk.task("P-1", "dlh") == "open"


def test_consent_to_a_report_that_was_none_accepts_nothing(tmp_path: Path) -> None:
    """A leader's words under a report, mended to talk: the report waits for a verdict again."""
    desk = Desk(tmp_path)
    report = reported(desk)
    words = desk.say("bupati", "Oke, terima kasih", reply_to=report)
    assert desk.report("L-1") == "accepted"
    desk.react("bupati", words, SIGNS["chatter"])
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
