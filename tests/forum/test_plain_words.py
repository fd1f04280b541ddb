"""What people ask in ordinary words: the own list, help, how things stand; and what stays talk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.ledger.databases import Database
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.databases import ledger_in
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text
from tests.forum.opened import direct, shown, told


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    store = ledger_in(database)
    yield Desk(store)
    store.close()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("status", "status.counts"),
        ("Bagaimana keadaan?", "status.counts"),
        ("Tolong, bagaimana keadaannya hari ini, Pak?", "status.counts"),
        ("daftar saya", "list.own_title"),
        ("Tugas saya apa", None),
        ("Apa tugas saya?", "list.own_title"),
        ("daftar", "list.own_title"),
        ("tolong saya", "assist.title"),
        ("Mohon bantuan, Bu.", "assist.title"),
        ("bantuan", "help.title"),
        ("terima kasih", None),
        ("tugas saya sudah selesai, pak", None),
        ("bagaimana keadaan jembatan Citta?", None),
    ],
)
def test_in_a_direct_chat_ordinary_words_are_understood(desk: Desk, words: str, key: str | None) -> None:
    """Without a mark, with courtesies around them; a sentence that only shares a word is a sentence."""
    desk.say("wabup", "PUPR perbaiki jembatan Citta hari ini paling lambat 16.00, laporkan")
    chat = direct(desk, "pupr-1")
    desk.say("pupr-1", words, room=chat)
    assert [say.key for say in desk.said(chat)] == ([key] if key else [])


def test_courtesies_never_carry_out_what_changes_something(desk: Desk) -> None:
    """A withdrawal is typed as it is meant."""
    desk.say("wabup", "PUPR perbaiki jembatan Citta hari ini paling lambat 16.00, laporkan")
    chat = direct(desk, "wabup")
    desk.say("wabup", "cabut P-1 ya pak", room=chat)
    assert desk.task("P-1", "pupr") == "open"
    desk.say("wabup", "cabut P-1", room=chat)
    assert desk.task("P-1", "pupr") == "cancelled"


def test_the_own_list_in_the_forum_is_answered_privately(desk: Desk) -> None:
    """Two words, nothing else; forty heads read nothing."""
    desk.say("wabup", "PUPR perbaiki jembatan Citta hari ini paling lambat 16.00, laporkan")
    desk.say("pupr-1", "Daftar saya")
    assert desk.said(FORUM) == []
    lines = shown(told(desk, "pupr-1")[-1])
    assert lines[0] == "1 perintah menunggu laporan dari unit Bapak/Ibu:"
    assert lines[1].startswith("• P-1 “PUPR perbaiki jembatan Citta")
    assert lines[1].endswith("batas Jum, 20 Nov 16.00")
    assert "balas perintahnya" in lines[-1]


def test_a_report_that_lacks_its_photo_stands_in_the_own_list(desk: Desk) -> None:
    """With what to do about it; the photo may come at any time."""
    desk.say("pupr-1", "Izin melaporkan, jembatan Citta sudah diperbaiki")
    desk.move(hours=5)
    assert desk.report("L-1") == "incomplete"
    chat = direct(desk, "pupr-1")
    desk.say("pupr-1", "tugas saya", room=chat)
    assert "Fotonya masih kami tunggu (1): L-1" in "\n".join(shown(desk.said(chat)[-1]))


@pytest.mark.parametrize(
    "words",
    [
        "Bantuan sembako sudah tiba di Citta",
        "tolong saya dibantu datanya pak",
        "daftar saya sudah lengkap",
        "Mohon bantuan alat berat untuk longsor di Ganra",
        "status",
        "bagaimana keadaan",
        "daftar",
    ],
)
def test_in_the_forum_everything_else_is_talk(desk: Desk, words: str) -> None:
    """Only whole sentences of a short list are taken for a command."""
    desk.say("dlh-1", words)
    assert [say for say in desk.effects(Say) if say.key.startswith(("assist.", "list.", "status.", "own."))] == []


def test_neither_an_answer_nor_a_caption_is_a_call_for_help(desk: Desk) -> None:
    """Below a photo or as a reply the same word belongs to what it stands at."""
    order = desk.say("wabup", "PUPR perbaiki jembatan Citta hari ini paling lambat 16.00, laporkan")
    desk.say("pupr-1", "bantuan", reply_to=order)
    desk.photo("pupr-1", caption="bantuan")
    desk.say("pupr-1", "Mohon bantuan", mentions=["dlh-1"])
    desk.say("@luar:desk", "bantuan")
    assert [say for say in desk.effects(Say) if say.key.startswith(("assist.", "command."))] == []


def test_help_is_given_privately_with_the_expert_who_was_there_last(desk: Desk) -> None:
    """Three lines and a name to tap; the experts hear it once an hour, in one line."""
    desk.say("ahli-1", "Selamat pagi semua")
    desk.say("ahli-2", "Selamat pagi, siap membantu hari ini")
    desk.say("kes-1", "Bantuan!")
    assert desk.said(FORUM) == []
    lines = shown(told(desk, "kes-1")[-1])
    assert len(lines) == 5
    assert "Ahli-2 Contoh" in lines[-1] and "https://matrix.to/#/@ahli-2:desk" in lines[-1]
    control = [say for say in desk.said(CONTROL) if say.key == "assist.told"]
    assert [shown(say) for say in control] == [
        ["Kes-1 Contoh (Dinkes) meminta bantuan; jawaban singkat sudah dikirim secara pribadi. Mohon disapa."]
    ]
    assert [fact.person for fact in desk.facts(f.Asked) if fact.what == "help"] == ["kes-1"]
    desk.say("kes-1", "tolong saya")
    assert len(told(desk, "kes-1")) == 2
    assert len([say for say in desk.said(CONTROL) if say.key == "assist.told"]) == 1
    desk.move(hours=1.1)
    desk.say("kes-1", "tolong saya")
    assert len([say for say in desk.said(CONTROL) if say.key == "assist.told"]) == 2


def test_an_english_city_asks_in_its_own_words(database: Database) -> None:
    """And not in Indonesian ones."""
    store = ledger_in(database)
    desk = Desk(store, policy=policy_text(language="en"))
    desk.say("kes-1", "bantuan")
    assert told(desk, "kes-1") == []
    desk.say("kes-1", "Help me!")
    assert "Glad to help" in shown(told(desk, "kes-1")[-1], "en")[0]
    store.close()
