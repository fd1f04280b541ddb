"""Whom an order is for, put right by a reply of its issuer: tasks follow, the new are rung, talk is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.effects import Line
from tests.forum.desk import CONTROL, UNITS, Desk, roster_text, user

ORDER = "PUPR segera perbaiki jalan di Citta paling lambat besok jam 10.00"


def _card(desk: Desk, number: str = "P-1") -> dict[str, Line]:
    order = views.directive(desk.store, "uji", number)
    assert order is not None
    return {line.key: line for line in directive_card(order, desk.book)}


def _units(desk: Desk, number: str = "P-1") -> dict[str, str]:
    rows = desk.store.all("SELECT unit, state FROM task WHERE directive = ? ORDER BY unit", (number,))
    return dict(rows)


def _given(desk: Desk, text: str = ORDER, person: str = "wabup") -> tuple[str, str]:
    """(the order, its card) once both were delivered."""
    order = desk.say(person, text)
    desk.deliver()
    row = desk.store.one("SELECT event FROM posted WHERE ref = 'P-1.card'")
    return order, row[0] if row else ""


@pytest.mark.parametrize(
    ("reply", "for_whom"),
    [
        ("bukan PUPR, untuk Dinkes dan DLH", {"kesehatan", "dlh"}),
        ("Bukan PUPR, DLH", {"dlh"}),
        ("maaf, maksud saya Kadis Kesehatan", {"kesehatan"}),
        ("tambah Disdik", {"pupr", "pendidikan"}),
        ("P-1 tambah dinas pendidkan dan DLH ya", {"pupr", "pendidikan", "dlh"}),
        ("Dinkes juga", {"pupr", "kesehatan"}),
        ("hanya DLH", {"dlh"}),
        ("PUPR tidak perlu, cukup DLH", {"dlh"}),
        ("seluruh camat juga", {"pupr", "citta", "ganra"}),
        ("not PUPR, for DLH", {"dlh"}),
    ],
)
@pytest.mark.parametrize("to_card", [False, True])
def test_a_reply_of_the_issuer_changes_whom_an_order_is_for(
    desk: Desk, reply: str, for_whom: set[str], to_card: bool
) -> None:
    """To the order or to its card, in the words people use; the card says it, and the record by whom."""
    order, card = _given(desk)
    mended = desk.say("wabup", reply, reply_to=card if to_card else order)
    live = {unit for unit, state in _units(desk).items() if state != "cancelled"}
    assert live == for_whom
    changed = desk.facts(f.Readdressed)
    assert [(fact.by, fact.cause) for fact in changed] == [("wabup", mended)]
    assert set(changed[0].added) == for_whom - {"pupr"}
    assert changed[0].removed == (() if "pupr" in for_whom else ("pupr",))
    assert desk.chip(mended) == "📌 P-1"
    assert desk.cards()[-1] == "P-1"
    assert _card(desk)["card.to"].values["units"] == [desk.book.unit_name(u) for u in sorted(for_whom)]
    assert len(desk.facts(f.Directive)) == 1


def test_the_new_are_rung_once_and_the_others_told_in_one_message(desk: Desk) -> None:
    """Only those who have to do something now are rung, with the words of the order and its time."""
    order, _ = _given(desk)
    desk.say("wabup", "bukan PUPR, untuk Dinkes dan DLH", reply_to=order)
    (said,) = [say for say in desk.said() if say.key.startswith("directive.")]
    assert said.key == "directive.now_for"
    assert said.rings
    assert set(said.mentions) == {user("kes-1"), user("dlh-1")}
    assert "perbaiki jalan" in str(said.values["text"])
    assert [line.key for line in said.lines] == ["card.due", "directive.not_for"]
    desk.say("wabup", "bukan PUPR, untuk Dinkes dan DLH", reply_to=order)
    assert len([say for say in desk.said() if say.key.startswith("directive.")]) == 1


def test_who_is_left_out_owes_nothing_any_more(desk: Desk) -> None:
    """Neither a reminder nor a lateness reaches them; whoever is new is late like everybody."""
    order, _ = _given(desk)
    desk.say("wabup", "bukan PUPR, untuk DLH", reply_to=order)
    desk.say("pupr-1", "siap", reply_to=order)
    desk.move(hours=30)
    assert _units(desk) == {"pupr": "cancelled", "dlh": "late"}


def test_a_unit_may_be_taken_in_again(desk: Desk) -> None:
    """What was left out by mistake is open again, as if it had never been left out."""
    order, _ = _given(desk)
    desk.say("wabup", "kecuali PUPR", reply_to=order)
    assert "card.to_nobody" in _card(desk)
    desk.say("wabup", "PUPR", reply_to=order)
    assert _units(desk) == {"pupr": "open"}


@pytest.mark.parametrize("person", ["bupati", "sekda", "dlh-1", "pupr-1"])
def test_nobody_else_changes_it(desk: Desk, person: str) -> None:
    """A head, or another leader, who says the same changes nothing of another's order."""
    order, _ = _given(desk)
    desk.say(person, "hanya DLH", reply_to=order)
    assert _units(desk)["pupr"] == "open"
    assert desk.facts(f.Readdressed) == []


def test_whoever_mends_tags_mends_this_too(desk: Desk) -> None:
    """An expert who sees the mistake first."""
    _, card = _given(desk)
    desk.say("ahli-1", "bukan PUPR, untuk DLH", reply_to=card)
    assert _units(desk) == {"pupr": "cancelled", "dlh": "open"}
    assert desk.facts(f.Readdressed)[0].by == "ahli-1"


@pytest.mark.parametrize(
    "text",
    [
        "hanya DLH yang sudah lapor",
        "bukan PUPR?",
        "tambah personel dari DLH",
        "DLH sudah sampai di lokasi",
        "untuk DLH mohon segera",
        "terima kasih PUPR",
        "PUPR",
        "oke DLH",
        "bukan wewenang DLH",
        "jangan lupa DLH",
        "kecuali hujan",
        "DLH jangan terlambat",
        "siap",
        "lanjutkan",
        "only PUPR has reported",
        "add more crews to PUPR",
    ],
)
def test_an_ordinary_sentence_is_no_correction(desk: Desk, text: str) -> None:
    """Any word that does not belong in a correction makes it an ordinary reply."""
    order, card = _given(desk)
    for to in (order, card):
        desk.say("wabup", text, reply_to=to)
    assert desk.facts(f.Readdressed) == []
    assert _units(desk) == {"pupr": "open"}


def test_a_bare_name_answers_the_question_for_whom(desk: Desk) -> None:
    """Where nobody was understood the card asks, and a name is the answer; a place alone is not."""
    order, card = _given(desk, "Segera perbaiki jalan yang rusak itu hari ini juga")
    assert "card.to_nobody" in _card(desk)
    desk.say("wabup", "Citta", reply_to=card)
    assert _units(desk) == {}
    desk.say("wabup", "PUPR dan DLH", reply_to=card)
    assert _units(desk) == {"pupr": "open", "dlh": "open"}
    desk.say("wabup", "DLH", reply_to=order)
    assert _units(desk) == {"pupr": "open", "dlh": "open"}


def test_a_mention_names_the_unit_of_the_person(desk: Desk) -> None:
    """Element writes the name of the person into the text: it stands for the unit."""
    order, _ = _given(desk)
    desk.say("wabup", "tambah Dlh-1 Contoh", reply_to=order, mentions=["dlh-1"])
    assert _units(desk) == {"pupr": "open", "dlh": "open"}


def test_an_order_that_waits_is_confirmed_by_saying_for_whom_it_is(desk: Desk) -> None:
    """A wide order that was doubted gets its card when its issuer says for whom it is; a relay's author cannot."""
    event = desk.say("dlh-1", "Arahan Bapak Bupati: PUPR segera perbaiki jalan Citta")
    desk.say("dlh-1", "tambah DLH", reply_to=event)
    assert set(_units(desk)) == {"pupr", "dlh"}
    assert desk.cards() == []
    desk.say("ahli-1", "bukan DLH", reply_to=event)
    assert desk.cards() == ["P-1"]


HEADLESS = roster_text().replace("  - {person: dik-1, role: head, unit: pendidikan, from: 2025-01-01}\n", "")


def test_a_unit_that_nobody_answers_for_is_said(desk: Desk) -> None:
    """The card says it to everybody, the control room how to mend it; after that a reply gives the task."""
    desk.files(roster=HEADLESS)
    order, _ = _given(desk, "Disdik dan DLH kirim data siswa besok jam 10.00")
    assert _units(desk) == {"dlh": "open"}
    assert _card(desk)["card.unled"].values["units"] == ["Disdik"]
    (said,) = [say for say in desk.said(CONTROL) if say.key == "directive.unled"]
    assert said.values == {"number": "P-1", "units": ["Disdik"]}
    desk.files()
    desk.say("wabup", "tambah Disdik", reply_to=order)
    assert _units(desk) == {"dlh": "open", "pendidikan": "open"}
    assert "card.unled" not in _card(desk)


def test_an_order_to_everybody_says_it_on_the_card_only(desk: Desk) -> None:
    """It would be said with every order otherwise."""
    desk.files(roster=HEADLESS)
    _given(desk, "Seluruh OPD wajib kerja bakti besok jam 07.00")
    assert _card(desk)["card.unled"].values["units"] == ["Disdik"]
    assert "directive.unled" not in desk.heard(CONTROL)
    assert len(_units(desk)) == len(UNITS) - 1


def test_in_a_lower_stage_nobody_is_rung(tmp_path: Path) -> None:
    """In `tag` there are chips and cards; whoever is left out reads so."""
    desk = Desk(tmp_path, stage="tag")
    order, _ = _given(desk)
    desk.say("wabup", "bukan PUPR, untuk DLH", reply_to=order)
    assert not any(say.rings for say in desk.said())
    assert _units(desk) == {"pupr": "cancelled", "dlh": "open"}
