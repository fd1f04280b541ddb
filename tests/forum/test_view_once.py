"""Photos that are seen once never arrive; photos that disappear by a timer are kept at first sight."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.forum.spoken import read
from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text
from tests.forum.opened import shown

ORDER = "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00"
DONE = "Lapor, saluran Cabenge sudah dibersihkan"
WHATSAPP = "You received a view once {}. For added privacy, you can only open it on the WhatsApp app."
TIMER = {"com.beeper.disappearing_timer": {"type": "after_send", "timer": 86_400_000}}


def once(desk: Desk, person: str, what: str = "photo", body: str = WHATSAPP) -> str:
    """What a bridge posts in the place of a photo that is seen once; and that its file cannot be fetched."""
    event = desk.put(desk.message(person, {"msgtype": "m.notice", "body": body.format(what)}))
    desk.judge(event, verdict="unavailable")
    return event


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (WHATSAPP.format("photo"), "image"),
        (WHATSAPP.format("message"), "image"),
        (WHATSAPP.format("video attachment"), "video"),
        (WHATSAPP.format("voice message"), "audio"),
        ("You sent a view once photo", "image"),
        ("This photo can only be viewed once. Use the Messenger app to view.", "image"),
        ("This video can only be replayed once. Use the Instagram app to view.", "video"),
    ],
)
def test_the_notices_of_bridges_are_known(desk: Desk, body: str, kind: str) -> None:
    """As a file that did not come; the same words of a person are words."""
    spoken = read(desk.message("pupr-1", {"msgtype": "m.notice", "body": body}))
    assert [(part.kind, part.once, part.mxc) for part in spoken.media] == [(kind, True, "")]
    assert spoken.text == ""
    written = read(desk.message("pupr-1", {"msgtype": "m.text", "body": body}))
    assert (written.media, written.text) == ((), body)


def test_a_report_with_a_photo_seen_once_is_asked_for_another(desk: Desk) -> None:
    """Its task stays open, the sentence says how to send it, and the next photo is the proof."""
    desk.say("wabup", ORDER)
    once(desk, "pupr-1")
    assert desk.report("L-1") == "waiting"
    assert desk.facts(f.EvidenceJudged)[-1].verdict == "view_once"
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert said.rings
    text = "\n".join(shown(said, "id"))
    assert re.search("Mohon kirim ulang tanpa “sekali lihat”", text) and "BANDING" in text
    desk.judge(desk.photo("pupr-1", caption=DONE))
    assert desk.task("P-1", "pupr") == "reported"


def test_after_the_words_as_well(desk: Desk) -> None:
    """The report waits for one that arrives; who asks for another look is heard by people."""
    desk.say("pupr-1", DONE)
    event = once(desk, "pupr-1", "video attachment")
    assert desk.report("L-1") == "waiting"
    desk.say("pupr-1", "BANDING videonya hanya bisa sekali", reply_to=event)
    desk.move(minutes=1)
    assert [one.why for one in desk.facts(f.CheckOpened)] == [("view_once",)]
    desk.say("wabup", "!setuju A-1", room=CONTROL)
    assert desk.report("L-1") == "reported"


def test_one_that_belongs_to_no_report_is_answered_quietly(desk: Desk) -> None:
    """Its sender cannot see that nobody has it."""
    once(desk, "pupr-1")
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert (said.key, said.rings) == ("evidence.view_once_loose", False)
    assert not desk.facts(f.Report)


def test_switched_off_it_is_a_photo_that_did_not_arrive(tmp_path: Path) -> None:
    """Which is asked for again in other words."""
    desk = Desk(tmp_path, policy=policy_text("evidence: {checks: {view_once: off}}\n"))
    desk.say("wabup", ORDER)
    once(desk, "pupr-1")
    assert [say.key for say in desk.said() if say.key.startswith("evidence.")] == ["evidence.unavailable"]


def test_what_disappears_by_a_timer_is_fetched_at_once_and_goes_on_counting(desk: Desk) -> None:
    """The bridge takes it out of the room when its time is over; that is no word of its sender."""
    content = {
        "msgtype": "m.image",
        "body": DONE,
        "filename": "image.jpeg",
        "url": "mxc://desk/timed",
        "info": {"mimetype": "image/jpeg", "size": 90_000},
        **TIMER,
    }
    event = desk.put(desk.message("pupr-1", content))
    assert desk.store.all("SELECT event FROM fetching WHERE not_before <= ?", (desk.clock.now(),)) == [(event,)]
    desk.judge(event, sha256="a" * 64)
    assert desk.report("L-1") == "reported"
    desk.move(hours=24)
    desk.redact("@whatsappbot:desk", event)
    assert desk.facts(f.Redacted)[-1].event == event
    assert desk.report("L-1") == "reported"
    assert [fact.verdict for fact in desk.facts(f.EvidenceJudged)] == ["ok"]
    assert not [say for say in desk.said(FORUM) if say.key.startswith("evidence.")]
