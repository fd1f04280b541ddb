"""Projections: what the facts add up to. Updated by :func:`apply` in the transaction that records the fact, and
rebuilt from the facts alone by :func:`rebuild`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from bridge.ledger import checks, decisions, entrances, meetings, mornings, steps, worked
from bridge.ledger.store import Store
from bridge.ledger.tables import PROJECTIONS, name_of
from bridge.model import facts as f
from bridge.model.chain import canonical
from bridge.model.clock import believed

_json = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(f.AnyFact).decode

PAGE = 2000


def _message(store: Store, forum: str, fact: f.Message) -> None:
    store.run(
        "INSERT INTO message (event, forum, room, sender, person, name, unit, role, label, number, text, media,"
        " received_at, encrypted, thread, reply_to, redacted, sent_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,?)"
        " ON CONFLICT (event) DO UPDATE SET label = excluded.label, number = excluded.number",
        (
            fact.event,
            forum,
            fact.room,
            fact.sender,
            fact.person,
            fact.name,
            fact.unit,
            fact.role,
            fact.label,
            fact.number,
            fact.text or "",
            _json(fact.media) if fact.media else None,
            fact.received_at,
            int(fact.encrypted),
            fact.thread,
            fact.reply_to,
            believed(fact.sent_at, fact.received_at),
        ),
    )
    if fact.media:
        store.many(
            "INSERT INTO media (event, place, forum, room, person, unit, kind, mxc, received_at, thread, reply_to,"
            " verdict, sha256, mime) VALUES (?,?,?,?,?,?,?,?,?,?,?,'pending','','') ON CONFLICT DO NOTHING",
            [
                (
                    fact.event,
                    place,
                    forum,
                    fact.room,
                    fact.person,
                    fact.unit,
                    part.kind,
                    part.mxc,
                    fact.received_at,
                    fact.thread,
                    fact.reply_to,
                )
                for place, part in enumerate(fact.media)
            ],
        )


def _corrected(store: Store, forum: str, fact: f.Corrected) -> None:
    store.run("UPDATE message SET label = ?, number = ? WHERE event = ?", (fact.label, fact.number, fact.event))
    decisions.corrected(store, forum, fact)


def _edited(store: Store, forum: str, fact: f.Edited) -> None:
    if fact.sent_at:
        store.run(
            "INSERT INTO edit (edit, forum, room, sender, sent_at) VALUES (?,?,?,?,?)"
            " ON CONFLICT (edit) DO NOTHING",
            (fact.edit, forum, fact.room, fact.sender, fact.sent_at),
        )


STEPS = frozenset({"remind", "warn", "mute", "remove", "ask", "moved", "spared"})
"""What is remembered when a rule on messages is met again; the other steps were only listed."""


def _conduct(store: Store, forum: str, fact: f.Conduct) -> None:
    store.run(
        "INSERT INTO conduct (forum, event, rule, about, room, person, step, counts, act, sent_at, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (forum, event, rule) DO NOTHING",
        (
            forum,
            fact.event,
            fact.rule,
            fact.about,
            fact.room,
            fact.person,
            fact.step,
            int(fact.step in STEPS),
            fact.act,
            fact.sent_at,
            fact.at,
        ),
    )


def _redacted(store: Store, forum: str, fact: f.Redacted) -> None:
    store.run("UPDATE message SET redacted = 1 WHERE event = ?", (fact.event,))


def _proposal(store: Store, forum: str, fact: f.Proposal) -> None:
    store.run(
        "INSERT INTO proposal (forum, number, what, room, users, persons, detail, state, needs, by_whom, due, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (forum, number) DO UPDATE SET state = excluded.state,"
        " users = excluded.users, needs = excluded.needs, by_whom = excluded.by_whom, due = excluded.due",
        (
            forum,
            fact.number,
            fact.what,
            fact.room,
            "\n".join(fact.users),
            "\n".join(fact.persons),
            fact.detail,
            fact.state,
            fact.needs,
            fact.by,
            fact.due,
            fact.at,
        ),
    )


LASTING = frozenset({"mute", "ban", "lock", "floor", "speak"})
"""Acts that stand until they end or are taken back."""


def _act(store: Store, forum: str, fact: f.Act) -> None:
    store.run(
        "INSERT INTO act (forum, number, verb, room, user_id, person, rule, by_whom, cause, at, until, standing,"
        " undone, result, body, before) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'','',?,NULL)",
        (
            forum,
            fact.number,
            fact.verb,
            fact.room,
            fact.user,
            fact.person or "",
            fact.rule,
            fact.by,
            fact.cause,
            fact.at,
            fact.until,
            int(fact.verb in LASTING),
            canonical(fact),
        ),
    )
    if fact.undoes:
        store.run(
            "UPDATE act SET undone = ?, standing = 0 WHERE forum = ? AND number = ?",
            (fact.number, forum, fact.undoes),
        )


def _act_done(store: Store, forum: str, fact: f.ActDone) -> None:
    store.run(
        "UPDATE act SET result = ?, before = ? WHERE forum = ? AND number = ?",
        (fact.result, _json(fact.before) if fact.before else None, forum, fact.number),
    )
    if fact.result in ("done", "already"):
        return
    # What was not done does not last, and takes nothing back.
    store.run("UPDATE act SET standing = 0 WHERE forum = ? AND number = ?", (forum, fact.number))
    taken_back = store.one(
        "SELECT number, verb FROM act WHERE forum = ? AND undone = ? AND EXISTS"
        " (SELECT 1 FROM act AS gone WHERE gone.forum = act.forum AND gone.number = ? AND gone.undone = '')",
        (forum, fact.number, fact.number),
    )
    if taken_back is not None:
        number, verb = taken_back
        store.run(
            "UPDATE act SET undone = '', standing = ? WHERE forum = ? AND number = ?",
            (int(verb in LASTING), forum, number),
        )


def _granted(store: Store, forum: str, fact: f.Granted) -> None:
    store.run(
        "INSERT INTO granted (forum, number, standing, at, body) VALUES (?,?,1,?,?)"
        " ON CONFLICT (forum, number) DO UPDATE SET standing = 1, at = excluded.at, body = excluded.body",
        (forum, fact.number, fact.at, canonical(fact)),
    )


def _revoked(store: Store, forum: str, fact: f.Revoked) -> None:
    store.run("UPDATE granted SET standing = 0 WHERE forum = ? AND number = ?", (forum, fact.number))


def _room_replaced(store: Store, forum: str, fact: f.RoomReplaced) -> None:
    """What is open goes on in the new room, and so does undoing; threads and what was said stay where they are."""
    for table in ("directive", "report"):
        store.run(
            f"UPDATE {table} SET room = ?, thread = NULL WHERE forum = ? AND room = ?",
            (fact.replacement, forum, fact.room),
        )
    for table, where in (("proposal", " AND state = 'open'"), ("meeting", " AND state = 'open'"), ("act", "")):
        store.run(
            f"UPDATE {table} SET room = ? WHERE forum = ? AND room = ?{where}",
            (fact.replacement, forum, fact.room),
        )


def _asked(store: Store, forum: str, fact: f.Asked) -> None:
    store.run(
        "INSERT INTO asked (forum, what, about, person, at) VALUES (?,?,?,?,?)"
        " ON CONFLICT (forum, what, about) DO UPDATE SET person = excluded.person, at = excluded.at",
        (forum, fact.what, fact.about, fact.person or "", fact.at),
    )


_APPLY: dict[type, Callable[[Store, str, Any], None]] = {
    f.Message: _message,
    f.EvidenceSettled: checks.settled,
    f.CheckOpened: checks.opened,
    f.CheckDropped: checks.dropped,
    f.MediaReplaced: checks.replaced,
    f.Decision: decisions.record,
    f.DecisionChanged: decisions.change,
    f.Corrected: _corrected,
    f.Redacted: _redacted,
    f.Edited: _edited,
    f.Conduct: _conduct,
    f.Membership: entrances.note,
    f.Proposal: _proposal,
    f.Act: _act,
    f.ActDone: _act_done,
    f.Granted: _granted,
    f.Revoked: _revoked,
    f.Asked: _asked,
    f.RoomReplaced: _room_replaced,
    **worked.APPLY,
    **meetings.APPLY,
    f.DigestWanted: mornings.note,
}
"""Kinds of fact that move a projection; the others are only recorded."""


def apply(store: Store, forum: str, fact: f.AnyFact) -> None:
    """Update the projections for one fact."""
    work = _APPLY.get(type(fact))
    if work is not None:
        work(store, forum, fact)


def blank(store: Store, forum: str, fact: f.AnyFact) -> None:
    """Take out of the projections what a destroyed fact had put there of words and files.

    What is marked as destroyed stays without words, whatever a later fact about it says: so the order in which
    facts are destroyed makes no difference, and a rebuild comes to the same.
    """
    if isinstance(fact, f.Message):
        store.run(
            "UPDATE message SET sender = '', name = '', text = '', media = NULL, destroyed = 1 WHERE event = ?",
            (fact.event,),
        )
        store.run("UPDATE media SET mxc = '' WHERE event = ?", (fact.event,))
    elif isinstance(fact, f.Directive):
        store.run(
            "UPDATE directive SET name = '', text = '', due_phrase = '', reason = '', destroyed = 1"
            " WHERE forum = ? AND number = ?",
            (forum, fact.number),
        )
    elif isinstance(fact, f.DirectiveChanged) and (fact.due is not None or fact.reason):
        store.run(
            "UPDATE directive SET due_phrase = '', reason = '', destroyed = 1 WHERE forum = ? AND number = ?",
            (forum, fact.number),
        )
        steps.blank(store, forum, fact)
    elif isinstance(fact, f.Report):
        store.run(
            "UPDATE report SET name = '', text = '', reason = '', destroyed = 1 WHERE forum = ? AND number = ?",
            (forum, fact.number),
        )
    elif isinstance(fact, f.ReportChanged) and (fact.text is not None or fact.reason):
        store.run(
            "UPDATE report SET text = '', reason = '', destroyed = 1 WHERE forum = ? AND number = ?",
            (forum, fact.number),
        )
        steps.blank(store, forum, fact)
    elif isinstance(fact, f.Decision):
        decisions.blank(store, forum, fact)
    elif isinstance(fact, f.CheckOpened):
        checks.blank(store, forum, fact)
    elif isinstance(fact, f.MediaReplaced):
        store.run("UPDATE media SET mxc = '' WHERE event = ? AND place = ?", (fact.event, fact.index))
    elif isinstance(fact, f.Edited):
        store.run("DELETE FROM edit WHERE edit = ?", (fact.edit,))
    elif isinstance(fact, f.EvidencePaired):
        store.run("UPDATE media SET mxc = '' WHERE event = ? AND place = ?", (fact.event, fact.index))
    elif isinstance(fact, f.EvidenceJudged):
        store.run(
            "UPDATE media SET mxc = '', mime = '', grid = '', destroyed = 1 WHERE event = ? AND place = ?",
            (fact.event, fact.index),
        )
    else:
        meetings.blank(store, forum, fact)


def rebuild(store: Store) -> int:
    """Empty the projections and derive them anew from all facts; returns how many facts were applied."""
    for table in PROJECTIONS:
        store.run(f"DELETE FROM {name_of(table)}")
    return replay(store, store)


def replay(facts: Store, into: Store) -> int:
    """Derive the projections of all facts of a ledger into empty tables; returns how many facts were applied.

    A forum's facts are applied in the order of the chain, whatever its clock did. Those of several forums are
    merged by the times at which they were recorded, since first uses span forums. Of destroyed contents only what
    is left of them is applied.
    """
    count = 0
    forums = [row[0] for row in facts.all("SELECT id FROM forum ORDER BY id")]
    histories = (_history(facts, place, forum) for place, forum in enumerate(forums))
    for _, _, forum, body, destroyed in heapq.merge(*histories):
        fact = _decode(body)
        apply(into, forum, fact)
        if destroyed:
            blank(into, forum, fact)
        count += 1
    return count


def _history(store: Store, place: int, forum: str) -> Iterator[tuple[int, int, str, bytes, bool]]:
    """(latest time so far, place of the forum, forum, body, destroyed) of a forum's facts, read a page at a time.

    The body of a destroyed one is its husk.
    """
    position, latest = 0, 0
    while rows := store.all(
        "SELECT position, at, body, husk FROM fact WHERE forum = ? AND position > ? ORDER BY position LIMIT ?",
        (forum, position, PAGE),
    ):
        position = rows[-1][0]
        for _, at, body, husk in rows:
            latest = max(latest, at)
            left = body if body is not None else husk
            if left is not None:
                yield latest, place, forum, bytes(left), body is None
