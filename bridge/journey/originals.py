"""What must be kept of a message before it may be taken back in its room (DESIGN's P5)."""

from __future__ import annotations

from bridge.forum.spoken import read
from bridge.ledger import fetching, inbox
from bridge.ledger.store import Store
from bridge.model.effects import Judge
from bridge.model.ports import MatrixError


def kept(store: Store, event: str, now: int) -> bool:
    """Whether the original is here with all of its files; files that nobody has asked for yet are fetched now.

    Photos and videos of members are fetched anyway; documents, voices and whatever strangers send, only now. What
    the homeserver no longer has, or is larger than the policy takes, has its verdict and is waited for no more.
    Raises MatrixError for a message that was never taken in: of that nothing would be left.
    """
    original = inbox.event_of(store, event)
    if original is None:
        raise MatrixError("not_kept", "the message was never recorded, so that nothing of it would be left")
    pending = fetching.unfetched(store, event)
    spoken = read(original)
    files = {place: (part, spoken.files[place]) for place, part in enumerate(spoken.media)}
    judges = [
        Judge(
            event=event,
            index=one.index,
            mxc=one.mxc,
            file=files[one.index][1],
            kind=one.kind,
            claimed=files[one.index][0].mimetype,
            room=one.room,
            person=one.person,
        )
        for one in pending
        if one.index in files
    ]
    fetching.add(store, [(one.forum, judge, now) for one, judge in zip(pending, judges, strict=False)])
    return not judges and fetching.is_stored(store, event)
