"""Commands: how they are recognised, who may give them where, and what is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.forum import commands
from bridge.forum.command import Command
from bridge.forum.specs import SPECS
from bridge.lang.commands import CommandsError, load_commands, load_reasons
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.beginnings import BOOK, ENGLISH, answer, living, with_order
from tests.forum.house import (
    AUDIT,
    DIRECT,
    FORUM,
    NOON,
    House,
    effects,
    facts,
    keys,
)


def parse(text: str, *, direct: bool = False, control: bool = False) -> Command | None:
    return commands.parse(text, BOOK, direct=direct, control=control)


# --- recognising ---


@pytest.mark.parametrize("text", ["!P-12", "!P12", "!p 12", "! p-12", "!#P12", "#P12", "#p-12"])
def test_a_number_is_a_command_in_the_forum_only_when_marked(text: str) -> None:
    """With "!" before it, or written exactly as #P12."""
    assert parse(text) == Command(name="number", number="P-12")


@pytest.mark.parametrize(
    "text", ["P-12", "P12", "p 12", "#P12 sudah", "P-12 siap", "bantuan", "status", "/bantuan"]
)
def test_talk_in_the_forum_is_no_command(text: str) -> None:
    """Bare words are talk, and "/" belongs to the clients."""
    assert parse(text) is None


@pytest.mark.parametrize("text", ["P-12", "P12", "p 12", "#P12", "p-12 ", "P–12"])
def test_a_number_alone_is_a_command_in_the_control_room_and_in_direct_chats(text: str) -> None:
    """There nobody talks in numbers."""
    assert parse(text, control=True) == Command(name="number", number="P-12")
    assert parse(text, direct=True) == Command(name="number", number="P-12")


def test_only_letters_in_use_make_numbers() -> None:
    """X-12 is nobody's number, and an English forum has other letters."""
    assert parse("X-12", direct=True) is None
    assert commands.parse("D12", ENGLISH, direct=True) == Command(name="number", number="D-12")
    assert commands.parse("P12", ENGLISH, direct=True) is None


def test_bare_words_are_commands_in_a_direct_chat_only() -> None:
    """Never in a room, the control room included."""
    assert parse("Bantuan", direct=True) == Command(name="help", word="Bantuan")
    assert parse("setuju A-3", direct=True) == Command(name="approve", word="setuju", number="A-3")
    assert parse("bantuan", control=True) is None
    assert parse("setuju A-3", control=True) is None


@pytest.mark.parametrize("text", ["batal saja ya pak", "setuju sekali", "tugas kami sudah selesai", "terima kasih"])
def test_a_sentence_that_begins_with_a_command_word_is_a_sentence(text: str) -> None:
    """Bare words count only when nothing but what the command takes follows."""
    assert parse(text, direct=True) is None


def test_what_follows_a_command_is_its_number_and_the_rest() -> None:
    """Commands of several words are found before those of one."""
    assert parse("!terima semua P-12") == Command(name="accept_all", word="terima semua", number="P-12")
    assert parse("!batas  p12\nbesok 17.00") == Command(name="due", word="batas", number="P-12", rest="besok 17.00")
    assert parse("!keluarkan @a:hs pindah tugas") == Command(
        name="remove", word="keluarkan", rest="@a:hs pindah tugas"
    )


def test_an_unknown_command_is_one_only_if_it_is_like_one_or_stands_alone() -> None:
    """An exclamation mark before an order does not swallow the order."""
    assert parse("!bantaun") == Command(name="unknown", word="bantaun", near="bantuan")
    assert parse("!xyzzy") == Command(name="unknown", word="xyzzy")
    assert parse("!PENTING besok semua OPD apel pukul 7") is None
    assert parse("!!!") is None


@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_any_text_is_talk_or_a_command(text: str, direct: bool, control: bool) -> None:
    """Nothing that people type raises, and numbers come in one form."""
    found = commands.parse(text, BOOK, direct=direct, control=control)
    if found is not None and found.number is not None:
        letter, digits = found.number.split("-")
        assert letter in BOOK.series
        assert str(int(digits)) == digits


def test_every_command_has_words_in_every_language_and_every_word_a_command() -> None:
    """The words are data; none leads nowhere. An English-speaking city finds no Indonesian word."""
    for language in ("id", "en"):
        named = set(load_commands(language).values())
        assert named | {"number"} == set(SPECS)
        assert set(commands.HANDLERS) | {"help"} == set(SPECS)
        assert load_reasons(language)
    assert "bantuan" not in load_commands("en")
    assert load_commands("id", "en")["help"] == "help"


def test_a_word_that_means_two_things_is_refused(tmp_path: object) -> None:
    """The file is named, and the word."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "xx").mkdir()
    (folder / "xx" / "commands.yaml").write_text("commands: {help: [a], list: [A]}\nreasons: {}\n")
    with pytest.raises(CommandsError, match="'a' stands for help and for list"):
        load_commands("xx", folder=folder)


# --- who, where ---


def test_help_shows_what_this_person_may_do_here() -> None:
    """A head sees no moderation, an expert in the control room does; the forum gets one line."""
    house = living()
    head = answer(house.say("@kadis1:hs", "bantuan", DIRECT))
    assert "daftar" in head
    assert "keluarkan" not in head
    expert = answer(house.say("@ahli:hs", "!bantuan"))
    assert "!keluarkan @nama:server alasan" in expert
    assert "terima semua" not in expert
    short = answer(house.say("@bupati:hs", "!bantuan", FORUM))
    assert "\n" not in short
    assert "!terima semua" in short
    assert "keluarkan" not in short


def test_help_in_english_has_english_words() -> None:
    """Help is made of the data of the language."""
    house = House(ENGLISH)
    shown = answer(house.say("@bupati:hs", "help", DIRECT), language=1)
    assert "accept all D-12" in shown
    assert "terima" not in shown


def test_an_unlisted_person_gets_one_sentence() -> None:
    """Authority comes from the roster."""
    assert keys(living().say("@ajudan:hs", "!status", FORUM)) == ["command.unlisted"]


def test_a_right_that_is_missing_is_said_in_one_courteous_sentence() -> None:
    """Nothing is done, and nobody is scolded; that it was tried is kept for the auditors."""
    house = with_order(living(), {"unit1": "reported"})
    outcome = house.say("@kadis1:hs", "!terima semua P-1", FORUM)
    assert keys(outcome) == ["command.no_right"]
    assert [fact.detail for fact in facts(outcome, f.Refused)] == ["accept_all"]
    assert len(outcome.facts) == 1


def test_moderation_is_not_done_before_everybody() -> None:
    """Stages are the control room's; what is asked about a person in the forum is answered privately."""
    stage = living().say("@ahli:hs", "!tahap enforce", FORUM)
    assert keys(stage) == ["command.elsewhere"]
    assert stage.facts == []
    outcome = living().say("@ahli:hs", "!keluarkan @kadis1:hs pindah", FORUM)
    assert [(say.key, say.room, say.person) for say in effects(outcome, Say)] == [("proposal.put", "", "ahli")]


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    """One sentence, no dump of the help."""
    shown = answer(living().say("@kadis1:hs", "!daftra", FORUM))
    assert "!daftar" in shown
    assert "\n" not in shown


# --- how things stand ---


def test_the_forum_reads_counts_and_the_control_room_names() -> None:
    """Nobody is shamed before everybody."""
    house = with_order(living(), {"unit1": "reported", "unit2": "acknowledged", "unit3": "late"})
    forum, control = house.say("@wabup:hs", "!daftar", FORUM), house.say("@ahli:hs", "!daftar")
    assert "P-1 · 3 belum" in answer(forum)
    assert "UNIT3" not in answer(forum)
    assert "UNIT2, UNIT3, dan UNIT4" in answer(control)
    number = answer(house.say("@ahli:hs", "P-1"))
    assert "Lewat batas: UNIT3" in number
    in_forum = answer(house.say("@wabup:hs", "#P1", FORUM))
    assert "dari 4 unit, 1 sudah lapor, 3 belum" in in_forum
    assert "UNIT" not in in_forum


def test_a_head_reads_only_about_the_own_unit() -> None:
    """In a direct chat a unit hears of itself."""
    house = with_order(living(), {"unit1": "reported", "unit3": "late"})
    assert keys(house.say("@kadis1:hs", "daftar", DIRECT)) == ["list.own_empty"]
    assert "Kerja bakti massal" in answer(house.say("@kadis3:hs", "daftar", DIRECT))
    shown = answer(house.say("@kadis3:hs", "P-1", DIRECT))
    assert "batasnya sudah lewat" in shown
    assert "UNIT3" in shown
    assert "UNIT1" not in shown


def test_status_says_the_stage_and_what_waits_where_it_may() -> None:
    """Counts in the forum; the stage and open cards in the control room, an auditor reads them too."""
    house = with_order(living(), {"unit1": "reported"})
    house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah tugas")
    assert keys(house.say("@kadis1:hs", "!status", FORUM)) == ["status.counts"]
    control = answer(house.say("@auditor:hs", "!status", AUDIT))
    assert "Tahap: remind" in control
    assert "A-1" in control


def test_status_without_orders() -> None:
    """Nothing is open, and that is said."""
    house = living()
    assert keys(house.say("@kadis1:hs", "!status", FORUM)) == ["status.nothing_open"]
    assert keys(house.say("@kadis1:hs", "!daftar", FORUM)) == ["list.empty"]


def test_every_kind_of_number_is_answered() -> None:
    """Reports, decisions, what waits, and numbers that do not exist."""
    house = with_order(living(), {"unit1": "reported"})
    house.record(
        f.Decision(
            number="K-1",
            event="$k",
            room=FORUM,
            person="bupati",
            name="B",
            role="leader",
            text="Jumat apel",
            decided_at=NOON,
        )
    )
    number = facts(house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah"), f.Proposal)[0].number
    assert "L-1: sudah lapor" in answer(house.say("@kadis1:hs", "!L-1", FORUM))
    assert "Jumat apel" in answer(house.say("@kadis1:hs", "!K-1", FORUM))
    assert keys(house.say("@kadis1:hs", f"!{number}", FORUM)) == ["number.elsewhere"]
    assert keys(house.say("@ahli:hs", number)) == ["number.proposal_open"]
    assert keys(house.say("@kadis1:hs", "!P-99", FORUM)) == ["number.unknown"]


@pytest.mark.parametrize(
    "state", ["waiting", "reported", "incomplete", "accepted", "returned", "withdrawn", "unknown"]
)
def test_every_state_of_a_report_has_its_words(state: str) -> None:
    """In both languages; a missing text would fail here."""
    house = with_order(living(), {"unit1": "reported"})
    house.record(f.ReportChanged(number="L-1", state=state, at=NOON, by="rule:test", cause="$"))
    assert keys(house.say("@ahli:hs", "L-1")) == [f"number.report_{state}"]


@pytest.mark.parametrize("state", ["open", "acknowledged", "reported", "late", "accepted", "returned"])
def test_every_state_of_a_task_has_its_words(state: str) -> None:
    """As the unit itself reads it."""
    house = with_order(living(), {"unit1": state})
    (say,) = effects(house.say("@kadis1:hs", "P-1", DIRECT), Say)
    assert [line.key for line in say.lines if line.key.startswith("number.own_")] == [f"number.own_{state}"]


def test_every_answer_replies_to_its_command_and_rings_nobody() -> None:
    """Answers are notices where they were asked for."""
    house = with_order(living(), {"unit1": "reported"})
    for text in ("!bantuan", "!status", "!daftar", "!P-1", "!xyzzy"):
        (say,) = effects(house.say("@kadis1:hs", text, FORUM), Say)
        assert say.room == FORUM
        assert say.reply_to
        assert not say.rings
        assert not say.mentions
