"""What commands take is declared once: read, asked for and shown in help from the same table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum import arguments, commands
from bridge.forum.command import used, words_of
from bridge.forum.specs import SPECS
from bridge.lang.commands import load_arguments
from bridge.model import facts as f
from tests.forum.beginnings import BOOK, ENGLISH, living
from tests.forum.desk import CONTROL, Desk, user
from tests.forum.house import CONTROL as OFFICE
from tests.forum.offices import chat

FORUM_FOLDER = Path(arguments.__file__).parent
READERS = {"arguments.py", "wording.py", "asked.py", "persons.py", "commands.py", "prompts.py"}
"""Files that may look at the words behind a command's name: those that read them, and those that find commands."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def shown(desk: Desk, room: str) -> list[str]:
    """The choices of the last question in a room, as they are listed."""
    return [str(line.values["what"]) for line in desk.said(room)[-1].lines if line.key == "prompt.choice"]


def test_no_handler_reads_words_itself() -> None:
    """Handlers get values; the words are read in one place."""
    reading = {
        file.name
        for file in FORUM_FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "rest" and ast.unparse(node.value) == "command"
    }
    assert reading <= READERS


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_argument_has_an_example_in_every_language(lang: str) -> None:
    """Help is made of them; none is missing, none is left over."""
    named = {argument.name for spec in SPECS.values() for argument in spec.takes if argument.name}
    assert named == set(load_arguments(lang))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("mute", "!bisukan @nama:server 2 jam [alasan]"),
        ("ban", "!blokir @nama:server [3 hari] alasan"),
        ("acting", "!pelaksana @nama:server unit sampai tanggal"),
        ("due", "!batas P-12 besok 17.00"),
        ("lock", "!kunci [sampai jam 17.00] [alasan]"),
        ("give", "!beri giliran [@nama]"),
        ("redact", "!tarik pesan [alasan]"),
        ("undo", "!urungkan A-12"),
    ],
)
def test_help_shows_a_command_as_it_is_typed(name: str, shown: str) -> None:
    """The word, an example of everything that it takes, and brackets around what may be left out."""
    assert used(f"!{words_of(BOOK.commands)[name]}", SPECS[name].takes, BOOK) == shown


def test_help_is_in_the_language_of_the_forum() -> None:
    """The same table, with the words and numbers of an English forum."""
    assert used("!mute", SPECS["mute"].takes, ENGLISH) == "!mute @name:server 2h [reason]"
    assert used("!due", SPECS["due"].takes, ENGLISH) == "!due D-12 tomorrow 17:00"


def test_what_is_missing_is_said_with_what_was_written_in_its_place(desk: Desk) -> None:
    """Whoever is asked for the reason sees the command with the account that was named."""
    desk.say("ahli-1", f"!keluarkan {user('dlh-1')}", room=CONTROL)
    asked = desk.said(CONTROL)[-1]
    assert (asked.key, asked.values) == ("remove.why", {"usage": f"!keluarkan {user('dlh-1')} alasan"})
    desk.say("ahli-1", f"!bisukan {user('dlh-1')}", room=CONTROL)
    asked = desk.said(CONTROL)[-1]
    assert (asked.key, asked.values) == ("mute.how_long", {"usage": f"!bisukan {user('dlh-1')} 2 jam [alasan]"})


def test_who_is_to_act_is_asked_with_a_numbered_list(desk: Desk) -> None:
    """The command goes on with the choice in its place, as the unit and the day already stand there."""
    desk.say("pupr-1", "Selamat pagi semua, semoga sehat selalu")
    desk.say("ahli-1", "!pelaksana dlh sampai 31 Desember", room=CONTROL)
    assert desk.facts(f.Prompted) == []  # an expert names nobody who acts
    command = desk.say("bupati", "!pelaksana dlh sampai 31 Desember", room=CONTROL)
    assert desk.said(CONTROL)[-1].key == "grant.how_acting"
    assert desk.facts(f.Prompted)[-1].event == command
    desk.say("bupati", "1", room=CONTROL)
    (proposal,) = desk.facts(f.Proposal)
    assert (proposal.what, proposal.users) == ("acting", (user("pupr-1"),))
    assert "unit=dlh" in proposal.detail and "ends=2026-12-31" in proposal.detail


def test_a_day_a_post_and_a_right_are_asked_with_numbers_as_well(desk: Desk) -> None:
    """Each where it is missing, with what was said before and after it in its place."""
    who = user("pupr-1")
    room = chat(desk, "dlh-1")
    desk.say("dlh-1", f"pelaksana {who}", room=room)
    assert shown(desk, room) == ["DLH"]
    desk.say("dlh-1", "1", room=room)
    assert shown(desk, room) == ["2026-11-27", "2026-11-30", "2026-12-04", "2026-12-18", "2026-12-31"]
    desk.say("dlh-1", "3", room=room)
    proposal = desk.facts(f.Proposal)[-1]
    assert (proposal.what, proposal.users, proposal.detail) == ("acting", (who,), "unit=dlh; ends=2026-12-04")
    desk.say("dlh-1", f"limpahkan {who} sampai 2026-12-05", room=room)
    assert shown(desk, room) == ["tandai", "lapor", "terima", "tegur"]
    desk.say("dlh-1", "2", room=room)
    (lent,) = desk.facts(f.Granted)
    assert (lent.what, lent.person, lent.unit, lent.rights, lent.ends) == (
        *("delegate", "pupr-1", "dlh", ("report",), "2026-12-05"),
    )
    desk.say("dlh-1", "tamu @tamu:desk Tamu Contoh untuk pendampingan anthrax", room=room)
    assert len(shown(desk, room)) == 5
    desk.say("dlh-1", "1", room=room)
    asked = desk.facts(f.Proposal)[-1]
    assert (asked.what, asked.detail) == (
        "guest",
        "unit=dlh; name=Tamu Contoh; ends=2026-11-27; purpose=pendampingan anthrax",
    )


def test_bare_words_are_a_command_where_the_table_says_that_more_follows() -> None:
    """In a direct chat a number may be followed by what the command takes besides, and by nothing else."""
    reopened = commands.parse("buka lagi L-3 fotonya gelap", BOOK, direct=True)
    assert reopened is not None and (reopened.name, reopened.rest) == ("reopen", "fotonya gelap")
    assert commands.parse("setuju A-3 sekali", BOOK, direct=True) is None


@settings(max_examples=60)
@given(st.sampled_from(sorted(SPECS.keys() - {"number"})), st.text(max_size=60))
def test_any_words_behind_any_command_are_answered(name: str, words: str) -> None:
    """Nothing that people type behind a command raises; it is done, asked about or refused in a sentence."""
    word = words_of(BOOK.commands)[name]
    outcome = living().say("@ahli:hs", f"!{word} {words}", OFFICE)
    assert outcome.effects
