"""`undo A-17`: everything of one cause is back as it was, and what cannot be is said."""

from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from bridge.model.effects import Redact, Remove
from tests.forum.delivering import World, deliver
from tests.forum.desk import CONTROL, FORUM, Desk, user
from tests.forum.test_sanctions import acts, level, told


def undo(desk: Desk, number: str, by: str = "ahli-1") -> str:
    """Undo by an expert in the control room; the key of the answer."""
    before = len(desk.heard(CONTROL))
    desk.say(by, f"!urungkan {number}", room=CONTROL)
    heard = desk.heard(CONTROL)
    return heard[-1] if len(heard) > before else ""


def test_a_mute_is_undone_exactly(desk: Desk) -> None:
    """At the level before, its timer gone, and the act knows by what."""
    world = World(desk, {user("ahli-2"): 25})
    desk.say("bupati", f"!bisukan {user('ahli-2')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    number = acts(desk)[0].number
    assert undo(desk, number, by="bupati") == "undo.done"
    deliver(desk, world)
    assert level(world, "ahli-2") == 25
    desk.move(hours=2)
    assert [(act.verb, act.undoes) for act in acts(desk)] == [("mute", ""), ("unmute", number)]
    assert told(desk, "ahli-2") == ["told.muted", "told.unmuted"]


def test_what_has_not_gone_yet_never_goes(desk: Desk) -> None:
    """Nothing is asked of the homeserver, nobody is told of what did not happen."""
    world = World(desk)
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    number = acts(desk)[0].number
    undo(desk, number)
    deliver(desk, world)
    assert world.asked == []
    results = {done.number: done.result for done in desk.facts(f.ActDone)}
    assert results[number] == "cancelled"
    waiting = desk.store.all("SELECT 1 FROM outbox WHERE ref = ? AND state <> 'cancelled'", (f"{number}.told",))
    assert waiting == []


def test_who_was_banned_is_invited_again(desk: Desk) -> None:
    """Unbanned first; the next message is as any other."""
    world = World(desk)
    desk.say("bupati", f"!blokir {user('dlh-1')} keliru", room=CONTROL)
    deliver(desk, world)
    assert world.members[FORUM, user("dlh-1")] == "ban"
    assert undo(desk, acts(desk)[0].number, by="bupati") == "undo.done"
    deliver(desk, world)
    asked = [what for what, who in world.asked if who == user("dlh-1")]
    assert list(dict.fromkeys(asked)) == ["ban", "leave", "invite"]
    assert world.members[FORUM, user("dlh-1")] == "invite"
    count = len(acts(desk))
    desk.say("dlh-1", "terima kasih")
    assert len(acts(desk)) == count


def test_who_was_removed_is_invited_again(desk: Desk) -> None:
    """With a courteous reason."""
    world = World(desk)
    desk.say("bupati", f"!keluarkan {user('dlh-1')} keliru", room=CONTROL)
    deliver(desk, world)
    undo(desk, acts(desk)[0].number, by="bupati")
    deliver(desk, world)
    assert world.members[FORUM, user("dlh-1")] == "invite"


def test_an_invitation_is_taken_back(desk: Desk) -> None:
    """As long as it was not followed; who has come is not thrown out by it."""
    world = World(desk)
    desk.say("ahli-1", "!undang @tamu-baru:desk", room=CONTROL)
    desk.say("ahli-2", "!setuju A-1", room=CONTROL)
    deliver(desk, world)
    (invitation,) = acts(desk, "invite")
    undo(desk, invitation.number)
    deliver(desk, world)
    assert world.members[FORUM, "@tamu-baru:desk"] == "leave"
    assert "ditarik kembali" in desk.effects(Remove)[-1].reason


def test_a_warning_counts_no_longer(desk: Desk) -> None:
    """The person hears that, too."""
    desk.say("ahli-1", f"!peringatkan {user('dlh-1')} mohon di utas", room=CONTROL)
    number = acts(desk)[0].number
    undo(desk, number)
    row = desk.store.one("SELECT undone FROM act WHERE number = ?", (number,))
    assert row is not None and row[0] == acts(desk)[-1].number
    assert [act.verb for act in acts(desk)] == ["warn", "undo"]


def test_everything_of_one_cause_is_undone_together(tmp_path: Path) -> None:
    """A mute in three rooms is one thing for people, whichever of its numbers they name."""
    desk = Desk(tmp_path, groups={"bencana": ["dlh-1"], "pangan": ["dlh-1"]})
    world = World(desk)
    for room in ("!bencana", "!pangan"):
        world.set_levels(room, {"users": {user("dlh-1"): 10}})
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    undo(desk, acts(desk)[1].number)
    deliver(desk, world)
    assert [level(world, "dlh-1", room) for room in (FORUM, "!bencana", "!pangan")] == [None, 10, 10]
    assert {act.undoes for act in acts(desk, "unmute")} == {act.number for act in acts(desk, "mute")}


def test_what_was_done_to_others_for_the_same_cause_stays(desk: Desk) -> None:
    """Of two removals that were agreed to together one is taken back."""
    world = World(desk)
    for who in ("dlh-1", "pupr-1"):
        desk.say("bupati", f"!keluarkan {user(who)} pindah", room=CONTROL)
    deliver(desk, world)
    undo(desk, acts(desk)[0].number, by="bupati")
    deliver(desk, world)
    assert (world.members[FORUM, user("dlh-1")], world.members[FORUM, user("pupr-1")]) == ("invite", "leave")


def test_a_redaction_cannot_be_undone_once_it_is_done(desk: Desk) -> None:
    """It is said, with where the message still is; before it has gone it can."""
    world = World(desk)
    first, second = desk.say("dlh-1", "halo"), desk.say("dlh-1", "halo lagi")
    desk.say("ahli-1", "!tarik pesan keliru", reply_to=first)
    assert undo(desk, acts(desk)[0].number) == "undo.done"
    deliver(desk, world)
    assert world.redacted == []
    desk.say("ahli-1", "!tarik pesan keliru", reply_to=second)
    deliver(desk, world)
    assert world.redacted == [second]
    assert undo(desk, acts(desk)[-1].number) == "undo.redaction"
    assert len(desk.effects(Redact)) == 2


def test_undoing_twice_and_undoing_an_undoing_say_so(desk: Desk) -> None:
    """One clear sentence each, and nothing is done."""
    world = World(desk)
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    number = acts(desk)[0].number
    undo(desk, number)
    deliver(desk, world)
    count = len(acts(desk))
    assert undo(desk, number) == "undo.already"
    assert undo(desk, acts(desk)[-1].number) == "undo.again"
    assert undo(desk, "A-99") == "number.unknown"
    assert undo(desk, "") == "undo.which"
    desk.say("ahli-1", f"!keluarkan {user('pupr-1')} pindah", room=CONTROL)
    assert undo(desk, desk.facts(f.Proposal)[-1].number) == "number.proposal_open"
    assert len(acts(desk)) == count


def test_what_a_leader_did_an_expert_undoes_with_a_second_person(desk: Desk) -> None:
    """Nobody overrules who stands higher alone, or lifts what was done to themselves."""
    world = World(desk)
    desk.say("bupati", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    desk.say("bupati", f"!bisukan {user('ahli-1')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    first, second = (act.number for act in acts(desk))
    assert undo(desk, first) == ""
    assert undo(desk, second) == ""
    waiting = [fact for fact in desk.facts(f.Proposal) if fact.state == "open"]
    assert [(one.what, one.needs, one.detail) for one in waiting] == [("undo", 1, first), ("undo", 1, second)]
    desk.say("ahli-2", f"!setuju {waiting[0].number}", room=CONTROL)
    (done,) = acts(desk, "unmute")
    assert (done.undoes, done.by, done.second) == (first, "ahli-1", "ahli-2")


PEOPLE = ("ahli-2", "dlh-1", "pupr-1")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["mute", "lock", "unlock", "undo", "deliver", "hour"]), st.integers(0, 2)),
        max_size=12,
    )
)
def test_after_any_acts_and_their_undoing_the_levels_are_the_first(
    tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    """However mutes and locks came and went, delivered or not: at the end nothing of it is left."""
    store = Store(sqlite_database(tmp_path / f"{next(_serial)}.db"))
    desk = Desk(store)
    first = {user("ahli-2"): 25, user("dlh-1"): 10, user("bupati"): 50}
    world = World(desk, dict(first))
    start = {key: dict(value) if isinstance(value, dict) else value for key, value in world.levels[FORUM].items()}
    for step, which in steps:
        _do(step, which, desk, world)
    desk.say("bupati", "!buka", room=CONTROL)
    for who in PEOPLE:
        desk.say("bupati", f"!buka bisu {user(who)}", room=CONTROL)
    deliver(desk, world)
    assert {key: value for key, value in world.levels[FORUM].items() if value != {}} == start


_serial = itertools.count()


def _do(step: str, which: int, desk: Desk, world: World) -> None:
    if step == "mute":
        desk.say("bupati", f"!bisukan {user(PEOPLE[which])} {which + 1}h ramai", room=CONTROL)
    elif step == "lock":
        desk.say("bupati", "!kunci", room=CONTROL)
    elif step == "unlock":
        desk.say("bupati", "!buka", room=CONTROL)
    elif step == "undo":
        made = acts(desk)
        if made:
            undo(desk, made[-1 - which % len(made)].number, by="bupati")
    elif step == "deliver":
        deliver(desk, world)
    else:
        desk.move(hours=1)


def test_a_mute_within_a_lock_that_ends_before_it(desk: Desk) -> None:
    """What the mute found was the lock's own doing: what is put back is what was there before both."""
    world = World(desk, {user("bupati"): 10})
    desk.say("ahli-1", "!kunci", room=CONTROL)
    deliver(desk, world)
    assert level(world, "bupati") == 50
    number = next(one.number for one in _muted_by_two(desk))
    deliver(desk, world)
    assert level(world, "bupati") == -1
    desk.say("ahli-1", "!buka", room=CONTROL)
    deliver(desk, world)
    assert level(world, "bupati") == -1
    undo(desk, number, by="wabup")
    for waiting in [fact.number for fact in desk.facts(f.Proposal) if fact.what == "undo"]:
        desk.say("ahli-1", f"!setuju {waiting}", room=CONTROL)
    deliver(desk, world)
    assert level(world, "bupati") == 10


def _muted_by_two(desk: Desk) -> list[f.Act]:
    """The leader, muted because two others agreed."""
    desk.say("wabup", f"!bisukan {user('bupati')} 5h akun dicuri", room=CONTROL)
    (proposal,) = [fact for fact in desk.facts(f.Proposal) if fact.what == "mute"]
    for who in ("sekda", "ahli-1"):
        desk.say(who, f"!setuju {proposal.number}", room=CONTROL)
    return acts(desk, "mute")
