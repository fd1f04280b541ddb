"""A lost telephone: another account of the same person, by words of two others, the old one silent at once."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk, roster_text, user
from tests.forum.offices import NEW, answer, chat, member, take_force, to_day, told

OLD = user("dlh-1")
WORDS = f"ganti akun {OLD} dengan {NEW}"


def _asked(desk: Desk) -> str:
    desk.say("ahli-1", f"!{WORDS}", room=CONTROL)
    return desk.facts(f.Proposal)[-1].number


def _replaced(desk: Desk) -> str:
    number = _asked(desk)
    desk.say("wabup", f"!setuju {number}", room=CONTROL)
    member(desk, OLD, "leave")
    member(desk, NEW, "invite")
    member(desk, NEW, "join")
    return number


def test_the_old_account_is_muted_when_it_is_asked_and_removed_when_it_is_agreed(desk: Desk) -> None:
    """Safety first; the rest waits for a second person, and the new account is invited where it belongs."""
    number = _asked(desk)
    muted = desk.facts(f.Act)
    assert {(act.verb, act.user) for act in muted} == {("mute", OLD)}
    assert FORUM in {act.room for act in muted}
    assert desk.facts(f.Granted) == []
    desk.say("wabup", f"!setuju {number}", room=CONTROL)
    fact = desk.facts(f.Granted)[0]
    assert (fact.person, fact.user, fact.replaces, fact.by, fact.second) == (
        *("dlh-1", NEW, OLD, "ahli-1", "wabup"),
    )
    later = desk.facts(f.Act)[len(muted) :]
    assert ("remove", OLD, FORUM) in {(act.verb, act.user, act.room) for act in later}
    assert [(act.user, act.room) for act in later if act.verb == "invite"] == [(NEW, FORUM)]
    assert {act.person for act in desk.facts(f.Act)} == {"dlh-1"}
    assert told(desk, "dlh-1") == ["told.replaced"]


def test_tasks_reports_and_rights_go_on_under_the_same_person(desk: Desk) -> None:
    """What was said from the old account and from the new one belongs to one person, also on that day."""
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    order = desk.facts(f.Directive)[0].event
    desk.say("dlh-1", "siap", reply_to=order)
    _replaced(desk)
    assert desk.task("P-1", "dlh") == "acknowledged", "what was owed and said stays"
    desk.say(NEW, "Lapor, pasar sudah bersih", reply_to=order)
    report = desk.facts(f.Report)[0]
    assert (report.person, report.unit, report.directive) == ("dlh-1", "dlh", "P-1")
    assert {m.person for m in desk.facts(f.Message) if m.sender in (OLD, NEW)} == {"dlh-1"}
    assert {act.user for act in desk.facts(f.Act) if act.verb == "mute"} == {OLD}, "the new one speaks"


def test_the_old_account_is_nobody_from_that_moment_on(desk: Desk) -> None:
    """Its orders, reports and commands count no longer the same minute, and its knock opens no door."""
    _replaced(desk)
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say("dlh-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "open"
    assert desk.facts(f.Message)[-1].person is None
    member(desk, OLD, "knock")
    assert not [act for act in desk.facts(f.Act) if act.verb == "invite" and act.user == OLD]


def test_the_head_of_the_unit_asks_for_somebody_of_it(desk: Desk) -> None:
    """A guest of the agency has lost the telephone: its head says so, an expert agrees."""
    guest = '  - {id: tamu, name: "Tamu Contoh", identifiers: [{matrix: "@tamu:desk"}]}\noffices:'
    office = "{person: tamu, role: guest, unit: dlh, from: 2026-01-01, to: 2026-12-31, sponsor: dlh-1}"
    take_force(desk, f"{roster_text().replace('offices:', guest)}  - {office}\n")
    room = chat(desk, "dlh-1")
    desk.say("dlh-1", f"ganti akun @tamu:desk dengan {NEW}", room=room)
    assert answer(desk, room).key == "proposal.put"
    desk.say("ahli-1", f"!setuju {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
    assert [(fact.person, fact.by, fact.second) for fact in desk.facts(f.Granted)] == [("tamu", "dlh-1", "ahli-1")]


def test_no_word_of_the_person_alone_or_of_an_outsider_does_it(desk: Desk) -> None:
    """Neither the new account, nor the person, nor a head of another unit; each attempt of a listed one is kept."""
    desk.say(NEW, f"!{WORDS}", room=CONTROL)
    assert answer(desk, CONTROL).key == "command.unlisted"
    for who in ("dlh-1", "kes-1"):
        room = chat(desk, who)
        desk.say(who, WORDS, room=room)
        assert answer(desk, room).key == "replace.not_own"
    assert [one.detail for one in desk.facts(f.Refused)] == ["replace", "replace"]
    number = _asked(desk)
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    assert answer(desk, CONTROL).key == "proposal.same_person"
    assert desk.facts(f.Granted) == []


def test_when_people_say_no_the_old_account_writes_as_before(desk: Desk) -> None:
    """Cancelled: the level that the mute found comes back, and nothing else has happened."""
    number = _asked(desk)
    desk.say("wabup", f"!tolak {number}", room=CONTROL)
    acts = desk.facts(f.Act)
    muted = [act for act in acts if act.verb == "mute"]
    back = [act for act in acts if act.verb == "unmute"]
    assert {(act.room, act.undoes) for act in back} == {(act.room, act.number) for act in muted}
    assert desk.facts(f.Granted) == []
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say("dlh-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_a_leaders_account_is_not_muted_by_one_persons_word_and_needs_two_others(desk: Desk) -> None:
    """P4: nothing happens before two agree."""
    desk.say("ahli-1", f"!ganti akun {user('bupati')} dengan {NEW}", room=CONTROL)
    asked = desk.facts(f.Proposal)[-1]
    assert asked.needs == 2
    assert desk.facts(f.Act) == []
    desk.say("wabup", f"!setuju {asked.number}", room=CONTROL)
    assert desk.facts(f.Granted) == []
    desk.say("ahli-2", f"!setuju {asked.number}", room=CONTROL)
    assert [fact.person for fact in desk.facts(f.Granted)] == ["bupati"]
    desk.say(NEW, "DLH segera bersihkan pasar dan laporkan hari ini")
    assert [fact.person for fact in desk.facts(f.Directive)] == ["bupati"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (f"{OLD} dengan {user('kes-1')}", "replace.taken"),
        (f"@siapa:desk dengan {NEW}", "grant.unlisted"),
        (f"{OLD}", "grant.how_replace"),
        (f"{OLD} dengan {OLD}", "grant.how_replace"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_muted(desk: Desk, words: str, key: str) -> None:
    """Another person's account, an unknown one, one account only, the same twice."""
    desk.say("ahli-1", f"!ganti akun {words}", room=CONTROL)
    assert answer(desk, CONTROL).key == key
    assert desk.facts(f.Act) == []
    assert desk.facts(f.Proposal) == []


def test_once_the_file_says_the_same_nothing_stands_beside_it(desk: Desk) -> None:
    """Folded in: superseded, said in the control room, and the person keeps the account."""
    number = _replaced(desk)
    line = f'identifiers: [{{matrix: "{OLD}"}}]'
    both = f'identifiers: [{{matrix: "{OLD}", to: 2026-11-19}}, {{matrix: "{NEW}", from: 2026-11-20}}]'
    take_force(desk, roster_text().replace(line, both))
    assert [(one.number, one.why) for one in desk.facts(f.Revoked)] == [(number, "in_file")]
    assert "grants.settled" in desk.heard(CONTROL)
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say(NEW, "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_a_file_without_the_person_wins(desk: Desk) -> None:
    """Contradicted: what was granted does not bring back whom the admin took out."""
    _replaced(desk)
    lines = [line for line in roster_text().splitlines() if "dlh-1" not in line]
    take_force(desk, "\n".join(lines) + "\n")
    assert [one.why for one in desk.facts(f.Revoked)] == ["against_file"]
    assert desk.laid().standing(NEW, desk.clock.now()) is None


def test_a_telephone_that_was_found_again_takes_over_as_before(desk: Desk) -> None:
    """Replaced back: the first account may write again, and the other is nobody."""
    _replaced(desk)
    to_day(desk, date(2026, 11, 24))
    desk.say("ahli-1", f"!ganti akun {NEW} dengan {OLD}", room=CONTROL)
    desk.say("wabup", f"!setuju {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
    member(desk, NEW, "leave")
    member(desk, OLD, "join")
    back = [act for act in desk.facts(f.Act) if act.verb == "unmute"]
    assert {act.user for act in back} == {OLD}
    assert [act.user for act in desk.facts(f.Act) if act.verb == "mute"][-1] == NEW
    book = desk.laid()
    assert book.standing(NEW, desk.clock.now()) is None
    standing = book.standing(OLD, desk.clock.now())
    assert standing is not None and standing.person.id == "dlh-1"


def test_a_second_account_in_the_file_counts_under_the_same_person(desk: Desk) -> None:
    """A telephone and a tablet: nothing has to be replaced."""
    line = f'identifiers: [{{matrix: "{OLD}"}}]'
    take_force(desk, roster_text().replace(line, f'identifiers: [{{matrix: "{OLD}"}}, {{matrix: "{NEW}"}}]'))
    for sender in ("dlh-1", NEW):
        desk.say(sender, "Laporan: pasar sudah bersih")
    assert {fact.person for fact in desk.facts(f.Report)} == {"dlh-1"}


def test_what_stands_beside_the_file_is_listed_as_lines_for_the_admin(desk: Desk) -> None:
    """`!penugasan` shows the line to write; on a later day, too."""
    desk.say("ahli-1", "!penugasan", room=CONTROL)
    assert answer(desk, CONTROL).key == "grants.none"
    number = _replaced(desk)
    to_day(desk, date(2026, 11, 28))
    desk.say("ahli-1", "!penugasan", room=CONTROL)
    said = answer(desk, CONTROL)
    assert said.key == "grants.title"
    assert [line.values["number"] for line in said.lines] == [number]
    yaml = str(said.lines[0].values["yaml"])
    assert f'{{matrix: "{OLD}", to: 2026-11-19}}' in yaml and f'{{matrix: "{NEW}", from: 2026-11-20}}' in yaml
