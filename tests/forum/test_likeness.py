"""Names that look like somebody else's: who is shown to the control room, why, and that nothing is done."""

from __future__ import annotations

import msgspec
import pytest

from bridge.forum.likeness import folded, foreign, hidden
from bridge.model import facts as f
from bridge.model.effects import Say, SetLevels
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, user

STRANGER = "@orang:luar"


def enters(desk: Desk, who: str, name: str, *, was: str | None = None, room: str = FORUM) -> None:
    """Somebody comes under a name, or (``was``) goes by another name from now on."""
    before = {"membership": "leave"} if was is None else {"membership": "join", "displayname": was}
    event = desk.state(room, "m.room.member", who, {"membership": "join", "displayname": name}, sender=who)
    desk.put(msgspec.structs.replace(event, prev_content=before))


def flagged(desk: Desk) -> list[Say]:
    return [say for say in desk.said(CONTROL) if say.key.startswith("likeness.")]


@pytest.mark.parametrize(
    "name",
    [
        "Bupati Contoh",
        "bupati  contoh",
        "Bup\u200bati Con\u2060toh",
        "Вuраti Соntоh",
        "Ｂｕｐａｔｉ Ｃｏｎｔｏｈ",
        "𝐁𝐮𝐩𝐚𝐭𝐢 𝐂𝐨𝐧𝐭𝐨𝐡",
        "Bupatl C0ntoh",
        "Búpàti Contoh",
        "\u202ehotnoC itapuB\u202c Bupati Contoh",
        "Bpk. H. Bupati Contoh, M.Si.",
        "Bupati Cont0h.",
        "Ahli-1 Contoh",
        "Tudang",
        "Tudаng",
        "Pimpinan",
        "Wakil Pimpinan Kabupaten",
        "Tenaga Ahli",
    ],
)
def test_a_stranger_under_anothers_name_is_shown(desk: Desk, name: str) -> None:
    enters(desk, STRANGER, name)
    (say,) = flagged(desk)
    assert say.values["user"] == STRANGER
    assert say.lines[-1].key == "likeness.nothing_done"


@pytest.mark.parametrize(
    "name", ["Dik-1 Contoh", "Andi Rahman", "Warga", "Bu", "Staf Ahli Muda Teknik", "Kepala OPD"]
)
def test_other_names_are_not(desk: Desk, name: str) -> None:
    """Nor are those of heads, who give no orders; what looks a little like a title is a name of its own."""
    enters(desk, STRANGER, name)
    assert flagged(desk) == []


def test_a_listed_member_is_shown_for_the_very_same_name_only(desk: Desk) -> None:
    """People may have similar names; nobody is like another under their own."""
    enters(desk, user("ahli-2"), "Ahli-2 Contoh", was="Ahli")
    enters(desk, user("pupr-1"), "Bupatj Contoh", was="Pupr-1 Contoh")
    assert flagged(desk) == []
    enters(desk, user("pupr-1"), "Bupati Contoh", was="Bupatj Contoh")
    (say,) = flagged(desk)
    assert (say.key, say.values["like"]) == ("likeness.name", "Bupati Contoh")
    assert say.lines[0].values == {"name": "Pupr-1 Contoh"}


def test_titles_are_for_those_who_hold_them(desk: Desk) -> None:
    enters(desk, user("dlh-1"), "Pimpinan", was="Dlh-1 Contoh")
    assert [say.key for say in flagged(desk)] == ["likeness.title"]
    enters(desk, user("bupati"), "Pimpinan", was="Bupati Contoh")
    assert len(flagged(desk)) == 1


def test_the_name_that_a_leader_shows_in_the_room_counts_too(desk: Desk) -> None:
    """Not only the one of the roster."""
    enters(desk, user("bupati"), "H. Andi Kaswadi", was="Bupati Contoh")
    enters(desk, STRANGER, "H. Andi Kaswаdi")
    (say,) = flagged(desk)
    assert say.values["like"] == "H. Andi Kaswadi"


def test_it_is_told_once_for_an_account_and_a_name_and_recorded(desk: Desk) -> None:
    """In whichever room, however often they come back, after a restart as before."""
    enters(desk, STRANGER, "Bupati Contoh")
    enters(desk, STRANGER, "Bupati Contoh")
    enters(desk, STRANGER, "bupati contoh", was="x", room=CONTROL)
    enters(desk, STRANGER, "Wabup Contoh", was="Bupati Contoh")
    assert [say.values["like"] for say in flagged(desk)] == ["Bupati Contoh", "Wabup Contoh"]
    notes = [fact for fact in desk.facts(f.Asked) if fact.what == "likeness"]
    assert [note.person for note in notes] == ["bupati", "wabup"]


def test_a_flood_of_names_is_told_a_few_times_an_hour(desk: Desk) -> None:
    for number in range(12):
        enters(desk, f"@orang{number}:luar", "Bupati Contoh")
    assert len(flagged(desk)) == 5
    desk.move(hours=2)
    enters(desk, "@lain:luar", "Bupati Contoh")
    assert len(flagged(desk)) == 6


def test_what_cannot_be_seen_and_what_only_looks_alike_is_said(desk: Desk) -> None:
    enters(desk, STRANGER, "Bup\u200bаti Contoh")
    (say,) = flagged(desk)
    assert [line.key for line in say.lines] == [
        "likeness.hidden",
        "likeness.foreign",
        "likeness.unlisted",
        "likeness.nothing_done",
    ]
    assert say.lines[0].values == {"characters": ["U+200B"]}


def test_nothing_is_done_to_anybody_for_a_name(desk: Desk) -> None:
    """A stranger is asked about as any other; a listed member keeps everything."""
    enters(desk, user("pupr-1"), "Bupati Contoh", was="Pupr-1 Contoh")
    desk.move(hours=3)
    assert desk.facts(f.Act) == []
    assert desk.facts(f.Proposal) == []
    assert desk.effects(SetLevels) == []
    desk.say("pupr-1", "Seluruh OPD wajib hadir besok jam 8 di lapangan")
    assert [order.confirmed for order in desk.facts(f.Directive)] == [False]


def test_the_bots_own_name_is_looked_after(desk: Desk) -> None:
    enters(desk, BOT, "Asisten Forum", was="Tudang")
    enters(desk, STRANGER, "Asisten F0rum")
    (say,) = flagged(desk)
    assert say.values["like"] == "Asisten Forum"


def test_letters_are_folded_as_the_eye_reads_them() -> None:
    assert folded("Вuраti") == folded("BUPATI") == folded("Bu\u200dpati") == folded("Bupatl")
    assert folded("rnodern") == folded("modern")
    assert folded("\u3164 \u200b") == ""
    assert hidden("a\u202eb\u200bc\u200b") == ["U+202E", "U+200B"]
    assert not foreign("Bupati José")
    assert foreign("Ｂupati")
    assert foreign("Вupati")
