"""Meetings at the desk: opened by words, who is there, what belongs to the minutes, and closed by people alone."""

from __future__ import annotations

import pytest

from bridge.journey.shown import lines_of
from bridge.journey.words import said
from bridge.lang.catalogue import load_catalogue
from bridge.ledger import meetings
from bridge.ledger.projections import rebuild
from bridge.model import facts as f
from bridge.model.effects import React, Refresh
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text

OPENING = "Bismillah, rapat kita mulai. Agenda: 1. Anthrax 2. Kerja bakti massal"


def shown(desk: Desk, card: str) -> list[str]:
    """What a card says now."""
    language = desk.book.policy.forum.language
    speaker = load_catalogue(language, zone=desk.book.policy.forum.zone, salutation="Bapak/Ibu")
    lines = lines_of(desk.store, "uji", card, desk.book, desk.clock.now(), lambda *_: [])
    return [said(speaker, line.key, line.values).plain for line in lines]


def how(desk: Desk, person: str) -> str:
    """How a person took part, by the facts."""
    found = [fact for fact in desk.facts(f.Attended) if fact.person == person]
    return found[-1].how if found else ""


def card(desk: Desk) -> str:
    """The event of the meeting's card in the room."""
    desk.deliver()
    row = desk.store.one("SELECT event FROM posted WHERE ref = 'R-1.meeting'")
    assert row is not None
    return str(row[0])


def test_a_sentence_of_a_leader_opens_a_meeting(desk: Desk) -> None:
    """It gets a number, a chip and one card, with what is tapped below it."""
    event = desk.say("wabup", OPENING)
    (meeting,) = desk.facts(f.Meeting)
    assert (meeting.number, meeting.room, meeting.person, meeting.via) == ("R-1", FORUM, "wabup", "message")
    assert meeting.agenda == ("Anthrax", "Kerja bakti massal")
    assert desk.chip(event) == "🗓️ R-1"
    assert [one.key for one in desk.effects(React) if one.to == "R-1.meeting"] == ["✋", "✅"]
    now = shown(desk, "meeting:R-1")
    assert now[0] == "🗓️ Rapat R-1"
    assert "▫ 1. Anthrax" in now
    assert "Hadir: 0 dari 9 unit" in now
    assert len(now) <= 12


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("dlh-1", "rapat kita mulai"),
        ("auditor-1", "rapat dibuka"),
        ("wabup", "besok rapat jam 9"),
        ("wabup", "besok rapat dibuka jam 9"),
        ("wabup", "rapat dibuka?"),
        ("wabup", "Izin melaporkan: rapat dibuka"),
        ("wabup", "> rapat dibuka\nini maksudnya apa"),
    ],
)
def test_other_people_and_other_sentences_open_none(desk: Desk, person: str, text: str) -> None:
    desk.say(person, text)
    assert desk.facts(f.Meeting) == []


def test_what_is_not_decrypted_or_only_edited_opens_and_closes_none(desk: Desk) -> None:
    """In an encrypted room only decrypted words lead a meeting, and an edit is never a command."""
    talk = desk.say("wabup", "selamat pagi")
    desk.say("wabup", "rapat kita mulai", encrypted=False)
    desk.edit("wabup", talk, "rapat kita mulai")
    assert desk.facts(f.Meeting) == []
    desk.say("wabup", "rapat kita mulai")
    desk.say("wabup", "rapat ditutup", encrypted=False)
    desk.edit("wabup", talk, "rapat ditutup")
    assert desk.facts(f.MeetingChanged) == []


def test_a_command_opens_one_meeting_at_a_time_in_a_room(desk: Desk) -> None:
    desk.say("ahli-1", "!rapat kesiapan banjir", room=CONTROL)
    desk.say("bupati", "!rapat lain")
    desk.say("wabup", "rapat dibuka")
    desk.say("dlh-1", "!rapat milik saya")
    (meeting,) = desk.facts(f.Meeting)
    assert (meeting.topic, meeting.room, meeting.via) == ("kesiapan banjir", FORUM, "command")
    assert desk.heard(CONTROL) == ["meeting.opened"]
    assert desk.heard() == ["meeting.runs", "command.no_right"]


def test_who_is_there_counts_by_unit_and_nobody_absent_is_named_in_the_room(desk: Desk) -> None:
    """Speaking, checking in by words or on the card, any reaction, and an excuse with who comes instead."""
    opening = desk.say("bupati", OPENING)
    desk.say("dlh-1", "Kerja bakti sedang kami siapkan Pak")
    desk.say("pupr-1", "Hadir Pak")
    desk.react("kes-1", card(desk), "✅")
    desk.react("dik-1", opening, "👍")
    desk.say("ternak-1", "Mohon izin tidak dapat hadir, diwakili oleh Kabid Kesehatan Hewan")
    ways = {person: how(desk, person) for person in ("dlh-1", "pupr-1", "kes-1", "dik-1", "ternak-1")}
    assert ways == {
        "dlh-1": "spoke",
        "pupr-1": "checked_in",
        "kes-1": "checked_in",
        "dik-1": "reacted",
        "ternak-1": "excused",
    }
    assert "Hadir: 4 dari 9 unit · izin atau diwakili: 1" in shown(desk, "meeting:R-1")
    attested = {fact.person: fact.attested for fact in desk.facts(f.Attended)}
    assert (attested["kes-1"], attested["dlh-1"]) == (True, False)
    desk.say("bupati", "Rapat saya tutup, terima kasih")
    room = " ".join(shown(desk, "minutes:R-1"))
    assert "Peternakan (Kabid Kesehatan Hewan)" in room
    assert "BPBD" not in room
    control = shown(desk, "attended:R-1")
    assert any("BPBD" in line and "Citta" in line for line in control)
    assert "accus" not in room


def test_what_counts_more_stays_and_taking_back_counts(desk: Desk) -> None:
    desk.say("bupati", "rapat dibuka")
    tap = desk.react("kes-1", card(desk), "✅")
    desk.react("kes-1", card(desk), "❤️")
    assert how(desk, "kes-1") == "checked_in"
    desk.redact("kes-1", tap)
    assert how(desk, "kes-1") == "withdrawn"
    assert "Hadir: 0 dari 9 unit" in shown(desk, "meeting:R-1")
    desk.say("kes-1", "Izin bertanya Pak")
    assert how(desk, "kes-1") == "spoke"


def test_the_agenda_goes_on(desk: Desk) -> None:
    desk.say("wabup", "rapat dibuka")
    desk.say("wabup", "agenda:\n1. Anthrax\n2. Kerja bakti\n3. Lain-lain")
    desk.say("wabup", "Kita lanjut ke agenda 2")
    now = shown(desk, "meeting:R-1")
    assert [line for line in now if line[0] in "✔▶▫"] == ["✔ 1. Anthrax", "▶ 2. Kerja bakti", "▫ 3. Lain-lain"]
    desk.say("ahli-1", "!lanjut")
    desk.say("ahli-1", "!lanjut 9")
    desk.say("dlh-1", "lanjut agenda 1")
    assert "▶ 3. Lain-lain" in shown(desk, "meeting:R-1")
    assert desk.heard()[-2:] == ["meeting.item", "meeting.no_item"]
    desk.say("wabup", "!agenda 1. Satu; 2. Dua")
    assert desk.facts(f.MeetingChanged)[-1].agenda == ("Satu", "Dua")


def test_what_was_ordered_reported_decided_and_asked_is_in_the_minutes(desk: Desk) -> None:
    """With its number; what was withdrawn meanwhile is not, and a question that was answered is not open."""
    desk.say("dlh-1", "Dinas Lingkungan Hidup sudah membersihkan TPA pagi ini")
    desk.say("bupati", OPENING)
    desk.say("bupati", "Dinas PUPR agar memperbaiki jembatan Citta paling lambat besok pukul 16.00 dan laporkan")
    desk.say("bupati", "Kadis DLH agar menyiapkan truk sampah besok pukul 08.00 dan laporkan")
    desk.say("ternak-1", "Izin melaporkan, vaksinasi anthrax 120 ekor sapi sudah dilaksanakan di Kecamatan Ganra")
    proposal = desk.say("sekda", "Mohon persetujuan Pak, apel dipindah ke hari Senin?")
    desk.say("bupati", "Setuju, berlaku mulai Senin", reply_to=proposal)
    asked = desk.say("citta-1", "Apakah dana darurat sudah dapat dipakai Pak?")
    other = desk.say("ganra-1", "Berapa jumlah truk yang tersedia untuk kami?")
    assert desk.label(asked) == desk.label(other) == "question"
    desk.say("dlh-1", "Ada 4 truk", reply_to=other)
    desk.say("bupati", "!cabut P-2")
    desk.say("bupati", "rapat ditutup")
    minutes = "\n".join(shown(desk, "minutes:R-1"))
    assert "📌 P-1 Dinas PUPR agar memperbaiki" in minutes
    assert "P-2" not in minutes
    assert "⚖️ K-1 “" in minutes
    assert "– Setuju, berlaku mulai Senin" in minutes
    assert "laporan: L-2" in minutes
    assert "L-1" not in minutes
    assert "Apakah dana darurat" in minutes
    assert "truk yang tersedia" not in minutes
    assert len(minutes.splitlines()) <= 20


def test_people_close_it_and_the_minutes_are_posted(desk: Desk) -> None:
    """Over as many days as it takes; after a long silence the control room is asked once, and nothing else."""
    desk.say("bupati", "rapat dibuka")
    desk.move(hours=11)
    desk.say("dlh-1", "Masih berjalan Pak")
    desk.move(hours=11)
    assert desk.heard(CONTROL) == []
    desk.move(hours=50)
    assert desk.heard(CONTROL) == ["meeting.still"]
    assert "Sejak" in " ".join(shown(desk, "meeting:R-1"))
    desk.say("dlh-1", "Hari ini Senin")
    desk.move(hours=50)
    assert desk.heard(CONTROL) == ["meeting.still"]
    desk.say("ahli-1", "!tutup rapat")
    assert desk.heard()[-1] == "meeting.closed"
    assert [one.card for one in desk.effects(Refresh) if one.room == FORUM][-1] == "minutes:R-1"
    assert "attended:R-1" in [one.card for one in desk.effects(Refresh) if one.room == CONTROL]
    desk.say("ahli-1", "!tutup rapat")
    assert desk.heard()[-1] == "meeting.none"
    desk.say("bupati", "rapat dibuka")
    assert [one.number for one in desk.facts(f.Meeting)] == ["R-1", "R-2"]


def test_the_minutes_are_mended_by_a_line_with_a_name(desk: Desk) -> None:
    """What stands there stays; in the control room the words need no mark before them."""
    desk.say("bupati", "rapat dibuka")
    desk.say("bupati", "rapat ditutup")
    desk.deliver()
    desk.say("ahli-1", "koreksi R-1: Dinkes diwakili Sekretaris Dinas", room=CONTROL)
    desk.say("dlh-1", "!koreksi R-1: saya juga hadir")
    desk.say("ahli-1", "koreksi R-7: tidak ada", room=CONTROL)
    (note,) = [fact for fact in desk.facts(f.MeetingChanged) if fact.what == "note"]
    assert (note.text, note.by) == ("Dinkes diwakili Sekretaris Dinas", "ahli-1")
    assert shown(desk, "minutes:R-1")[-2] == "✏️ Dinkes diwakili Sekretaris Dinas (ditambahkan Ahli-1 Contoh)"
    assert [one.card for one in desk.effects(Refresh)].count("minutes:R-1") == 2
    assert desk.heard(CONTROL) == ["meeting.noted", "number.unknown"]


def test_the_number_and_the_list_say_how_it_stands(desk: Desk) -> None:
    desk.say("dlh-1", "!rapat")
    desk.say("bupati", "!rapat kesiapan banjir agenda: 1. Pompa 2. Tanggul")
    assert desk.facts(f.Meeting)[-1].topic == "kesiapan banjir"
    desk.say("dlh-1", "!R-1")
    desk.say("dlh-1", "!rapat")
    assert desk.heard() == ["meeting.none_yet", "meeting.stands", "meeting.list"]
    desk.say("bupati", "rapat ditutup")
    desk.say("ahli-1", "R-1", room=CONTROL)
    answer = desk.said(CONTROL)[-1]
    assert answer.key == "meeting.stood"
    assert "attended.absent" in [line.key for line in answer.lines]
    desk.say("dlh-1", "!R-1")
    assert "attended.absent" not in [line.key for line in desk.said()[-1].lines]


def test_talk_costs_no_more_while_no_meeting_runs(desk: Desk) -> None:
    """Whether one runs is known with the room: one statement, as before."""
    statements: list[str] = []
    desk.store._connection.set_trace_callback(statements.append)
    desk.say("dlh-1", "Selamat pagi semua")
    desk.store._connection.set_trace_callback(None)
    assert any("FROM meeting" in sql and "FROM room" in sql for sql in statements)
    assert not any(table in sql for sql in statements for table in ("attendance", "FROM hand", "minute"))


def test_it_can_be_told_again_from_the_facts(desk: Desk) -> None:
    test_what_was_ordered_reported_decided_and_asked_is_in_the_minutes(desk)
    before = meetings.view(desk.store, "uji", "R-1", "minutes")
    desk.store.begin()
    rebuild(desk.store)
    desk.store.commit()
    assert meetings.view(desk.store, "uji", "R-1", "minutes") == before


def test_in_watch_it_is_only_recorded(tmp_path: object) -> None:
    desk = Desk(tmp_path, stage="watch")  # type: ignore[arg-type]
    desk.say("bupati", "rapat dibuka")
    assert len(desk.facts(f.Meeting)) == 1
    assert desk.cards() == [] and desk.effects(React) == []


def test_an_english_forum_is_led_in_english(tmp_path: object) -> None:
    desk = Desk(tmp_path, policy=policy_text(language="en"))  # type: ignore[arg-type]
    desk.say("bupati", "Good morning everyone. Let's start the meeting. Agenda: 1. Flood 2. Parks")
    desk.say("dlh-1", "May I speak?")
    (meeting,) = desk.facts(f.Meeting)
    assert meeting.number == "M-1"
    assert "Waiting for the floor: Dlh-1 Contoh" in shown(desk, "meeting:M-1")
    desk.say("bupati", "Thank you all, the meeting is closed.")
    assert shown(desk, "minutes:M-1")[0] == "📝 Minutes of M-1"


def test_an_order_that_its_author_edits_stands_in_the_minutes_as_it_is_now(desk: Desk) -> None:
    desk.say("bupati", "rapat dibuka")
    order = desk.say(
        "bupati", "Dinas PUPR agar memperbaiki jembatan Citta paling lambat besok pukul 16.00 dan laporkan"
    )
    desk.edit(
        "bupati", order, "Dinas PUPR agar memperbaiki jembatan Ganra paling lambat besok pukul 16.00 dan laporkan"
    )
    desk.say("bupati", "rapat ditutup")
    minutes = "\n".join(shown(desk, "minutes:R-1"))
    assert "jembatan Ganra" in minutes
    assert "jembatan Citta" not in minutes
