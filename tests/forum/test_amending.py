"""What its issuer puts right of an order by reply or command: how urgent it is, what a report must carry."""

from __future__ import annotations

import pytest

from bridge.forum.wanted import Wanted, read
from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.situation import DirectiveView
from tests.forum.desk import CONTROL, Desk, user

ORDER = "DLH dan PUPR, bersihkan saluran di pasar, paling lambat jam 18.00"


def order(desk: Desk) -> DirectiveView:
    found = views.directive(desk.store, "uji", "P-1")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ini segera", Wanted("urgent")),
        ("Segera ya, Pak.", Wanted("urgent")),
        ("maaf, ini sangat segera", Wanted("very_urgent")),
        ("P-1 jadi sangat mendesak", Wanted("very_urgent")),
        ("perintah ini biasa saja", Wanted("ordinary")),
        ("tidak mendesak", Wanted("ordinary")),
        ("tidak perlu foto", Wanted(evidence="none")),
        ("Cukup dokumen", Wanted(evidence="document")),
        ("wajib video ya", Wanted(evidence="video")),
        ("laporannya wajib foto", Wanted(evidence="media")),
        ("ini segera, tidak perlu foto", Wanted("urgent", "none")),
        ("this is urgent", Wanted("urgent")),
        ("a video is required", Wanted(evidence="video")),
        ("segera laporkan", None),
        ("segera ditindaklanjuti", None),
        ("kenapa tidak perlu foto?", None),
        ("wajib video, tidak perlu foto", None),
        ("ini", None),
        ("siap pak", None),
        ("", None),
    ],
)
def test_a_reply_is_made_of_nothing_but_words_for_it(desk: Desk, text: str, wanted: Wanted | None) -> None:
    """Anything else is an ordinary sentence."""
    assert read(text, desk.book) == wanted


def test_a_reply_makes_an_order_urgent_and_its_reminders_with_it(desk: Desk) -> None:
    """Whoever owes is rung once; an hour before the time as well as four."""
    said = desk.say("wabup", ORDER)
    reply = desk.say("wabup", "ini segera", reply_to=said)
    assert order(desk).urgency == "urgent"
    assert desk.chip(reply) == "📌 P-1"
    (told,) = [say for say in desk.said() if say.key == "directive.now_urgent"]
    assert set(told.mentions) == {user("dlh-1"), user("pupr-1")}
    desk.move(hours=10, minutes=30)
    assert [key for key in desk.heard() if key == "directive.remind"] == ["directive.remind"] * 2


def test_less_urgent_rings_nobody(desk: Desk) -> None:
    said = desk.say("wabup", f"{ORDER}, segera")
    desk.say("wabup", "ini biasa saja", reply_to=said)
    assert order(desk).urgency == "ordinary"
    assert not [key for key in desk.heard() if key.startswith("directive.now_")]
    desk.move(hours=8, minutes=59)
    assert "directive.remind" not in desk.heard()


def test_only_the_issuer_and_who_mends_tags_may(desk: Desk) -> None:
    """To an addressee it is a word like another."""
    said = desk.say("wabup", ORDER)
    desk.say("dlh-1", "ini segera", reply_to=said)
    assert order(desk).urgency == "ordinary"
    desk.say("ahli-1", "ini sangat segera", reply_to=said)
    assert order(desk).urgency == "very_urgent"


def test_the_command_says_how_urgent(desk: Desk) -> None:
    """And asks for what it lacks."""
    desk.say("wabup", ORDER)
    desk.say("wabup", "!urgensi P-1", room=CONTROL)
    desk.say("wabup", "!urgensi P-1 sangat segera", room=CONTROL)
    assert desk.heard(CONTROL)[-2:] == ["urgency.how", "urgency.is_very_urgent"]
    assert order(desk).urgency == "very_urgent"
    assert desk.facts(f.DirectiveChanged)[-1].urgency == "very_urgent"


def test_an_edit_is_read_for_its_urgency_again(desk: Desk) -> None:
    """Where it says something new; what a reply settled stays where it does not."""
    said = desk.say("wabup", ORDER)
    desk.edit("wabup", said, f"{ORDER}. Sangat segera!")
    assert order(desk).urgency == "very_urgent"
    desk.say("wabup", "ini biasa saja", reply_to=said)
    desk.edit("wabup", said, f"{ORDER}. Sangat segera!!")
    assert order(desk).urgency == "ordinary"


def test_no_photo_asked_for_any_more_lets_a_waiting_report_count(desk: Desk) -> None:
    """And the next one need not bring one."""
    said = desk.say("wabup", ORDER)
    desk.say("dlh-1", "Izin melaporkan P-1, saluran sudah bersih")
    assert desk.report("L-1") == "waiting"
    desk.say("wabup", "tidak perlu foto", reply_to=said)
    assert desk.report("L-1") == "reported"
    assert desk.task("P-1", "dlh") == "reported"
    desk.say("pupr-1", "Izin melaporkan P-1, saluran sudah lancar")
    assert desk.report("L-2") == "reported"
    assert "directive.wants_none" in desk.heard()


def test_a_video_asked_for_is_waited_for(desk: Desk) -> None:
    """A photo is none."""
    said = desk.say("wabup", ORDER)
    desk.say("wabup", "wajib video", reply_to=said)
    report = desk.say("dlh-1", "Izin melaporkan P-1, saluran sudah bersih")
    desk.judge(desk.photo("dlh-1", "IMG1.jpg", reply_to=report))
    desk.move(minutes=11)
    assert desk.report("L-1") == "waiting"
    assert "report.ask_video" in desk.heard()
    desk.judge(desk.photo("dlh-1", "VID.mp4", kind="m.video", mimetype="video/mp4", reply_to=report))
    assert desk.report("L-1") == "reported"


def test_a_document_is_enough_when_the_issuer_says_so(desk: Desk) -> None:
    said = desk.say("wabup", ORDER)
    desk.say("wabup", "cukup dokumen", reply_to=said)
    assert order(desk).evidence == "document"
    report = desk.say("dlh-1", "Izin melaporkan P-1, laporannya terlampir")
    desk.judge(desk.photo("dlh-1", "lap.pdf", kind="m.file", mimetype="application/pdf", reply_to=report))
    assert desk.report("L-1") == "reported"


def test_a_returned_report_is_not_let_through_by_it(desk: Desk) -> None:
    said = desk.say("wabup", ORDER)
    report = desk.say("dlh-1", "Izin melaporkan P-1, saluran sudah bersih")
    desk.react("wabup", report, "👎")
    desk.say("wabup", "tidak perlu foto", reply_to=said)
    assert desk.report("L-1") == "returned"
