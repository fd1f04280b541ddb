"""`why A-17` and `history @who`: what was done, by whom, by what right, and what came of it."""

from __future__ import annotations

from pathlib import Path

from bridge.lang.catalogue import load_catalogue
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.delivering import World, deliver
from tests.forum.desk import AUDIT, CONTROL, FORUM, Desk, user
from tests.forum.house import ZONE, said
from tests.forum.test_sanctions import acts, told, two_accounts

TEXTS = load_catalogue("id", zone=ZONE, salutation="Bapak/Ibu")


def answer(desk: Desk, person: str, text: str, room: str = CONTROL, reply_to: str | None = None) -> str:
    """What a person is answered, as it reads; in the room or privately."""
    desk.say(person, text, room=room, reply_to=reply_to)
    say = [say for say in desk.effects(Say) if say.room == room or say.person == person][-1]
    return said(TEXTS, say)


def test_why_says_who_by_what_right_and_what_came_of_it(desk: Desk) -> None:
    """Person, office, rule, version, cause with its words, reason, end, result, and what was there before."""
    world = World(desk, {user("dlh-1"): 10})
    message = desk.say("dlh-1", "jual murah, hubungi saya")
    desk.say("ahli-1", "!bisukan 2h bukan tempatnya", reply_to=message)
    number = acts(desk)[0].number
    waiting = answer(desk, "bupati", f"!mengapa {number}")
    assert "Hasil: belum dijalankan" in waiting
    deliver(desk, world)
    told_why = answer(desk, "auditor-1", f"!mengapa {number}", room=AUDIT)
    for part in (
        f"{number}: Dlh-1 Contoh ({user('dlh-1')}) dapat membaca dan tidak dapat menulis",
        "Oleh: Ahli-1 Contoh (Tenaga Ahli)",
        "kebijakan versi 1",
        "Alasan: bukan tempatnya",
        "Sampai: Jumat, 20 November 2026 09.00 WITA",
        "Hasil: sudah dijalankan",
        f"Sebelumnya: users/{user('dlh-1')}: 10",
    ):
        assert part in told_why, part
    desk.say("ahli-1", f"!urungkan {number}", room=CONTROL)
    assert f"Berakhir sejak {acts(desk, 'unmute')[0].number}" in answer(desk, "bupati", f"!mengapa {number}")


def test_why_quotes_the_message_that_it_was_about(desk: Desk) -> None:
    """With its address."""
    message = desk.say("dlh-1", "nomor rekening saya 123")
    desk.say("ahli-1", "!tarik pesan data pribadi", reply_to=message)
    shown = answer(desk, "bupati", f"!mengapa {acts(desk)[0].number}")
    assert f"https://matrix.to/#/{FORUM}/{message}" in shown
    assert "nomor rekening saya 123" in shown


def test_whoever_looks_at_what_was_taken_back_is_in_the_record_and_the_auditors_hear_it(desk: Desk) -> None:
    """Once for each look, wherever it was asked; what was not taken back may be quoted without a word."""
    message = desk.say("dlh-1", "nomor rekening saya 123")
    desk.say("ahli-1", "!bisukan 2h bukan tempatnya", reply_to=message)
    answer(desk, "bupati", f"!mengapa {acts(desk)[0].number}")
    assert desk.facts(f.Viewed) == []
    desk.say("ahli-1", "!tarik pesan data pribadi", reply_to=message)
    number = acts(desk, "redact")[0].number
    looked = desk.say("bupati", f"!mengapa {number}", room=CONTROL)
    desk.say("auditor-1", f"!mengapa {number}", room=AUDIT)
    assert [(one.number, one.event, one.person, one.room) for one in desk.facts(f.Viewed)] == [
        (number, message, "bupati", CONTROL),
        (number, message, "auditor-1", AUDIT),
    ]
    assert desk.facts(f.Viewed)[0].cause == looked and desk.facts(f.Viewed)[0].at > 0
    heard = [say for say in desk.said(AUDIT) if say.key == "audit.viewed"]
    assert [(say.values["name"], say.values["number"], say.rings) for say in heard] == [
        ("Bupati Contoh", number, False)
    ]


def test_who_may_not_look_is_shown_nothing_and_is_not_in_the_list(desk: Desk) -> None:
    """A head asks about somebody else's message: refused, and what the record keeps of it is the attempt."""
    message = desk.say("dlh-1", "nomor rekening saya 123")
    desk.say("ahli-1", "!tarik pesan data pribadi", reply_to=message)
    desk.say("pupr-1", f"!mengapa {acts(desk, 'redact')[0].number}")
    assert desk.facts(f.Viewed) == []
    assert [one.detail for one in desk.facts(f.Refused)] == ["why"]


def test_why_of_what_does_not_exist_says_so(desk: Desk) -> None:
    """Or asks for the number."""
    desk.say("ahli-1", "!mengapa A-77", room=CONTROL)
    desk.say("ahli-1", "!mengapa", room=CONTROL)
    assert desk.heard(CONTROL) == ["number.unknown", "why.which"]


def test_a_history_is_the_persons_over_all_accounts(tmp_path: Path) -> None:
    """The newest first; what is over says since when; in the forum it is answered privately."""
    desk = Desk(tmp_path, roster=two_accounts())
    desk.say("ahli-1", f"!peringatkan {user('dlh-1')} satu", room=CONTROL)
    desk.say("ahli-1", "!peringatkan @dlh-hp2:desk dua", room=CONTROL)
    shown = answer(desk, "ahli-1", f"!riwayat {user('dlh-1')}")
    assert "Tentang Dlh-1 Contoh, 2 tindakan" in shown
    assert shown.index("dua") < shown.index("satu")
    assert answer(desk, "ahli-2", "!riwayat dlh-1") == shown
    desk.say("ahli-1", f"!urungkan {acts(desk)[0].number}", room=CONTROL)
    assert f"Berakhir sejak {acts(desk, 'undo')[0].number}" in answer(desk, "ahli-1", f"!riwayat {user('dlh-1')}")
    desk.say("ahli-1", f"!riwayat {user('dlh-1')}", room=FORUM)
    assert desk.heard(FORUM) == []
    assert told(desk, "ahli-1") == ["history.title"]


def test_people_see_their_own_history_and_nobody_elses(desk: Desk) -> None:
    """Whoever runs the forum, gives its orders or audits it sees everybody's."""
    desk.say("ahli-1", f"!peringatkan {user('dlh-1')} satu", room=CONTROL)
    number = acts(desk)[0].number
    desk.say("dlh-1", "!riwayat", room=FORUM)
    desk.say("dlh-1", f"!mengapa {number}", room=FORUM)
    desk.say("dlh-1", f"!riwayat {user('pupr-1')}", room=FORUM)
    desk.say("pupr-1", f"!mengapa {number}", room=FORUM)
    assert told(desk, "dlh-1") == ["told.warned", "history.title", "why.act", "command.no_right"]
    assert told(desk, "pupr-1") == ["command.no_right"]
    assert len(desk.facts(f.Refused)) == 2
    desk.say("auditor-1", f"!riwayat {user('dlh-1')}", room=AUDIT)
    assert desk.heard(AUDIT) == ["history.title"]


def test_an_account_of_nobody_has_a_history_too(desk: Desk) -> None:
    """By its whole name."""
    desk.put(desk.state(FORUM, "m.room.member", "@orang:desk", {"membership": "join"}, "@orang:desk"))
    desk.say("bupati", "!bisukan @orang:desk 1h ramai", room=CONTROL)
    desk.say("ahli-1", "!riwayat @orang:desk", room=CONTROL)
    desk.say("ahli-1", "!riwayat @lain:desk", room=CONTROL)
    assert desk.heard(CONTROL)[-2:] == ["history.title", "history.none"]
