"""How long the record is kept: what the policy says, what the forum was told, and who agrees to less.

What counts is what the forum was told (:class:`bridge.model.facts.Keeping`). More is kept at once; less waits for
two people, and then for some days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from bridge.forum import proposals
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import KeepingView, Outcome, ProposalView, Situation
from bridge.policy.types import Period

DAY_MS = 24 * 3600 * 1000

GRACE_MS = 7 * DAY_MS
"""How long the forum has known of a time before anything is destroyed under it."""

RULE = "rule:retention"


class Terms(msgspec.Struct, frozen=True):
    """How long the record is kept."""

    messages: Period
    media: Period
    hold: bool

    @property
    def ends(self) -> bool:
        """Whether anything is destroyed."""
        return not self.hold and (self.messages.ends or self.media.ends)

    def of(self, what: str) -> Period:
        """How long `messages` or `media` are kept."""
        return self.messages if what == "messages" else self.media

    def safest(self, other: Terms) -> Terms:
        """What keeps everything that either of them keeps."""
        return Terms(
            other.messages if self.messages.shorter_than(other.messages) else self.messages,
            other.media if self.media.shorter_than(other.media) else self.media,
            self.hold or other.hold,
        )


def wanted(book: Book) -> Terms:
    """What the policy says."""
    record = book.policy.record
    return Terms(record.keep.messages, record.keep.files, record.hold)


def in_force(view: KeepingView) -> Terms | None:
    """What the forum was told; None when it was told nothing."""
    if view.agreed is not None:
        read = Period.read(view.agreed.messages), Period.read(view.agreed.media)
        return Terms(read[0] or Period(), read[1] or Period(), view.agreed.hold)
    # An earlier version said what is recorded and destroyed nothing: that was its promise.
    return Terms(Period(), Period(), False) if view.announced else None


def agree(view: KeepingView, situation: Situation, book: Book, now: int, cause: str) -> Outcome:
    """Let the policy's terms take force as far as they keep more; for the rest ask two people."""
    target, told = wanted(book), in_force(view)
    safe = target if told is None else told.safest(target)
    outcome = Outcome()
    if view.agreed is None or safe != told:
        since = view.agreed.counts_from if view.agreed is not None else now + GRACE_MS
        outcome.merge(take_force(safe, RULE, book, now, cause=cause, since=since, first=not view.announced))
    waiting = [one for one in situation.proposals if one.what == "retention"]
    stale = [one for one in waiting if target == safe or terms_of(one) != target]
    for one in stale:
        outcome.merge(proposals.move(one, "expired", by=RULE, now=now, cause=cause, book=book, needs=0))
    if target == safe or len(waiting) > len(stale) or _refused(view.proposal, target, book):
        return outcome
    return outcome.merge(
        proposals.open_proposal(
            "retention",
            room=book.rooms.get("forum", ""),
            by=RULE,
            series=Series(situation, book),
            book=book,
            now=now,
            cause=cause,
            detail=_detail(target, view.count, book),
            needs=2,
        )
    )


def _refused(newest: ProposalView | None, target: Terms, book: Book) -> bool:
    """Whether people said no to this very policy; a file that is written anew is asked about again."""
    if newest is None or newest.state != "cancelled":
        return False
    return terms_of(newest) == target and plan_of(newest).get("policy") == str(book.policy.version)


def _detail(terms: Terms, count: int, book: Book) -> str:
    hold = "true" if terms.hold else "false"
    return (
        f"messages: {terms.messages}; media: {terms.media}; hold: {hold}; records: {count};"
        f" policy: {book.policy.version}"
    )


def plan_of(proposal: ProposalView) -> dict[str, str]:
    """What a proposal about retention says, by its words: messages, media, hold, records and policy."""
    return dict(re.findall(r"(\w+): ([^;]*)", proposal.detail))


def terms_of(proposal: ProposalView) -> Terms | None:
    """The terms that a proposal asks for; None for one that says none."""
    said = plan_of(proposal)
    messages, media = (Period.read(said.get(what, "")) for what in ("messages", "media"))
    if messages is None or media is None:
        return None
    return Terms(messages, media, said.get("hold") == "true")


def agreed(proposal: ProposalView, by: str, book: Book, now: int, cause: str) -> Outcome:
    """Two people have agreed to keep less: the forum is told, and some days later it begins."""
    terms = terms_of(proposal)
    if terms is None or terms != wanted(book):
        return proposals.move(proposal, "expired", by=by, now=now, cause=cause, book=book, needs=0)
    outcome = proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0)
    return outcome.merge(
        take_force(terms, f"{proposal.by}+{by}", book, now, cause=cause, since=now + GRACE_MS, first=False)
    )


def take_force(terms: Terms, by: str, book: Book, now: int, *, cause: str, since: int, first: bool) -> Outcome:
    """How long the record is kept from now on; nothing of it is destroyed before ``since`` (ms)."""
    outcome = Outcome(
        facts=[
            f.Keeping(
                messages=str(terms.messages),
                media=str(terms.media),
                hold=terms.hold,
                counts_from=since,
                by=by,
                policy_version=book.policy.version,
                at=now,
                cause=cause,
            )
        ]
    )
    forum = book.rooms.get("forum")
    if forum is None:
        return outcome
    readers = book.policy.record.readers
    lines = tuple(_lines(terms, since, now, book))
    if not first:
        say = Say(room=forum, key="record.keeping", lines=lines, ref="record.announced")
    elif readers is None:
        say = Say(room=forum, key="record.announced_plain", lines=lines, ref="record.announced")
    else:
        values: dict[str, Value] = {"readers": readers}
        say = Say(room=forum, key="record.announced", values=values, lines=lines, ref="record.announced")
    outcome.effects.append(say)
    return outcome


def _lines(terms: Terms, since: int, now: int, book: Book) -> Iterator[Line]:
    """How long, in the words of the forum's language; made of what is done and of nothing else."""
    messages, media = str(terms.messages), str(terms.media)
    if terms.hold:
        yield Line("record.held")
    elif not terms.ends:
        yield Line("record.kept_for_good")
    else:
        if messages == media:
            yield Line("record.kept", {"period": messages})
        elif not terms.messages.ends:
            yield Line("record.kept_files", {"media": media})
        else:
            yield Line("record.kept_both", {"messages": messages, "media": media})
        yield Line("record.kept_open")
        if since > now:
            yield Line("record.kept_from", {"day": book.local(since).date().isoformat()})
