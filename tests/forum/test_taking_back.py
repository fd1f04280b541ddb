"""Taking back and mending: what hung on a tap or a tag follows it, and nobody gains an authority by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.cards import directive_card
from bridge.forum.weeks import next_seal
from bridge.ledger import inbox, views
from bridge.model import facts as f
from bridge.model.effects import Remove, Retract
from bridge.model.event import Json, Trust
from tests.forum.desk import CONTROL, Desk, policy_text, user
from tests.words import ORDER

RELAY = "Arahan Bapak Bupati: PUPR segera perbaiki jalan Citta"
EVERYBODY = "Sesuai perintah Bupati, seluruh OPD wajib mengirim laporan paling lambat besok jam 10.00"


def _reported(desk: Desk) -> str:
    desk.say("wabup", "DLH bersihkan TPA")
    return desk.photo("dlh-1", caption="Lapor P-1, TPA sudah dibersihkan", judged=True)


@pytest.mark.parametrize("tap", ["👍", "👎"])
def test_a_judgement_taken_back_leaves_the_report_where_it_stood(desk: Desk, tap: str) -> None:
    """The card follows, and three days without objection still accept it."""
    report = _reported(desk)
    reaction = desk.react("bupati", report, tap)
    desk.deliver()
    cards = len(desk.cards())
    desk.redact("bupati", reaction)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    assert desk.cards()[cards:] == ["P-1"]
    assert desk.facts(f.ReportChanged)[-1].by == "bupati"
    desk.move(hours=73)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("accepted", "accepted")


def test_a_return_taken_back_after_the_limit_waits_no_more(desk: Desk) -> None:
    """Nothing would ever end a waiting whose limit has passed: the report is incomplete until a photo comes."""
    desk.say("wabup", "DLH bersihkan TPA")
    report = desk.say("dlh-1", "Lapor P-1, TPA sudah dibersihkan")
    reaction = desk.react("bupati", report, "👎")
    desk.move(hours=3)
    desk.redact("bupati", reaction)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("incomplete", "acknowledged")
    desk.photo("dlh-1", reply_to=report, judged=True)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")


def test_a_photo_that_was_none_of_the_report_proves_nothing(desk: Desk) -> None:
    """🚫 on the only photo of a report: it is free again, and the report waits for another until its limit."""
    desk.say("wabup", "DLH bersihkan TPA")
    report = desk.say("dlh-1", "Lapor P-1, TPA sudah dibersihkan")
    photo = desk.photo("dlh-1", judged=True)
    assert desk.report("L-1") == "reported"
    desk.react("dlh-1", photo, "🚫")
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("waiting", "acknowledged")
    desk.move(hours=3)
    assert desk.report("L-1") == "incomplete"
    desk.photo("dlh-1", reply_to=report, judged=True)
    assert desk.report("L-1") == "reported"


def test_of_two_photos_one_is_enough(desk: Desk) -> None:
    """🚫 on one photo of a report that has another good one changes nothing of its state."""
    _reported(desk)
    second = desk.photo("dlh-1", judged=True)
    desk.react("dlh-1", second, "🚫")
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")


def test_a_photo_already_judged_fulfils_what_its_correction_reports(desk: Desk) -> None:
    """📋 on a photo that was taken for talk: the task that was acknowledged is reported, and accepted in time."""
    desk.say("wabup", "DLH bersihkan TPA")
    desk.say("dlh-1", "siap")
    photo = desk.photo("dlh-1", caption="selamat pagi semua", judged=True)
    assert desk.label(photo) == "chatter"
    desk.react("dlh-1", photo, "📋")
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    desk.move(hours=73)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("accepted", "accepted")


@pytest.mark.parametrize("words", [RELAY, EVERYBODY])
@pytest.mark.parametrize("person", ["dlh-1", "ahli-1"])
def test_an_order_passed_on_binds_nobody_until_it_is_confirmed(desk: Desk, person: str, words: str) -> None:
    """Authority comes from the roster: words in a leader's name get a question mark, no card and ring nobody."""
    event = desk.say(person, words)
    assert desk.chip(event) == "📌 P-1?"
    assert desk.cards() == []
    assert desk.heard(CONTROL) == ["doubt.unconfirmed"]
    desk.say("pupr-1", "siap")
    desk.move(hours=48)
    order = views.directive(desk.store, "uji", "P-1")
    assert order is not None
    assert directive_card(order, desk.book) == []
    assert "directive.remind" not in desk.heard()


@pytest.mark.parametrize("tap", ["👍", "📌", "📌 P-1?"])
def test_whoever_passed_it_on_cannot_confirm_it(desk: Desk, tap: str) -> None:
    """A head's own tap gives the head no authority; a leader's or an expert's does."""
    event = desk.say("dlh-1", RELAY)
    desk.react("dlh-1", event, tap)
    assert desk.cards() == []
    desk.react("bupati", event, tap)
    assert desk.cards() == ["P-1"]
    assert desk.chip(event) == "📌 P-1"
    assert desk.facts(f.DirectiveChanged)[-1].by == "bupati"


def test_relays_ask_no_more_often_than_other_doubts(desk: Desk) -> None:
    """The control room is asked at most three times an hour."""
    for _ in range(5):
        desk.say("dlh-1", RELAY)
    assert desk.heard(CONTROL) == ["doubt.unconfirmed"] * 3


def test_an_edit_by_a_foreign_session_is_none(desk: Desk) -> None:
    """An edit encrypted with a session that is not its sender's is refused, and the record keeps the words."""
    order = desk.say("wabup", "PUPR perbaiki jalan")
    content: Json = {
        "msgtype": "m.text",
        "body": "* DLH",
        "m.new_content": {"msgtype": "m.text", "body": "DLH"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": order},
    }
    desk.put(desk.message("wabup", content, trust=Trust.MISMATCH))
    assert desk.facts(f.Edited) == []
    assert desk.facts(f.Refused)[-1].why == "forged_edit"


def test_every_week_of_a_long_downtime_is_sealed(desk: Desk) -> None:
    """Nobody sealed while the machine was off: each week gets its seal afterwards, in order."""
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()
    desk.clock.advance(24 * 24 * 3600)
    desk.decide()
    assert [week.week for week in desk.facts(f.WeekSealed)] == ["2026-W47", "2026-W48", "2026-W49", "2026-W50"]
    waiting = desk.store.one("SELECT due FROM inbox WHERE key = 'timer:uji:week' AND state = 'waiting'")
    assert waiting == (next_seal(desk.clock.now(), desk.book),)


def test_what_waits_is_not_said_to_be_done_under_watch(desk: Desk) -> None:
    """A removal put forward before the stage was lowered: `watch` touches nobody, and the record says so."""
    desk.say("ahli-1", "!keluarkan @pupr-1:desk tidak aktif", room=CONTROL)
    desk.say("ahli-1", "!tahap watch", room=CONTROL)
    desk.say("ahli-2", "!setuju A-1", room=CONTROL)
    assert desk.heard(CONTROL)[-1] == "command.only_watching"
    assert desk.facts(f.Act) == []
    assert desk.effects(Remove) == []


def test_a_false_alarm_is_taken_back_with_its_tag(desk: Desk) -> None:
    """🚫 on what was taken for an emergency: the alarm no longer stands in the room."""
    event = desk.say("dlh-1", "Kebakaran di pasar Ganra!")
    assert desk.heard() == ["emergency.ring"]
    desk.react("dlh-1", event, "🚫")
    assert [effect.ref for effect in desk.effects(Retract)] == ["L-1.chip", "L-1.ring"]


def test_a_deleted_order_binds_nobody(desk: Desk) -> None:
    """Its author took it back: nobody is reminded of it or late for it, and the card says so."""
    order = desk.say("wabup", "DLH bersihkan TPA hari ini paling lambat jam 17.00")
    desk.redact("wabup", order)
    assert desk.task("P-1", "dlh") == "cancelled"
    desk.move(hours=24)
    assert desk.task("P-1", "dlh") == "cancelled"
    assert "directive.remind" not in desk.heard()
    assert desk.facts(f.Redacted)[0].event == order


def test_a_deleted_report_proves_nothing(desk: Desk) -> None:
    """What its author took back is withdrawn, its photo is free, its task is open again."""
    report = _reported(desk)
    desk.redact("dlh-1", report)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("withdrawn", "open")
    assert desk.facts(f.EvidencePaired)[-1].report == ""


def test_what_others_delete_is_recorded_and_stays(desk: Desk) -> None:
    """A moderator's redaction of an order hides words; it does not countermand a leader."""
    order = desk.say("wabup", "DLH bersihkan TPA hari ini")
    desk.redact("ahli-1", order)
    assert desk.task("P-1", "dlh") == "open"
    assert desk.facts(f.Redacted)[0].by == "@ahli-1:desk"


def test_an_experts_correction_fulfils_the_authors_task(desk: Desk) -> None:
    """📋 by an expert ties the report to the author's open order, not to the expert's own."""
    desk.say("wabup", "DLH bersihkan TPA hari ini")
    photo = desk.photo("dlh-1", caption="Semangat pagi", judged=True)
    assert desk.label(photo) != "report"
    desk.react("ahli-1", photo, "📋")
    assert desk.report("L-1") == "reported"
    assert desk.task("P-1", "dlh") == "reported"


def test_decisions_come_from_those_whom_the_policy_names(tmp_path: Path) -> None:
    """Without the right, a secretary's words get no number."""
    desk = Desk(tmp_path, policy=policy_text("rights: {decide: [leader]}\n"))
    desk.say("sekda", "Sdh disetujui Bapak Bupati, WFH 50% utk OPD non pelayanan s.d. Jumat")
    assert desk.facts(f.Decision) == []
    desk.say("bupati", "Saya putuskan sekolah diliburkan besok")
    assert [decision.number for decision in desk.facts(f.Decision)] == ["K-1"]


@pytest.mark.parametrize("text", ["cek", "test 123", "/help", "/me makan siang", "tes"])
def test_a_word_to_try_the_telephone_is_no_order(desk: Desk, text: str) -> None:
    """Nobody is addressed, nothing is asked for: no number."""
    desk.say("bupati", text)
    assert desk.facts(f.Directive) == []


def test_what_somebody_else_takes_away_was_said_all_the_same(desk: Desk) -> None:
    """Whoever was given the power by hand removes a receipt and the order from the room: neither is undone."""
    order = desk.say("wabup", ORDER)
    siap = desk.react("dlh-1", order, "👍")
    words = desk.say("citta-1", "Siap pak")
    for event in (siap, words, order):
        desk.redact("pupr-1", event)
    assert desk.task("P-1", "dlh") == desk.task("P-1", "citta") == "acknowledged"
    assert desk.facts(f.DirectiveChanged) == []
    assert [fact.by for fact in desk.facts(f.Redacted)] == [user("pupr-1")] * 2
    assert {fact.why for fact in desk.facts(f.Refused)} == {"no_authority"}
