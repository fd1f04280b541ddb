"""Why something was returned or cancelled: with it, or afterwards by a reply; whoever it concerns hears it."""

from __future__ import annotations

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.desk import FORUM, Desk, user

ORDER = "DLH dan PUPR, bersihkan saluran di pasar, paling lambat besok jam 10.00"


def reported(desk: Desk) -> str:
    """An order, and a report of one unit with a good photo; the report's message."""
    desk.say("wabup", ORDER)
    report = desk.say("dlh-1", "Izin melaporkan P-1, saluran di pasar sudah dibersihkan")
    desk.judge(desk.photo("dlh-1", "IMG1.jpg"), sha256="a" * 64)
    desk.deliver()
    return report


def posted(desk: Desk, ref: str) -> str:
    """The event of something the bot has said."""
    desk.deliver()
    row = desk.store.one("SELECT event FROM posted WHERE ref = ? ORDER BY at DESC", (ref,))
    assert row is not None, ref
    return str(row[0])


def said(desk: Desk, key: str) -> list[Say]:
    return [say for say in desk.effects(Say) if say.key == key]


def test_a_reaction_returns_at_once_and_a_reply_says_why(desk: Desk) -> None:
    """The leader is asked for the reason in what the reporter hears; the reply is no order, and rings once."""
    report = reported(desk)
    desk.react("wabup", report, "👎")
    assert desk.report("L-1") == "returned"
    (told,) = said(desk, "report.returned")
    assert [line.key for line in told.lines] == ["report.say_why"]
    desk.say("wabup", "ambil ulang dari depan pasar, segera", reply_to=posted(desk, "L-1.returned"))
    assert desk.facts(f.ReportChanged)[-1].reason == "ambil ulang dari depan pasar, segera"
    assert len(desk.facts(f.Directive)) == 1
    (why,) = said(desk, "report.why")
    assert why.mentions == (user("dlh-1"),)
    assert why.values["why"] == "ambil ulang dari depan pasar, segera"
    assert desk.report("L-1") == "returned"
    assert desk.task("P-1", "dlh") == "returned"


def test_a_reason_that_rang_the_reporter_itself_is_not_rung_again(desk: Desk) -> None:
    """Element's replies mention whom the answered message mentioned."""
    report = reported(desk)
    desk.react("wabup", report, "👎")
    notice = posted(desk, "L-1.returned")
    desk.say("wabup", "fotonya kurang jelas", reply_to=notice, mentions=["dlh-1"])
    (why,) = said(desk, "report.why")
    assert why.values["why"] == "fotonya kurang jelas"
    assert not why.mentions and not why.rings


def test_only_the_first_reason_of_somebody_who_may_return_it_counts(desk: Desk) -> None:
    """What the reporter or a colleague answers is no reason, and what is said after it is talk."""
    report = reported(desk)
    desk.react("wabup", report, "👎")
    notice = posted(desk, "L-1.returned")
    desk.say("dlh-1", "baik, kami lengkapi", reply_to=notice)
    desk.say("pupr-1", "fotonya kurang jelas", reply_to=notice)
    assert not said(desk, "report.why")
    desk.say("bupati", "fotonya kurang jelas", reply_to=notice)
    desk.say("bupati", "terima kasih", reply_to=notice)
    assert [say.values["why"] for say in said(desk, "report.why")] == ["fotonya kurang jelas"]


def test_an_order_in_reply_to_a_returned_report_stays_one(desk: Desk) -> None:
    """Only what answers the bot's own message is taken for the reason whatever it says."""
    report = reported(desk)
    desk.react("wabup", report, "👎")
    desk.say("wabup", "DLH laporkan ulang paling lambat besok jam 15.00", reply_to=report)
    assert not said(desk, "report.why")
    assert desk.facts(f.Directive)[-1].number == "P-2"


def test_the_command_returns_with_its_reason(desk: Desk) -> None:
    """The unit reads it at once, and nobody is asked for it."""
    reported(desk)
    desk.say("wabup", "!kembalikan L-1 fotonya dari tempat lain")
    changed = desk.facts(f.ReportChanged)[-1]
    assert (changed.state, changed.reason, changed.via) == ("returned", "fotonya dari tempat lain", "command")
    (told,) = said(desk, "report.returned_why")
    assert told.values["why"] == "fotonya dari tempat lain"
    assert told.lines == ()
    assert desk.task("P-1", "dlh") == "returned"


@pytest.mark.parametrize(
    ("person", "words", "answer"),
    [
        ("wabup", "!kembalikan P-1 belum jelas", "number.no_report"),
        ("wabup", "!kembalikan", "return.which"),
        ("dlh-1", "!kembalikan L-1 coba", "command.no_right"),
    ],
)
def test_what_cannot_be_returned_is_said(desk: Desk, person: str, words: str, answer: str) -> None:
    reported(desk)
    desk.say(person, words)
    assert answer in [say.key for say in desk.effects(Say)]
    assert desk.report("L-1") == "reported"


@pytest.mark.parametrize("words", ["!cabut P-1 acaranya ditunda", "!batal P-1 acaranya ditunda"])
def test_a_cancelled_order_tells_its_units_why(desk: Desk, words: str) -> None:
    """One message, where the order stands; the card has it, too."""
    desk.say("wabup", ORDER)
    desk.say("wabup", words)
    changed = desk.facts(f.DirectiveChanged)[-1]
    assert (changed.state, changed.reason, changed.by) == ("cancelled", "acaranya ditunda", "wabup")
    (told,) = [say for say in desk.said(FORUM) if say.key.startswith(("directive.cancelled", "withdraw."))]
    assert told.key == "directive.cancelled_why"
    assert set(told.mentions) == {user("dlh-1"), user("pupr-1")}
    directive = views.directive(desk.store, "uji", "P-1")
    assert directive is not None
    assert [line.values for line in directive_card(directive, desk.book) if line.key == "card.why"] == [
        {"why": "acaranya ditunda"}
    ]


def test_an_order_that_its_author_deletes_is_cancelled_and_the_reason_may_follow(desk: Desk) -> None:
    """Its units hear once that there is nothing more to do, and read the reason when it comes."""
    order = desk.say("wabup", ORDER)
    desk.redact("wabup", order)
    (told,) = said(desk, "directive.cancelled")
    assert [line.key for line in told.lines] == ["directive.say_why"]
    notice = posted(desk, "P-1.cancelled")
    desk.say("dlh-1", "baik pak", reply_to=notice)
    desk.say("wabup", "pindah ke hari Minggu", reply_to=notice)
    (why,) = said(desk, "directive.cancelled_why")
    assert why.values["why"] == "pindah ke hari Minggu"
    assert not why.mentions
    assert desk.facts(f.DirectiveChanged)[-1].reason == "pindah ke hari Minggu"


def test_whoever_has_reported_and_was_accepted_is_not_rung_by_cancelling(desk: Desk) -> None:
    reported(desk)
    desk.say("wabup", "!terima semua P-1")
    desk.say("wabup", "!cabut P-1")
    (told,) = said(desk, "directive.cancelled")
    assert told.mentions == (user("pupr-1"),)
