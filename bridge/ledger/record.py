"""Recording: facts go onto the chain and into the projections, effects and timers into their queues, together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import msgspec

from bridge.ledger import chain, projections
from bridge.ledger.inbox import cancel_timer, set_timer
from bridge.ledger.outbox import enqueue
from bridge.ledger.remembered import remember
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import Timer
from bridge.model.situation import Outcome

Salt = Callable[[], bytes]

_encode = msgspec.json.Encoder().encode


def random_salt() -> bytes:
    """16 bytes nobody can guess, so that a destroyed content cannot be found again from its hash."""
    return secrets.token_bytes(chain.SALT_BYTES)


def head(store: Store, forum: str) -> chain.Head:
    """The chain's head of a forum."""
    row = store.one("SELECT position, link FROM forum WHERE id = ?", (forum,))
    if row is None:
        raise LookupError(f"no forum {forum}")
    return chain.Head(row[0], bytes(row[1]))


def record(
    store: Store,
    forum: str,
    outcome: Outcome,
    *,
    now: int,
    cause: str,
    letters: frozenset[str],
    salt: Salt = random_salt,
) -> chain.Head:
    """Record an outcome in the running transaction and return the chain's new head.

    ``letters`` are the series whose numbers the facts may use; the counters are raised to the highest used.
    """
    newest = head(store, forum)
    if outcome.facts:
        rows = []
        used: dict[str, int] = {}
        for fact in outcome.facts:
            line = chain.append(newest, fact, at=now, salt=salt())
            newest = chain.head_of(line)
            rows.append((forum, line.position, line.kind, now, line.body, line.salt, line.content_hash, line.link))
            projections.apply(store, forum, fact)
            _note_number(fact, letters, used)
        store.many(
            "INSERT INTO fact (forum, position, kind, at, body, salt, content_hash, link) VALUES (?,?,?,?,?,?,?,?)",
            rows,
        )
        store.run("UPDATE forum SET position = ?, link = ? WHERE id = ?", (newest.position, newest.link, forum))
        for series, value in used.items():
            raise_counter(store, forum, series, value)
        _keep_stage(store, forum, outcome.facts)
        remember(store, outcome.facts)
    for timer in outcome.timers:
        if isinstance(timer, Timer):
            set_timer(store, forum, timer, now)
        else:
            cancel_timer(store, forum, timer.name)
    for judge in outcome.judges:
        store.run(
            "INSERT INTO fetching (event, place, forum, person, body, attempts, not_before, created)"
            " VALUES (?,?,?,?,?,0,0,?) ON CONFLICT DO NOTHING",
            (judge.event, judge.index, forum, judge.person, _encode(judge), now),
        )
    if outcome.effects:
        enqueue(store, forum, outcome.effects, cause=cause, now=now)
    return newest


def _keep_stage(store: Store, forum: str, facts: Sequence[f.AnyFact]) -> None:
    for fact in facts:
        if isinstance(fact, f.Stage):
            store.run("UPDATE forum SET stage = ? WHERE id = ?", (fact.stage, forum))
        elif isinstance(fact, f.FileVersion):
            store.run(
                f"UPDATE forum SET {fact.what}_version = ?, {fact.what}_sha256 = ? WHERE id = ?",
                (fact.version, fact.sha256, forum),
            )


def _note_number(fact: f.AnyFact, letters: frozenset[str], used: dict[str, int]) -> None:
    number = getattr(fact, "number", None)
    if not number:
        return
    letter, _, digits = number.partition("-")
    if letter in letters and digits.isdigit():
        used[letter] = max(used.get(letter, 0), int(digits))


def counters(store: Store, forum: str) -> dict[str, int]:
    """The highest number used so far, per series."""
    return dict(store.all("SELECT series, value FROM counter WHERE forum = ?", (forum,)))


def raise_counter(store: Store, forum: str, series: str, value: int) -> None:
    """Let a series continue above ``value``."""
    store.run(
        "INSERT INTO counter (forum, series, value) VALUES (?,?,?) ON CONFLICT (forum, series) DO UPDATE SET"
        " value = CASE WHEN excluded.value > counter.value THEN excluded.value ELSE counter.value END",
        (forum, series, value),
    )
