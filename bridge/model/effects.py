"""Effects: what a rule wants done in the world. The outbox carries them out, once.

Targets may be symbolic: a :data:`Ref` such as ``P-12.card`` names something of ours that is posted later, and is
resolved to an event id when the effect is delivered. Texts are keys of the language catalogue with their values.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bridge.model.event import Json

Ref = str
"""A name of something we post: `P-12.card`, `L-7.chip`, `control.adoption`. Unique within a forum."""

Value = str | int | float | bool | None | list[str]
"""A value for a catalogue text. Times are passed as ISO 8601 text with an offset."""


class Lane(StrEnum):
    """Lanes share one budget per sending account; lower ones wait for higher ones."""

    SAFETY = "safety"
    MEMBERSHIP = "membership"
    ANSWERS = "answers"
    CARDS = "cards"
    REMINDERS = "reminders"


LANE_ORDER = {Lane.SAFETY: 0, Lane.MEMBERSHIP: 1, Lane.ANSWERS: 2, Lane.CARDS: 3, Lane.REMINDERS: 4}


class Hearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table that says who hears a text, from which stage on, and whether it rings."""

    where: str
    """room, control, audit or private: for people who read the table."""
    stage: str = "remind"
    """The stage from which on it is said outside the control and audit rooms."""
    rings: bool = False
    """Sent as `m.text` with mentions; otherwise as `m.notice`, which never rings."""
    always: bool = False
    """Rings in quiet hours, too."""


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect"):
    """The base of all effects. ``lane`` is a property of the kind, unless the rule raises it."""

    lane: Lane = Lane.ANSWERS


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A further catalogue text of a message, on a line of its own."""

    key: str
    values: dict[str, Value] = {}


class React(Effect, frozen=True, kw_only=True, tag="react"):
    """Put a reaction on an event (`m.annotation`). Keys longer than 16 characters are cut by Element X."""

    room: str
    to: str
    key: str
    ref: Ref


class Retract(Effect, frozen=True, kw_only=True, tag="retract"):
    """Redact what we posted under a ref; nothing to do when it was never posted or is already gone."""

    room: str
    ref: Ref


class Say(Effect, frozen=True, kw_only=True, tag="say"):
    """Say a catalogue text in a room.

    ``rings`` makes it an `m.text` with `m.mentions` of ``mentions``; otherwise it is an `m.notice`, which never
    rings. ``reply_to`` and ``thread`` are event ids or refs. ``person`` addresses a direct chat with that person
    instead of ``room``, which is made when there is none.
    """

    room: str = ""
    person: str = ""
    key: str
    values: dict[str, Value] = {}
    lines: tuple[Line, ...] = ()
    """What stands below the text, one line each; a list of numbers, a help."""
    rings: bool = False
    mentions: tuple[str, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    picture: bool = False
    """Alone with a person: the text stands below the picture of the welcome, and is not said without it."""
    ref: Ref = ""


class Refresh(Effect, frozen=True, kw_only=True, tag="refresh"):
    """Post a card, or edit it in place; rendered from the ledger when sent. Replaces an unsent older one."""

    room: str
    card: str
    """`P-12` for a directive's card, `adoption` or `proposal:A-3` in the control room."""
    ref: Ref
    mentions: tuple[str, ...] = ()
    """Whom the first posting rings; edits never ring."""
    thread: str | None = None
    lane: Lane = Lane.CARDS


class Invite(Effect, frozen=True, kw_only=True, tag="invite"):
    """Invite a person; already invited or joined is success."""

    room: str
    user: str
    reason: str
    act: str
    lane: Lane = Lane.MEMBERSHIP


class Remove(Effect, frozen=True, kw_only=True, tag="remove"):
    """Remove (kick) a person, or take back an invitation; already gone is success."""

    room: str
    user: str
    reason: str
    act: str
    lane: Lane = Lane.MEMBERSHIP


class Ban(Effect, frozen=True, kw_only=True, tag="ban"):
    """Ban an account from a room; already banned is success."""

    room: str
    user: str
    reason: str
    act: str
    lane: Lane = Lane.MEMBERSHIP


class Unban(Effect, frozen=True, kw_only=True, tag="unban"):
    """Lift a ban; not banned is success. Nobody is invited by it."""

    room: str
    user: str
    reason: str
    act: str
    lane: Lane = Lane.MEMBERSHIP


class Redact(Effect, frozen=True, kw_only=True, tag="redact"):
    """Redact somebody's event for everybody; already redacted is success.

    Nothing is redacted before its original and its media are stored: until then it waits (DESIGN's P5).
    """

    room: str
    event: str
    reason: str
    act: str
    lane: Lane = Lane.SAFETY


class SetKeys(Effect, frozen=True, kw_only=True):
    """Change single keys of a room's state, merged into freshly read content.

    ``changes`` maps a path to a value; None removes the key. A path in ``only_if`` is changed only while it still
    holds that value: a restore touches nothing that somebody else set. What was found before is recorded in the
    act's `ActDone`.
    """

    room: str
    changes: dict[str, int | None]
    only_if: dict[str, int | None] = {}
    restores: str = ""
    """Instead of ``changes``: the number of an act whose changes are put back to what it found when it was done."""
    act: str
    lane: Lane = Lane.SAFETY


class SetLevels(SetKeys, frozen=True, kw_only=True, tag="set_levels"):
    """Change power levels: a path such as `users/@a:hs` or `events_default` to a level."""


class SetServers(SetKeys, frozen=True, kw_only=True, tag="set_servers"):
    """Change which servers may take part in a room; paths and values as in :mod:`bridge.model.servers`."""


class Join(Effect, frozen=True, kw_only=True, tag="join"):
    """Accept an invitation."""

    room: str
    act: str = ""
    lane: Lane = Lane.MEMBERSHIP


class Decline(Effect, frozen=True, kw_only=True, tag="decline"):
    """Leave a room or refuse an invitation."""

    room: str
    lane: Lane = Lane.MEMBERSHIP


class Follow(Effect, frozen=True, kw_only=True, tag="follow"):
    """Follow a room (``room``) to the one that replaces it, after an upgrade.

    Nothing is followed that the new room does not confirm: its `m.room.create` names the old one as its
    predecessor. Already followed is success; a room that does not let us in is waited for.
    """

    room: str
    replacement: str
    lane: Lane = Lane.MEMBERSHIP


class Link(Effect, frozen=True, kw_only=True, tag="link"):
    """List a room in a space (`m.space.child`, `m.space.parent`), where we may; what is listed stays as it is."""

    room: str
    child: str
    lane: Lane = Lane.REMINDERS


class ShowPictures(Effect, frozen=True, kw_only=True, tag="show_pictures"):
    """Show a photo or video side by side with the one that it is like, as one picture; alone where there is none.

    What the archive does not have (any more), or what cannot be drawn, is left out; with nothing left nothing is
    sent.
    """

    room: str
    number: str
    event: str
    index: int
    earlier_event: str | None = None
    earlier_index: int = 0
    ref: Ref
    lane: Lane = Lane.CARDS


class PostBundle(Effect, frozen=True, kw_only=True, tag="post_bundle"):
    """Export a sealed week, upload the bundle to the audit room and post it as a file."""

    room: str
    week: str
    ref: Ref
    lane: Lane = Lane.REMINDERS


class Discard(Effect, frozen=True, kw_only=True, tag="discard"):
    """Remove what lies beside the ledger of destroyed contents: archived files, our own copies of bundles.

    A file stays while a record that is kept shows the same bytes. What is gone already is success.
    """

    room: str = ""
    sha256s: tuple[str, ...] = ()
    weeks: tuple[str, ...] = ()
    """ISO weeks whose bundles are removed from the folder of exports."""
    lane: Lane = Lane.REMINDERS


AnyEffect = (
    React
    | Retract
    | Say
    | Refresh
    | Invite
    | Remove
    | Ban
    | Unban
    | Redact
    | SetLevels
    | SetServers
    | Join
    | Decline
    | Follow
    | Link
    | PostBundle
    | ShowPictures
    | Discard
)


def told_of(number: str) -> Ref:
    """Under which ref somebody is told of an act, so that it is not said of an act that was taken back in time."""
    return f"{number}.told"


Deed = Invite | Remove | Ban | Unban | Redact | SetLevels | SetServers
"""Effects that carry out an act (`act` is its number) on people and rooms."""


class Timer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Wake the rules at ``due`` (ms). ``name`` is unique: setting it again moves it, cancelling removes it.

    ``person`` is whom it concerns: it waits for this person's sealed messages and uninspected pictures, at most
    until ``patience`` (ms), and then fires with ``unknown`` set.
    """

    name: str
    due: int
    kind: str
    about: str = ""
    person: str | None = None
    patience: int | None = None
    unknown: bool = False
    keep: bool = False
    """Leave a timer of this name that is overdue as it is: it must still fire."""
    overtaken: int | None = None
    """From this time (ms) on another one says what this one would have said."""


class CancelTimer(msgspec.Struct, frozen=True):
    """Take a timer back; nothing to do when it has fired."""

    name: str


class Judge(msgspec.Struct, frozen=True, kw_only=True):
    """Fetch and inspect a media file. The verdict comes back as an inbox row of kind `evidence`."""

    event: str
    index: int
    mxc: str
    file: Json | None = None
    kind: str
    claimed: str = ""
    room: str
    person: str | None = None
