"""Quiet hours, and talk that belongs elsewhere: what is said in the room, what privately, what in the morning."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.effects import Redact, Say
from tests.forum.conducting import conduct, private, sent, steps, text, touched
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text

NIGHT = conduct("night: {notice: true, duty: [bpbd, ahli-2]}")
LOUNGE = 'off_topic: {rooms: {umum: "#obrolan:desk", pasar: "!pasar:desk"}, steps: [remind, warn]}'


def at_night(tmp_path: Path, policy: str = NIGHT) -> Desk:
    """A desk at ten past eleven in the evening."""
    desk = Desk(tmp_path, policy=policy)
    desk.move(hours=16, minutes=10)
    return desk


# Quiet hours


def test_an_ordinary_message_at_night_is_one_gentle_notice_and_stands_in_the_morning(tmp_path: Path) -> None:
    """23.10: told once a night, alone, without a sound; kept, and listed for the control room at half past six."""
    desk = at_night(tmp_path)
    event = desk.say("dlh-1", "Selamat malam semua, ada yang melihat kunci kantor?")
    desk.move(minutes=20)
    desk.say("dlh-1", "Sudah ketemu, terima kasih semua")
    told = private(desk)
    assert [(say.person, say.key, say.rings) for say in told] == [("dlh-1", "conduct.quiet_hours", False)]
    assert steps(desk) == ["remind", "listed"]
    assert {fact.event for fact in desk.facts(f.Message)} >= {event}
    assert desk.said(FORUM) == [] and touched(desk) == []
    desk.move(hours=8)
    said = desk.said(CONTROL)
    assert [say.key for say in said] == ["conduct.digest"]
    assert [line.key for line in said[0].lines] == ["conduct.line_quiet_hours"] * 2
    assert "%24" not in str(said[0].lines[0].values["link"]) and event in str(said[0].lines[0].values["link"])


def test_the_next_night_it_is_said_again(tmp_path: Path) -> None:
    """Once a night, not once in a life; and after midnight it is the same night."""
    desk = at_night(tmp_path)
    desk.say("dlh-1", "Selamat malam semua")
    desk.move(hours=3)
    desk.say("dlh-1", "Selamat tidur semua")
    desk.move(hours=21)
    desk.say("dlh-1", "Selamat malam lagi")
    assert steps(desk) == ["remind", "listed", "remind"]


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("citta-1", "BANJIR di Citta, air sudah satu meter"),
        ("citta-1", "#darurat jembatan putus"),
        ("bpbd-1", "Selamat malam, kami siaga"),
        ("ahli-2", "Selamat malam semua"),
        ("bupati", "Selamat malam semua"),
        ("auditor-1", "Selamat malam semua"),
        ("dlh-1", "Izin melaporkan, pembersihan pasar sudah selesai"),
        ("wabup", "DLH segera bersihkan pasar, laporkan besok jam 10.00 disertai foto"),
    ],
)
def test_emergencies_orders_reports_leaders_and_those_on_duty_pass(tmp_path: Path, person: str, said: str) -> None:
    """Nobody who works at night is told that it is night."""
    desk = at_night(tmp_path)
    desk.say(person, said)
    assert steps(desk) == []
    assert [say.key for say in private(desk)] == []


def test_by_day_and_without_the_option_nobody_is_told(tmp_path: Path) -> None:
    """It is off as the policy comes."""
    (tmp_path / "day").mkdir()
    day = Desk(tmp_path / "day", policy=NIGHT)
    day.say("dlh-1", "Selamat pagi semua")
    desk = at_night(tmp_path, policy_text())
    desk.say("dlh-1", "Selamat malam semua")
    assert steps(day) == steps(desk) == []


def test_what_was_written_at_night_and_is_read_in_the_morning_is_only_listed(tmp_path: Path) -> None:
    """After a downtime nobody hears at six that he wrote at eleven."""
    desk = at_night(tmp_path)
    desk.move(hours=7)
    desk.put(sent(desk.message("dlh-1", text("Selamat malam semua")), 7 * 3600))
    assert steps(desk) == ["late"] and private(desk) == []
    desk.move(hours=1)
    assert desk.heard(CONTROL) == ["conduct.digest"]


# Off topic


def test_an_experts_arrow_shows_the_way_and_takes_nothing_out(tmp_path: Path) -> None:
    """The bot answers the message with a link to the room; the act is recorded, and rests on a reaction."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    event = desk.say("dlh-1", "Siapa ikut mancing hari Minggu?")
    desk.react("ahli-1", event, "↪\ufe0f")
    said = desk.said(FORUM)
    assert [(say.key, say.reply_to, say.rings) for say in said] == [("move.room", event, False)]
    assert said[0].values == {"place": "umum", "link": "https://matrix.to/#/#obrolan:desk"}
    act = desk.facts(f.Act)[0]
    assert (act.verb, act.target, act.by, act.person, act.office) == ("move", event, "ahli-1", "dlh-1", "expert")
    noted = desk.facts(f.Conduct)[0]
    assert (noted.step, noted.by, noted.attested) == ("moved", "ahli-1", True)
    assert desk.effects(Redact) == [] and private(desk) == []


def test_two_arrows_are_one_answer(tmp_path: Path) -> None:
    """The first one counts."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    event = desk.say("dlh-1", "Siapa ikut mancing hari Minggu?")
    desk.react("ahli-1", event, "↪")
    desk.react("ahli-2", event, "↪")
    assert desk.heard(FORUM) == ["move.room"]
    assert len(desk.facts(f.Act)) == 1


@pytest.mark.parametrize("who", ["dlh-1", "auditor-1", "@tamu:desk"])
def test_anybody_elses_arrow_is_ignored(tmp_path: Path, who: str) -> None:
    """Heads, auditors, guests and outsiders move nobody's talk."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    event = desk.say("pupr-1", "Siapa ikut mancing hari Minggu?")
    desk.react(who, event, "↪")
    assert desk.said(FORUM) == [] and desk.facts(f.Act) == [] and steps(desk) == []


def test_without_a_room_it_goes_on_in_a_thread_of_its_own(tmp_path: Path) -> None:
    """Nothing has to be set up for it."""
    desk = Desk(tmp_path)
    event = desk.say("dlh-1", "Siapa ikut mancing hari Minggu?")
    desk.react("ahli-1", event, "↪")
    said = desk.said(FORUM)[0]
    assert (said.key, said.thread, said.reply_to) == ("move.thread", event, event)
    assert str(said.values["link"]).startswith(f"https://matrix.to/#/{FORUM}/{event}")


def test_moved_again_and_again_climbs_the_ladder(tmp_path: Path) -> None:
    """The first time the room only shows the way; from the second time on the person hears of it, alone."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    for _ in range(3):
        desk.react("ahli-1", desk.say("dlh-1", "Siapa ikut mancing hari Minggu?"), "↪")
        desk.move(minutes=5)
    assert steps(desk, "off_topic") == ["moved", "remind", "warn"]
    assert [say.key for say in private(desk, "dlh-1")] == ["conduct.off_topic"] * 2
    assert desk.heard(FORUM) == ["move.room"] * 3


@pytest.mark.parametrize(
    ("command", "key", "link"),
    [
        ("!pindah", "move.room", "#obrolan:desk"),
        ("!pindah pasar", "move.room", "!pasar:desk"),
        ("!pindah P-1", "move.number", "$"),
        ("!pindah taman", "move.where", ""),
    ],
)
def test_the_command_moves_what_it_answers(tmp_path: Path, command: str, key: str, link: str) -> None:
    """To the first room, a named one, or under an order; an unknown place is asked for."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    order = desk.say("wabup", "DLH segera bersihkan pasar, laporkan besok jam 10.00 disertai foto")
    event = desk.say("dlh-1", "Siapa ikut mancing hari Minggu?")
    desk.say("ahli-1", command, reply_to=event)
    say = desk.said(FORUM)[-1]
    assert say.key == key
    if key.startswith("move.where"):
        assert say.values["places"] == ["umum", "pasar"]
    else:
        assert (order if link == "$" else link) in str(say.values["link"])
        assert say.reply_to == event


def test_the_command_asks_for_what_it_lacks(tmp_path: Path) -> None:
    """Without a message it says how; a second time that it was done; heads are told that it is not theirs."""
    desk = Desk(tmp_path, policy=conduct(LOUNGE))
    desk.say("ahli-1", "!pindah")
    event = desk.say("dlh-1", "Siapa ikut mancing hari Minggu?")
    desk.say("ahli-1", "!pindah", reply_to=event)
    desk.say("ahli-2", "!pindah", reply_to=event)
    desk.say("pupr-1", "!pindah", reply_to=event)
    assert desk.heard(FORUM) == ["move.which", "move.room", "move.already", "command.no_right"]


def test_words_of_the_policy_move_a_message_by_themselves(tmp_path: Path) -> None:
    """In the stage enforce only, and nobody's words but those who are no leaders."""
    policy = conduct('off_topic: {words: [mancing], rooms: {umum: "#obrolan:desk"}}')
    desk = Desk(tmp_path, policy=policy)
    event = desk.say("dlh-1", "Siapa ikut mancing?")
    desk.say("bupati", "Minggu kita mancing bersama")
    assert [(say.key, say.reply_to) for say in desk.said(FORUM)] == [("move.room", event)]
    assert [act.by for act in desk.facts(f.Act)] == ["rule:conduct.off_topic"]


@pytest.mark.parametrize("stage", ["watch", "tag"])
def test_in_watch_an_arrow_does_nothing_and_later_it_shows_the_way(tmp_path: Path, stage: str) -> None:
    """What an expert does by hand is answered as soon as the bot may speak in the room; the ladder waits."""
    desk = Desk(tmp_path, stage=stage, policy=conduct(LOUNGE))
    for _ in range(3):
        desk.react("ahli-1", desk.say("dlh-1", "Siapa ikut mancing hari Minggu?"), "↪")
        desk.move(minutes=5)
    shown = 0 if stage == "watch" else 3
    assert len(desk.effects(Say)) == len(desk.facts(f.Act)) == shown
    assert set(steps(desk)) <= {"moved"}


def test_the_digest_counts_what_was_told_and_moved(tmp_path: Path) -> None:
    """One message in the morning, at most a dozen lines, whatever the night was."""
    desk = at_night(tmp_path, conduct(f"night: {{notice: true}}, {LOUNGE}"))
    for number in range(14):
        desk.say("dlh-1", f"Selamat malam {number}")
        desk.clock.advance(60)
    desk.react("ahli-1", desk.say("ahli-2", "Siapa ikut mancing?"), "↪")
    desk.move(hours=9)
    said = desk.said(CONTROL)
    assert [say.key for say in said] == ["conduct.digest"]
    keys = [line.key for line in said[0].lines]
    assert keys == [*["conduct.line_quiet_hours"] * 10, "conduct.digest_more", "conduct.digest_moved"]
