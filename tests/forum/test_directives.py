"""Directives: numbers, addressed units, due times, acknowledgements, late, and their cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.forum.tagging import Judgement, Tagger, Utterance
from bridge.model import facts as f
from bridge.model.effects import Refresh
from tests.forum.desk import CONTROL, FORUM, Desk, user
from tests.words import ORDER


def test_an_order_to_everybody(desk: Desk) -> None:
    """One number, one task per unit that somebody answers for, a due time, a card that rings those addressed."""
    order = desk.say("wabup", ORDER)
    directive = desk.facts(f.Directive)[0]
    assert directive.number == "P-1"
    assert directive.to_all
    assert len(directive.units) == 9
    assert desk.book.iso(directive.due or 0) == "2026-11-20T17:00:00+08:00"
    assert desk.chip(order) == "📌 P-1"
    card = desk.effects(Refresh)[0]
    assert card.card == "P-1"
    assert user("dlh-1") in card.mentions
    assert user("bupati") not in card.mentions
    assert {desk.task("P-1", unit) for unit in directive.units} == {"open"}


def test_an_order_to_named_units(desk: Desk) -> None:
    """By name, alias, or as one of a list."""
    desk.say("bupati", "Kadis Kesehatan dan DLH segera turun ke pasar sentral sekarang")
    assert set(desk.facts(f.Directive)[0].units) == {"kesehatan", "dlh"}
    desk.say("bupati", "Camat Citta dan Ganra turun langsung ke lokasi skrg")
    assert set(desk.facts(f.Directive)[1].units) == {"citta", "ganra"}


def test_an_order_by_mention(desk: Desk) -> None:
    """A mention addresses the unit of the person mentioned."""
    desk.say("bupati", "pupr-1: tolong cek tanggul Walanae hari ini", mentions=["pupr-1"])
    assert desk.facts(f.Directive)[0].units == ("pupr",)


def test_no_time_said_is_never_late(desk: Desk) -> None:
    """An order without a time stays open."""
    desk.say("bupati", "DLH segera angkut sampah di terminal")
    assert desk.facts(f.Directive)[0].due is None
    desk.move(hours=24 * 20)
    assert desk.task("P-1", "dlh") == "open"


def test_a_time_already_past_is_asked_of_the_experts(desk: Desk) -> None:
    """'Before 5' said at six is no due time; the experts are asked in the control room."""
    desk.move(hours=11)
    desk.say("bupati", "DLH bersihkan terminal, lapor paling lambat jam 5 sore ini")
    assert desk.facts(f.Directive)[0].due is None
    assert desk.heard(CONTROL) == ["doubt.past"]


@pytest.mark.parametrize("text", ["Siap pak", "Siap laksanakan", "🙏", "baik pak segera kami tindak lanjuti"])
def test_siap_acknowledges(desk: Desk, text: str) -> None:
    """As a reply or unlinked; it is not a report."""
    order = desk.say("wabup", ORDER)
    desk.say("dlh-1", text, reply_to=order)
    desk.say("pupr-1", text)
    assert desk.task("P-1", "dlh") == "acknowledged"
    assert desk.task("P-1", "pupr") == "acknowledged"
    assert desk.facts(f.Report) == []


@pytest.mark.parametrize(
    "key", ["👍", "👍🏾", "👍️", "🙏", "👌", "✅", "💪", "🫡", "❤️", "🔥", "👏", "📌 P-1", "📌 P-1\u2003"]
)
def test_reactions_acknowledge_and_taking_back_counts(desk: Desk, key: str) -> None:
    """Whatever people tap, with or without skin tone; the bot's own chip; taken back it no longer counts."""
    order = desk.say("wabup", ORDER)
    reaction = desk.react("dlh-1", order, key)
    assert desk.task("P-1", "dlh") == "acknowledged"
    fact = desk.facts(f.Task)[-1]
    assert (fact.via, fact.attested) == ("reaction", True)
    desk.redact("dlh-1", reaction)
    assert desk.task("P-1", "dlh") == "open"


@pytest.mark.parametrize(
    ("text", "state"), [("Terima kasih", "open"), ("Siap", "open"), ("Siap juga, P1", "acknowledged")]
)
def test_an_answer_to_a_colleagues_receipt_receives_nothing(desk: Desk, text: str, state: str) -> None:
    """It is said to the colleague, unless it names the order."""
    order = desk.say("wabup", ORDER)
    theirs = desk.say("pupr-1", "Siap pak", reply_to=order)
    desk.say("dlh-1", text, reply_to=theirs)
    assert desk.task("P-1", "pupr") == "acknowledged"
    assert desk.task("P-1", "dlh") == state


def test_taking_back_the_words_counts_too(desk: Desk) -> None:
    """A "siap" that its author removed is none."""
    desk.say("wabup", ORDER)
    words = desk.say("dlh-1", "Siap pak")
    desk.redact("dlh-1", words)
    assert desk.task("P-1", "dlh") == "open"
    assert desk.facts(f.Redacted)[0].event == words


def test_taking_back_after_the_due_time(desk: Desk) -> None:
    """A late task stays late; it only no longer counts as received."""
    order = desk.say("wabup", ORDER)
    reaction = desk.react("dlh-1", order, "👍")
    desk.move(hours=12)
    desk.redact("dlh-1", reaction)
    assert desk.task("P-1", "dlh") == "late"
    row = desk.store.one("SELECT acknowledged_by FROM task WHERE unit = 'dlh'")
    assert row == ("",)


def test_reacting_to_the_card_acknowledges(desk: Desk) -> None:
    """The card stands for the order."""
    desk.say("wabup", ORDER)
    desk.deliver()
    card = desk.store.one("SELECT event FROM posted WHERE ref = 'P-1.card'")
    assert card
    desk.react("dlh-1", card[0], "👍")
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_a_colleagues_siap_is_not_the_order(desk: Desk) -> None:
    """A 👍 or a chip on what somebody else said about the order is for that person, and receives nothing."""
    order = desk.say("wabup", ORDER)
    siap = desk.say("pupr-1", "Siap P-1")
    for key in ("👍", "📌 P-1"):
        desk.react("dlh-1", siap, key)
    assert desk.task("P-1", "pupr") == "acknowledged"
    assert desk.task("P-1", "dlh") == "open"
    desk.react("dlh-1", order, "👍")
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_other_emoji_mean_nothing(desk: Desk) -> None:
    """A sad face acknowledges nothing."""
    order = desk.say("wabup", ORDER)
    desk.react("dlh-1", order, "😢")
    assert desk.task("P-1", "dlh") == "open"


def test_late_after_the_grace(desk: Desk) -> None:
    """Who has not reported is late half an hour after the due time; names go to the control room only."""
    desk.say("wabup", ORDER)
    desk.photo("dlh-1", caption="Izin melaporkan kerja bakti selesai", judged=True)
    desk.move(hours=10)
    assert desk.task("P-1", "pupr") == "open"
    desk.move(minutes=31)
    assert desk.task("P-1", "pupr") == "late"
    assert desk.task("P-1", "dlh") == "reported"
    (told,) = [line for line in desk.day() if line.key == "day.late"]
    assert "PUPR" in (told.values["units"] or [])  # type: ignore[operator]
    assert "directive.late" not in desk.heard(CONTROL)
    assert all(say.key != "directive.late" for say in desk.said(FORUM))


def test_the_last_reminder_rings_those_who_owe(desk: Desk) -> None:
    """Two hours before: mentions of those who owe, and no names in the text."""
    desk.say("wabup", ORDER)
    desk.photo("dlh-1", caption="Izin melaporkan kerja bakti selesai", judged=True)
    desk.move(hours=8, minutes=1)
    reminder = next(say for say in desk.said() if say.key == "directive.remind")
    assert reminder.rings
    assert user("pupr-1") in reminder.mentions
    assert user("dlh-1") not in reminder.mentions


def test_late_report_still_counts(desk: Desk) -> None:
    """A report after the due time moves the late task to reported."""
    order = desk.say("wabup", ORDER)
    desk.move(hours=12)
    assert desk.task("P-1", "pupr") == "late"
    desk.photo("pupr-1", caption="Izin melaporkan kerja bakti kemarin", reply_to=order, judged=True)
    assert desk.task("P-1", "pupr") == "reported"


def test_heads_do_not_order(desk: Desk) -> None:
    """Words of an order by somebody who may not give one are no directive."""
    event = desk.say("dlh-1", "Tolong semua OPD segera laksanakan kerja bakti hari ini")
    assert desk.facts(f.Directive) == []
    assert desk.chip(event) is None


def test_an_outsider_orders_nothing(desk: Desk) -> None:
    """Somebody whom the roster does not know is recorded and means nothing, whatever the display name says."""
    desk.say("@bupati:elsewhere", "Seluruh OPD wajib hadir rapat besok pagi")
    assert desk.facts(f.Directive) == []
    assert desk.facts(f.Message)[-1].role == "unknown"


def test_numbers_are_never_reused(desk: Desk) -> None:
    """A withdrawn order keeps its number."""
    first = desk.say("wabup", "DLH bersihkan pasar hari ini")
    desk.react("wabup", first, "🚫")
    desk.say("wabup", "PUPR perbaiki drainase hari ini")
    assert [d.number for d in desk.facts(f.Directive)] == ["P-1", "P-2"]


def test_wrong_tag_is_mended_by_the_author(desk: Desk) -> None:
    """🚫 on an own message: chip gone, tasks cancelled, card says so, timers silent."""
    order = desk.say("wabup", ORDER)
    desk.react("wabup", order, "🚫")
    assert desk.label(order) == "chatter"
    assert desk.task("P-1", "dlh") == "cancelled"
    assert desk.cards()[-1] == "P-1"
    desk.move(hours=24)
    assert desk.task("P-1", "dlh") == "cancelled"
    assert "directive.remind" not in desk.heard()


def test_wrong_tag_is_mended_by_an_expert(desk: Desk) -> None:
    """An expert's 📋 makes a report of what was talk, and everything follows."""
    talk = desk.photo("dlh-1", caption="Semangat pagi", judged=True)
    assert desk.label(talk) != "report"
    desk.react("ahli-1", talk, "📋")
    assert desk.label(talk) == "report"
    assert desk.chip(talk) == "📋 L-1"
    assert desk.report("L-1") == "reported"
    corrected = desk.facts(f.Corrected)[0]
    assert (corrected.by, corrected.label) == ("ahli-1", "report")


def test_corrections_need_a_right(desk: Desk) -> None:
    """A colleague cannot mend another's tag; it is recorded as refused."""
    order = desk.say("wabup", ORDER)
    desk.react("dlh-1", order, "🚫")
    assert desk.label(order) == "directive"
    assert desk.facts(f.Refused)[0].why == "no_authority"


def test_a_correction_gives_no_authority(desk: Desk) -> None:
    """📌 on a head's message makes no order of it, whoever taps it."""
    talk = desk.say("dlh-1", "Semoga semua OPD kerja bakti besok")
    desk.react("ahli-1", talk, "📌")
    assert desk.facts(f.Directive) == []
    assert desk.heard() == ["correction.no_authority_directive"]


def test_report_corrected_to_decision_frees_its_photo_and_task(desk: Desk) -> None:
    """What hung on a tag follows: the task is open again, the photo free."""
    desk.say("wabup", ORDER)
    report = desk.photo("dlh-1", caption="Izin melaporkan kerja bakti selesai", judged=True)
    assert desk.task("P-1", "dlh") == "reported"
    desk.react("ahli-1", report, "🚫")
    assert desk.task("P-1", "dlh") == "open"
    assert desk.report("L-1") == "withdrawn"
    assert desk.facts(f.EvidencePaired)[-1].report == ""


def test_hashtag_wins(desk: Desk) -> None:
    """What the author calls it, it is."""
    event = desk.say("bupati", "Besok pagi kita lihat kondisi pasar bersama #perintah DLH")
    assert desk.label(event) == "directive"


class Doubtful(Tagger):
    """A tagger that takes everything for an order and is not sure of it."""

    def __init__(self) -> None:
        pass

    def classify(self, utterance: Utterance) -> Judgement:
        return Judgement("directive", 0.6, "perhaps")


def test_a_wide_unsure_order_waits_for_confirmation(desk: Desk) -> None:
    """More than five units below high confidence: a question mark and no card; the author's tap confirms."""
    desk.book = replace(desk.book, tagger=Doubtful())
    event = desk.say("bupati", "Semua dinas, kebersihan")
    assert desk.chip(event) == "📌 P-1?"
    assert desk.cards() == []
    assert desk.heard(CONTROL) == ["doubt.unconfirmed"]
    desk.react("dlh-1", event, "👍")
    assert desk.cards() == []
    desk.react("bupati", event, "👍")
    assert desk.cards() == ["P-1"]
    assert desk.chip(event) == "📌 P-1"


def test_an_unsure_order_to_few_needs_no_confirmation(desk: Desk) -> None:
    """To one unit a wrong guess is mended easily."""
    desk.book = replace(desk.book, tagger=Doubtful())
    desk.say("bupati", "DLH, kebersihan")
    assert desk.cards() == ["P-1"]


def test_only_the_authors_edit_counts_and_it_is_no_command(desk: Desk) -> None:
    """An author's edit is recorded; another's is refused; neither makes an order of talk."""
    talk = desk.say("wabup", "Selamat pagi")
    desk.edit("wabup", talk, ORDER)
    assert desk.facts(f.Edited)[0].event == talk
    assert not desk.facts(f.Directive)
    order = desk.say("wabup", ORDER)
    desk.edit("dlh-1", order, "Batal saja")
    assert desk.facts(f.Refused)[-1].why == "forged_edit"
    assert not desk.facts(f.DirectiveChanged)


def test_a_decision_embeds_its_proposal(desk: Desk) -> None:
    """'ACC' means nothing alone."""
    proposal = desk.say("kes-1", "Izin pak, bagaimana kalau vaksinasi kami geser ke hari Kamis?")
    desk.say("bupati", "ACC", reply_to=proposal)
    decision = desk.facts(f.Decision)[0]
    assert decision.number == "K-1"
    assert decision.proposal_event == proposal
    assert "Kamis" in (decision.proposal_text or "")


def test_emergency_rings_the_leaders_at_night_before_any_word_about_evidence(desk: Desk) -> None:
    """Anthrax at night without a photo: recorded, rung at once, in quiet hours too; the photo may come later."""
    desk.move(hours=15, minutes=40)
    event = desk.say("ternak-1", "Lapor pak, 3 ekor sapi mati mendadak di Citta diduga anthrax, warga resah")
    ring = desk.said()[0]
    assert ring.key == "emergency.ring"
    assert ring.rings
    assert set(ring.mentions) >= {user("bupati"), user("wabup")}
    assert desk.chip(event) == "📋 L-1"
    alarm = desk.facts(f.Emergency)[0]
    assert set(alarm.rung) >= {"bupati", "wabup"}
    desk.move(minutes=30)
    desk.photo("ternak-1", reply_to=event, judged=True)
    assert desk.report("L-1") == "reported"


def test_prevention_is_no_emergency(desk: Desk) -> None:
    """A routine report on prevention, or none hurt, rings nobody."""
    desk.photo(
        "ternak-1", caption="Izin melaporkan penyuluhan antraks di 4 desa telah selesai dilaksanakan", judged=True
    )
    desk.say("citta-1", "Lapor situasi: hujan ringan, korban nihil, aman")
    assert desk.facts(f.Emergency) == []


def test_quiet_hours_ring_nobody_for_an_order(desk: Desk) -> None:
    """At 23.00 an order's card is posted without ringing."""
    desk.move(hours=16)
    desk.say("bupati", "DLH bersihkan terminal besok pagi")
    assert desk.effects(Refresh)[0].mentions == ()


def test_an_order_in_reply_addresses_whom_it_answers(desk: Desk) -> None:
    """'Ulangi, fotonya gelap' under a report is for the unit that reported."""
    report = desk.photo("dlh-1", caption="Izin melaporkan pembersihan pasar selesai", judged=True)
    desk.say("bupati", "Ulangi fotonya dari dekat, gelap sekali", reply_to=report)
    assert [directive.units for directive in desk.facts(f.Directive)] == [("dlh",)]
