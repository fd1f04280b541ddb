"""Asked one thing after another, the ledger answers on PostgreSQL what it answers on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bridge.ledger import (
    downloads,
    fetching,
    forums,
    gaps,
    health,
    inbox,
    meta,
    outbox,
    record,
    restored,
    rooms,
    subjects,
    timers,
    views,
)
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store
from bridge.ledger.versions import versions
from bridge.model import facts as f
from bridge.model.effects import Judge, Lane, Refresh, Say, Timer
from bridge.model.event import Event, Trust
from bridge.model.situation import Outcome
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, FRIDAY, Desk, user

NOW = FRIDAY
LATER = NOW + 60_000


def sealed(number: int, *, opened: bool = False) -> Event:
    """A message of a session whose key has not come, or has."""
    return Event(
        event_id=f"$sealed{number}",
        room_id=FORUM,
        sender=user("dlh-1"),
        type="m.room.message" if opened else "m.room.encrypted",
        content={"msgtype": "m.text", "body": "pagi"} if opened else {},
        origin_ts=NOW,
        encrypted=opened,
        sealed=None if opened else "no_key",
        trust=Trust.CROSS_SIGNED if opened else Trust.CLEAR,
        session_id="late",
        message_index=number if opened else None,
        raw=b'{"outer": 1}',
    )


def queues(store: Store) -> Iterator[object]:
    """What the queues answer on every way that a row can take through them."""
    take = inbox.add_events
    batch = inbox.new_batch(store)
    own = Event(
        event_id="$own",
        room_id=FORUM,
        sender=BOT,
        type="m.reaction",
        content={"m.relates_to": {"event_id": "$x", "key": "📌 P-1"}},
        origin_ts=NOW,
    )
    for _ in range(2):
        yield take(store, "uji", batch, 5, [sealed(1), sealed(2), own], own=BOT, at=NOW, person_of=lambda who: who)
    yield inbox.own_reaction(store, FORUM, "$x", "📌 P-1")
    inbox.note_withheld(store, "late", "m.unverified")
    yield inbox.sealed_sessions(store)
    yield inbox.sealed_of_session(store, FORUM, "late")
    yield health.queues(store, "uji")
    timers.put(store, "uji", Timer(name="t", due=NOW, kind="k", person=user("dlh-1"), patience=LATER), NOW)
    timers.put(store, "uji", Timer(name="u", due=NOW, kind="k", keep=True), NOW)
    timers.put(store, "uji", Timer(name="v", due=LATER, kind="k"), NOW)
    timers.cancel(store, "uji", "v")
    gaps.add(store, "g1", "uji", FORUM, batch, 1, "s1", "p1", NOW)
    yield (
        gaps.due(store, NOW),
        gaps.due(store, NOW, forums=("uji",)),
        gaps.is_open(store, FORUM),
        gaps.is_open(store, ""),
    )
    yield inbox.next_items(store, 10), timers.fire(store, now=NOW, caught_up_to=NOW)
    gaps.advance(store, "g1", "s2", 3, 2)
    gaps.put_off(store, "g1", LATER)
    gaps.forget_pauses(store)
    yield gaps.open_count(store), gaps.open_count(store, "uji"), gaps.close(store, "g1", "filled", "")
    inbox.unseal(store, "uji", sealed(1, opened=True), at=NOW)
    yield timers.next_due(store), inbox.undecided(store), inbox.undecided(store, "uji")
    items = inbox.next_items(store, 10, ("uji",))
    yield items
    for item in items:
        inbox.decided(store, item, "failed", "a defect")
    yield inbox.failed(store), inbox.failures(store, "uji")
    yield timers.fire(store, now=LATER, caught_up_to=LATER, forums=("uji",)), inbox.next_items(store, 10)

    effects = (
        Say(room=CONTROL, key="a", ref="P-1.say"),
        Say(person="dlh-1", key="b", lane=Lane.SAFETY),
        Refresh(room=FORUM, card="P-1", ref="P-1.card"),
        Refresh(room=FORUM, card="P-1", ref="P-1.card"),
    )
    outbox.enqueue(store, "uji", effects, cause="$c", now=NOW)
    waiting = outbox.waiting(store, NOW, 10)
    yield (
        waiting,
        outbox.waiting(store, NOW, 10, ("uji",)),
        outbox.depth(store, NOW),
        outbox.depth(store, NOW, "uji"),
    )
    yield outbox.start_many(store, waiting, "DEVICE", NOW), outbox.start_many(store, waiting, "DEVICE", NOW)
    first, second, card = waiting
    outbox.reserve(store, first.id, "!direct")
    outbox.put_off(store, first, LATER, "M_FORBIDDEN: forbidden")
    outbox.put_off(store, second, LATER, "busy", untouched=True)
    outbox.enqueue(store, "uji", effects[2:3], cause="$d", now=NOW)
    outbox.put_off(store, card, LATER, "busy", untouched=True)
    outbox.wake(store, CONTROL)
    yield store.all("SELECT * FROM outbox ORDER BY id"), outbox.stuck(store), health.queues(store, "uji")
    yield outbox.held(store, "uji")
    yield outbox.start(store, first.id, "OTHER", LATER), outbox.recover(store), restored.unconfirmed(store)
    outbox.again(store, [first.id])
    yield outbox.awaited(store, "uji", "P-1.card", 10**6), outbox.by_txn(store, first.txn)
    yield restored.confirm_by_cause(store, first.txn, CONTROL, "$said", NOW), outbox.is_confirmed(store, first.id)
    yield outbox.confirm(store, first.id, "$said"), outbox.cancel(store, second.id, "too old")
    outbox.edited(store, "uji", "P-1.say", LATER, "shown")
    outbox.gone(store, "uji", "P-1.say")
    yield outbox.posted(store, "uji", "P-1.say"), health.queues(store, "uji"), outbox.depth(store, NOW)


def rest(store: Store) -> Iterator[object]:
    """What the other parts of the ledger answer."""
    judge = Judge(event="$p", index=0, mxc="mxc://x/1", kind="image", room=FORUM, person="dlh-1")
    adopted = f.Adopted(room=FORUM, present=(user("a"),), matched=(), unlisted=(), absent=(), at=NOW)
    acts = [
        f.Act(
            number=f"A-{n}",
            verb=verb,
            room=FORUM,
            user=user("b"),
            rule="command",
            by="x",
            policy_version=1,
            roster_version=1,
            at=NOW,
            cause="$c",
        )
        for n, verb in ((1, "invite"), (2, "remove"))
    ]
    back = f.Membership(room=FORUM, user=user("b"), membership="join", by=user("b"), at=NOW, event="$j")
    gone = f.Membership(room=FORUM, user=user("c"), membership="leave", by="x", by_hand=True, at=NOW, event="$l")
    outcome = Outcome(facts=[adopted, adopted, *acts, back, gone], judges=[judge, judge])
    record.record(store, "uji", outcome, now=NOW, cause="$c", letters=frozenset("A"))
    yield store.all("SELECT * FROM adopted ORDER BY user_id"), rooms.member_views(store, FORUM)
    yield rooms.adoptions(store, "uji"), views.head(store, "uji")[0]
    yield restored.highest(store, "uji", "AP"), record.counters(store, "uji")
    fetching.put_off(store, judge, LATER)
    fetching.hold(store, judge, LATER)
    yield fetching.due(store, NOW, 5), fetching.waiting(store), fetching.waiting(store, "uji")
    fetching.forget_pauses(store)
    yield fetching.due(store, NOW, 5, ("uji",))
    fetching.done(store, judge)
    yield fetching.waiting(store)

    for version, letter, text in ((1, "a", b"text"), (2, "b", b"more"), (2, "c", b"not kept")):
        forums.keep(store, "uji", "policy", version, letter * 64, text, NOW)
    yield forums.exists(store, "uji"), forums.stage(store, "uji")
    yield forums.kept(store, "uji", "policy"), forums.kept(store, "uji", "roster")
    yield versions(store, "uji", "policy")
    yield health.forums(store), health.standing(store, "uji"), health.standing(store, "none")

    download = downloads.Download(
        token_sha256="c" * 64, forum="uji", week="2026-W47", name="w.zip", expires_at=LATER
    )
    downloads.add(store, download, NOW)
    yield downloads.find(store, "c" * 64, NOW), downloads.find(store, "c" * 64, LATER)
    downloads.use(store, "c" * 64, NOW)
    yield downloads.find(store, "c" * 64, NOW)

    rooms.set_room(store, "!direct", forum="uji", kind="direct", person="dlh-1")
    rooms.set_membership(store, "!direct", "join")
    rooms.note_creator(store, "!direct", BOT)
    rooms.degrade(store, "!direct", "no permission")
    yield rooms.direct_with(store, "!direct"), rooms.direct_chats(store, "dlh-1"), rooms.degraded(store)
    yield rooms.made_for(store, BOT, [user("dlh-1")]), rooms.rooms_of(store, "uji"), rooms.known(store, AUDIT)
    rooms.replace_state(store, CONTROL, [])
    rooms.make_stale(store, AUDIT)
    yield rooms.stale(store), rooms.state(store, CONTROL, "m.room.encryption"), rooms.members(store, FORUM)
    rooms.take_over(store, "new", "uji")
    yield store.all("SELECT room, forum, adopted_at, stale FROM room ORDER BY room"), rooms.stale(store)

    restored.mark(store, restored.ComingBack(why="backup", since=NOW))
    yield restored.marked(store), restored.joined(store), list(restored.evidence(store))
    restored.unmark(store)
    restored.keep_number(store, "$e", "P-7")
    meta.remove(store, "schema")
    yield restored.number_shown(store, "$e"), restored.is_taken_in(store, "$e"), restored.marked(store)
    yield restored.knows_link(store, "uji", b"x" * 32), subjects.subject_of(store, "uji", "$none")


@pytest.mark.parametrize("ask", [queues, rest])
def test_every_part_of_the_ledger_answers_alike(
    sqlite: Store, postgres: Store, ask: Callable[[Store], Iterator[object]]
) -> None:
    """What is asked of it, one after another, by the queues, rooms, files and links."""
    answers = []
    for store in (sqlite, postgres):
        migrate(store)
        desk = Desk(store)
        desk.deliver()
        answers.append(list(ask(store)))
    for there, here in zip(*answers, strict=True):
        assert here == there
