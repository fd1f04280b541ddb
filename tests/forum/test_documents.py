"""Documents as evidence: where the order or the policy takes them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.journey.shown import lines_of
from bridge.ledger import fetching
from bridge.model import facts as f
from bridge.model.effects import Refresh
from tests.forum.desk import Desk, policy_text

ORDER = "DLH tata arsip TPA hari ini dan laporkan, cukup dokumen"
PDF = "application/pdf"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def document(desk: Desk, person: str, caption: str = "", *, reply_to: str | None = None) -> str:
    return desk.photo(person, "arsip.pdf", caption=caption, kind="m.file", mimetype=PDF, reply_to=reply_to)


def fetched(desk: Desk, event: str) -> bool:
    """Whether a file is on its way to us."""
    return not fetching.is_stored(desk.store, event)


@pytest.mark.parametrize("words", [ORDER, "DLH, please archive TPA today and report; a document is enough"])
def test_an_order_may_take_documents(desk: Desk, words: str) -> None:
    """Then one is evidence as a photo is, the card says so, and a photo still is."""
    desk.say("wabup", words)
    assert desk.facts(f.Directive)[0].evidence == "document"
    report = document(desk, "dlh-1", "Lapor P-1, arsip TPA sudah ditata")
    assert fetched(desk, report)
    assert desk.report("L-1") == "waiting"
    desk.judge(report, mime=PDF, views=(), width=None, height=None)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    desk.say("wabup", words)
    desk.photo("dlh-1", caption="Lapor P-2, arsip TPA sudah ditata", judged=True)
    assert desk.task("P-2", "dlh") == "reported"


def test_the_card_asks_for_a_document_or_a_photo(desk: Desk) -> None:
    """And so does whoever reported without one, once, and in the end."""
    desk.say("wabup", ORDER)
    assert any(isinstance(effect, Refresh) for effect in desk.effects(Refresh))
    desk.say("dlh-1", "Lapor P-1, arsip TPA sudah ditata")
    desk.move(minutes=11)
    assert "report.ask_document" in desk.heard()
    desk.move(hours=3)
    assert "report.incomplete_document" in desk.heard()
    assert "report.ask_evidence" not in desk.heard()
    later = document(desk, "dlh-1", reply_to=_event_of(desk, "L-1"))
    desk.judge(later, mime=PDF, views=())
    assert desk.report("L-1") == "reported"


def _event_of(desk: Desk, number: str) -> str:
    return next(fact.event for fact in desk.facts(f.Report) if fact.number == number)


def test_a_document_without_words_answers_the_order(desk: Desk) -> None:
    """As a reply, or alone after it; the text and the file may come in any order."""
    desk.say("wabup", ORDER)
    alone = document(desk, "dlh-1")
    desk.judge(alone, mime=PDF, views=())
    assert desk.task("P-1", "dlh") == "reported"
    order = desk.say("wabup", "PUPR susun rekap jembatan hari ini, laporkan berupa dokumen")
    reply = document(desk, "pupr-1", reply_to=order)
    desk.judge(reply, mime=PDF, views=())
    assert desk.task("P-2", "pupr") == "reported"


def test_a_document_before_its_words_is_theirs(desk: Desk) -> None:
    """Element Web sends a file by itself, and the words after it."""
    desk.say("wabup", "DLH tata arsip TPA hari ini dan laporkan, cukup dokumen")
    desk.say("wabup", "DLH angkut sampah pasar hari ini dan laporkan")
    first = document(desk, "dlh-1")
    desk.judge(first, mime=PDF, views=())
    desk.say("dlh-1", "Lapor P-1, arsip TPA sudah ditata rapi")
    assert (desk.task("P-1", "dlh"), desk.task("P-2", "dlh")) == ("reported", "open")


def test_where_a_photo_is_asked_for_a_document_is_none(desk: Desk) -> None:
    """It is not even fetched; the report is asked for its photo."""
    desk.say("wabup", "DLH angkut sampah pasar hari ini dan laporkan")
    report = document(desk, "dlh-1", "Lapor P-1, sampah sudah diangkut")
    assert not fetched(desk, report)
    assert desk.report("L-1") == "waiting"
    desk.move(minutes=11)
    assert "report.ask_evidence" in desk.heard()


def test_a_document_that_is_called_a_photo_is_none_either(desk: Desk) -> None:
    """By its bytes, whatever its sender's client said."""
    desk.say("wabup", "DLH angkut sampah pasar hari ini dan laporkan")
    report = desk.photo("dlh-1", caption="Lapor P-1, sampah sudah diangkut")
    desk.judge(report, mime=PDF, views=())
    assert "evidence.not_media" in desk.heard()
    assert desk.report("L-1") == "waiting"


def test_the_policy_may_take_documents_everywhere(desk: Desk) -> None:
    """Then every report may carry one."""
    desk.files(policy=policy_text("evidence:\n  kinds: [photo, video, document]\n"))
    desk.say("wabup", "DLH angkut sampah pasar hari ini dan laporkan")
    report = document(desk, "dlh-1", "Lapor P-1, sampah sudah diangkut")
    desk.judge(report, mime=PDF, views=())
    assert desk.task("P-1", "dlh") == "reported"


@pytest.mark.parametrize(
    ("verdict", "mime", "key"),
    [
        ("locked", PDF, "evidence.locked"),
        ("no_content", PDF, "evidence.no_content"),
        ("truncated", "application/zip", "evidence.document"),
        ("bomb", PDF, "evidence.document"),
        ("unsupported", "application/x-ole-storage", "evidence.document"),
        ("not_media", "application/zip", "evidence.not_media"),
    ],
)
def test_what_is_wrong_with_a_document_is_said_with_what_to_do(
    desk: Desk, verdict: str, mime: str, key: str
) -> None:
    """One sentence that names the repair, and how to ask for another look."""
    desk.say("wabup", ORDER)
    report = document(desk, "dlh-1", "Lapor P-1, arsip TPA sudah ditata")
    desk.judge(report, verdict=verdict, mime=mime, views=())
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert said.key == key
    assert [line.key for line in said.lines] == ["looked.how"]


def test_the_same_document_elsewhere_is_no_proof_of_this(desk: Desk) -> None:
    """The rule for photos: what proved another report yesterday is asked to be replaced, and names nobody."""
    desk.say("wabup", ORDER)
    desk.judge(document(desk, "dlh-1", "Lapor P-1, arsip sudah ditata"), sha256="a" * 64, mime=PDF, views=())
    desk.move(hours=30)
    desk.say("wabup", "PUPR tata arsip jembatan hari ini dan laporkan, cukup dokumen")
    desk.judge(document(desk, "pupr-1", "Lapor P-2, arsip sudah ditata"), sha256="a" * 64, mime=PDF, views=())
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert said.key == "evidence.document_used"
    assert desk.report("L-2") == "waiting"


def test_macros_are_noted_and_may_be_refused(desk: Desk) -> None:
    """By default they stand in the record; a policy may be stricter."""
    desk.say("wabup", ORDER)
    report = document(desk, "dlh-1", "Lapor P-1, arsip TPA sudah ditata")
    desk.judge(report, mime=PDF, views=(), signs=("macros",))
    assert desk.facts(f.EvidenceJudged)[-1].signs == ("macros",)
    assert desk.report("L-1") == "reported"
    desk.files(policy=policy_text("evidence:\n  checks:\n    macros: refuse\n"))
    desk.say("wabup", ORDER)
    desk.judge(document(desk, "dlh-1", "Lapor P-2, arsip sudah ditata"), mime=PDF, views=(), signs=("macros",))
    assert "evidence.macros" in desk.heard()


def test_a_correction_does_not_make_a_document_count_where_none_does(desk: Desk) -> None:
    """A message that is set right to be a report is asked for its photo, though its file was read before."""
    desk.files(policy=policy_text("evidence:\n  kinds: [photo, video, document]\n"))
    talk = document(desk, "dlh-1", "Selamat pagi semua")
    desk.judge(talk, mime=PDF, views=())
    assert desk.label(talk) == "chatter"
    desk.files(policy=policy_text())
    desk.react("ahli-1", talk, "📋")
    assert desk.report("L-1") == "waiting"


def test_a_document_that_waits_is_opened_where_it_was_sent(desk: Desk) -> None:
    """The card says that it is one and where it is: nothing can be drawn of it."""
    desk.files(policy=policy_text("evidence:\n  checks:\n    macros: hold\n"))
    desk.say("wabup", ORDER)
    report = document(desk, "dlh-1", "Lapor P-1, arsip TPA sudah ditata")
    desk.judge(report, mime=PDF, views=(), signs=("macros",))
    (check,) = desk.facts(f.CheckOpened)
    card = lines_of(desk.store, "uji", f"check:{check.number}", desk.book, desk.clock.now(), lambda *_: [])
    assert [line.key for line in card][:3] == ["check.title_document", "check.document", "check.why_macros"]
