"""What a bare consent may answer, and what the experts are asked about: bounded, and only read when one is said."""

from __future__ import annotations

import msgspec

from bridge.ledger import decisions, work
from bridge.ledger.inbox import event_of
from bridge.ledger.record import Recorder
from bridge.ledger.store import Store
from bridge.ledger.subjects import file_of, subject_of
from bridge.model import facts as f
from bridge.model.situation import ConsentView, Needs, ProposalView, Subject

LOOKED_AT, BEFORE = 20, 8
ASKED = ("consent", "reworded")
_message = msgspec.json.Decoder(f.Message).decode


def found(
    recorder: Recorder, forum: str, room: str, needs: Needs, subject: Subject | None, proposal: object
) -> dict[str, object]:
    """What `gather` answers of a consent that was said, or of the card about one."""
    store = recorder.store
    if isinstance(proposal, ProposalView) and proposal.what in ASKED:
        consent = view(store, forum, proposal)
        if consent is None:
            return {}
        answered = consent.proposal
        if answered is None or not answered.media:
            return {"consent": consent}
        return {
            "consent": consent,
            "media": work.media_of(store, forum, answered.event),
            "file_of_subject": file_of(store, answered.event),
        }
    if needs.said_since is None:
        return {}
    before = said_before(recorder, forum, room, needs.said_since) if subject is None else ()
    events = [one.event for one in (*before, *([subject] if subject is not None else []))]
    settled = _settled(store, forum, events)
    waiting = next((one for one in before if one.media and one.event not in settled), None)
    media = work.media_of(store, forum, waiting.event) if waiting is not None else None
    files = {"media": media, "file_of_subject": file_of(store, waiting.event)} if waiting is not None else {}
    return {"before": before, "settled": settled, **files}


def said_before(recorder: Recorder, forum: str, room: str, since: int) -> tuple[Subject, ...]:
    """The newest messages in a room since a time, newest first."""
    # What this very transaction records is not in the table before that.
    recorder.flush()
    rows = recorder.store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'message' AND body IS NOT NULL"
        " ORDER BY position DESC LIMIT ?",
        (forum, LOOKED_AT),
    )
    facts = (_message(bytes(row[0])) for row in rows)
    events = [one.event for one in facts if one.room == room and one.received_at >= since][:BEFORE]
    subjects = (subject_of(recorder.store, forum, event) for event in events)
    return tuple(one for one in subjects if one is not None and not one.destroyed)


def _settled(store: Store, forum: str, events: list[str]) -> frozenset[str]:
    """Which of these messages was decided on of late, or asked about."""
    if not events:
        return frozenset()
    marks = ",".join("?" * len(events))
    asked = store.all(
        f"SELECT about FROM asked WHERE forum = ? AND what = 'doubt' AND about IN ({marks})",
        (forum, *(f"consent:{event}" for event in events)),
    )
    standing = (one.fact for one in decisions.newest(store, forum) if one.state != "withdrawn")
    decided = {one.proposal_event for one in standing if one.proposal_event in events}
    return frozenset(row[0].removeprefix("consent:") for row in asked) | frozenset(filter(None, decided))


def view(store: Store, forum: str, proposal: ProposalView) -> ConsentView | None:
    """What a card of the control room asks about a decision."""
    event, _, other = proposal.detail.partition(" ")
    said = subject_of(store, forum, event)
    if said is None:
        return None
    row = store.one("SELECT redacted FROM message WHERE event = ?", (event,))
    redacted = bool(row and row[0])
    if proposal.what == "consent":
        return ConsentView(
            said=said, redacted=redacted, proposal=subject_of(store, forum, other) if other else None
        )
    return ConsentView(
        said=said,
        redacted=redacted,
        decision=decisions.view(store, forum, said.number) if said.number else None,
        words=_new_words(store, other),
    )


def _new_words(store: Store, edit: str) -> str:
    """What a message says since an edit; empty when the edit is gone."""
    event = event_of(store, edit)
    new = event.content.get("m.new_content") if event is not None else None
    body = new.get("body") if isinstance(new, dict) else None
    return body.strip() if isinstance(body, str) else ""
