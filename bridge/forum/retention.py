"""The end of retention: what is destroyed, and when.

How long the record is kept is agreed on in :mod:`bridge.forum.keeping`. What is over goes by whole weeks, never
before the week was sealed and its bundle stands in the audit room, and never while something open rests on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from bridge.forum import keeping
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.weeks import RETENTION_TIME, next_time
from bridge.model import facts as f
from bridge.model.chain import runs
from bridge.model.clock import milliseconds
from bridge.model.effects import AnyEffect, Discard, Line, PostBundle, Say, Timer, Value
from bridge.model.situation import Aged, Aging, KeepingView, Look, Needs, Outcome, Situation
from bridge.policy.types import LEAST_DAYS, WEEKDAYS, Period

LEAST_MS = LEAST_DAYS * keeping.DAY_MS
"""Nothing younger is ever destroyed, whatever a policy says."""

AGREE_MS = 2 * keeping.DAY_MS
"""The homeserver's clock is asked for its opinion at least this often: it dates the head that we post every day."""

PHASES = (("media", False), ("messages", False), ("media", True), ("messages", True))
"""What is looked at in one run, in order: what is newly over, then what had been kept back."""

NAMED = 10
AT_ONCE_MS = 60_000
"""A timer whose time has passed already need not wait for the homeserver to be asked once more."""


def at_once(now: int) -> Timer:
    """See at once how long the record is kept now: a policy or a stage is new."""
    return Timer(name="retention", due=now - AT_ONCE_MS, kind="retention")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is; between its rows it is written into the timer's ``about``."""

    phase: int = 0
    after: int = 0
    media: int = 0
    """Up to which position media are over, and messages."""
    messages: int = 0
    records: int = 0
    """What has gone so far."""
    files: int = 0
    kept_back: int = 0

    def written(self) -> str:
        """As text."""
        return " ".join(str(value) for value in msgspec.structs.astuple(self))

    @staticmethod
    def read(text: str) -> Run:
        """From text."""
        names = (field.name for field in msgspec.structs.fields(Run))
        return Run(**dict(zip(names, map(int, text.split()), strict=True)))

    @property
    def look(self) -> Look:
        """What the next row looks at."""
        what, again = PHASES[self.phase]
        return Look(
            what=what, after=self.after, upto=self.messages if what == "messages" else self.media, again=again
        )


def over_before(period: Period, at: int, book: Book) -> int:
    """What was sealed before this time (ms) has been kept long enough; 0 when nothing ever has."""
    if not period.ends:
        return 0
    return max(0, min(milliseconds(period.before(book.local(at))), at - LEAST_MS))


# The rows


def needs(taken: Taken, book: Book) -> Needs:
    """How long the record is kept, and how much the policy's own times would destroy; of a step, its records."""
    if taken.timer.kind == "destroy":
        # Nobody is asked to agree in the middle of a run: what would go is not counted again at every step.
        return Needs(keeping=(0, 0), aging=Run.read(taken.timer.about).look)
    terms, due = keeping.wanted(book), taken.timer.due
    return Needs(keeping=(over_before(terms.messages, due, book), over_before(terms.media, due, book)))


def daily(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Once a day, and when a policy or stage is new: agree on how long, then see what is over."""
    outcome = Outcome(timers=[Timer(name="retention", due=next_time(now, RETENTION_TIME, book), kind="retention")])
    view = situation.keeping
    if view is None or situation.stage == "watch":
        return outcome
    outcome.merge(keeping.agree(view, situation, book, now, taken.key))
    if outcome.facts or book.preview:
        # What was only now agreed destroys nothing at once; a preview destroys nothing at all.
        return outcome
    run = _over(view, book, now)
    if run is None:
        return outcome
    obstacle = _obstacle(view, now)
    if obstacle:
        outcome.effects += _told(obstacle, view, taken, book, now)
        return outcome
    outcome.timers.append(_step(run, now))
    return outcome


def destroy(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """One look of a run: what is over and settled goes, the rest is kept back; then the next look."""
    view, run = situation.keeping, Run.read(taken.timer.about)
    if view is None or situation.stage == "watch" or book.preview:
        return Outcome()
    still = _over(view, book, now)
    terms = keeping.in_force(view)
    if still is None or terms is None or _obstacle(view, now):
        # It was held, prolonged or overtaken while the run was under way: tomorrow is another day.
        return Outcome()
    look, aged = run.look, situation.aged
    if look.upto > (still.messages if look.what == "messages" else still.media):
        return Outcome()
    before = over_before(terms.of(look.what), now, book)
    gone = [one for one in aged.records if not one.open and one.touched < before]
    files = _files(gone)
    outcome = Outcome()
    # A week without records still had commands and direct chats, whose raw events go with its messages.
    if gone or (not look.again and (aged.records or (aged.weeks and look.what == "messages"))):
        outcome.facts.append(_fact(gone, aged, look, terms, taken, book, now))
    if gone or (aged.records and aged.weeks):
        outcome.effects.append(Discard(sha256s=files, weeks=aged.weeks))
    run = msgspec.structs.replace(
        run,
        after=aged.records[-1].position if look.again and aged.records else aged.upto,
        records=run.records + len(gone),
        files=run.files + len(files),
        kept_back=run.kept_back + (0 if look.again else len(aged.records) - len(gone)),
    )
    following = run if aged.upto < look.upto else _from_phase(run.phase + 1, run, view)
    if following is None:
        outcome.effects += _summary(run, taken, book)
    else:
        outcome.timers.append(_step(following, now))
    return outcome


def _step(run: Run, now: int) -> Timer:
    """The row in which a run goes on."""
    return Timer(name="destroy", due=now - AT_ONCE_MS, kind="destroy", about=run.written())


def _from_phase(phase: int, run: Run, view: KeepingView) -> Run | None:
    """A run at its first phase from this one on that has something to look at; None when none has."""
    for number, (what, again) in enumerate(PHASES[phase:], phase):
        there = msgspec.structs.replace(run, phase=number, after=0 if again else view.done.get(what, 0))
        if view.kept_back.get(what, 0) if again else there.after < there.look.upto:
            return there
    return None


def _fact(
    gone: Sequence[Aging], aged: Aged, look: Look, terms: keeping.Terms, taken: Taken, book: Book, now: int
) -> f.Destroyed:
    return f.Destroyed(
        what=look.what,
        ranges=tuple(runs(one.position for one in gone)),
        count=len(gone),
        kinds=dict(sorted(Counter(one.kind for one in gone).items())),
        files=len(_files(gone)),
        after=0 if look.again else look.after,
        upto=0 if look.again else aged.upto,
        kept_back=len(aged.records) - len(gone),
        older_than=over_before(terms.of(look.what), now, book),
        keep=str(terms.of(look.what)),
        policy_version=book.policy.version,
        at=now,
        cause=taken.key,
    )


def _files(gone: Sequence[Aging]) -> tuple[str, ...]:
    """The files that records are about, each once."""
    return tuple(sorted({sha256 for one in gone for sha256 in (one.sha256, one.readable) if sha256}))


# What is over, and what stands in the way


def _over(view: KeepingView, book: Book, now: int) -> Run | None:
    """Where a run begins and how far it may go; None when nothing is over."""
    terms = keeping.in_force(view)
    if terms is None or not terms.ends or view.agreed is None or now < view.agreed.counts_from:
        return None
    media, messages = (_limit(view, what, over_before(terms.of(what), now, book)) for what in ("media", "messages"))
    return _from_phase(0, Run(media=media, messages=messages), view)


def _limit(view: KeepingView, what: str, before: int) -> int:
    """Up to which position everything has been kept long enough: the seal of a week, or what is done already."""
    limit = view.done.get(what, 0)
    for position, at in view.seals:
        if at >= before:
            break
        limit = max(limit, position)
    return limit


def _obstacle(view: KeepingView, now: int) -> Literal["", "clock", "unposted"]:
    """Why nothing may be destroyed now, though something is over; empty when it may."""
    if not view.homeserver_at or now - view.homeserver_at > AGREE_MS:
        # A clock that ran ahead would make everything old. The homeserver dates what we post every day.
        return "clock"
    return "unposted" if view.unposted else ""


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:NAMED], *(["…"] if len(names) > NAMED else [])]


def _told(obstacle: str, view: KeepingView, taken: Taken, book: Book, now: int) -> list[AnyEffect]:
    """The control room hears of it once a week, and bundles that were never posted are posted."""
    effects: list[AnyEffect] = []
    control, audit = book.rooms.get("control"), book.rooms.get("audit")
    if obstacle == "unposted" and audit is not None:
        effects += [PostBundle(room=audit, week=week, ref=f"week:{week}.bundle") for week in view.unasked[:2]]
    if control is None or WEEKDAYS[book.local(now).weekday()] != book.policy.week.seal_day:
        return effects
    ref = f"retention.{obstacle}:{taken.timer.due}"
    if obstacle == "clock":
        effects.append(Say(room=control, key="retention.clock", values={"today": book.iso(now)}, ref=ref))
    else:
        values: dict[str, Value] = {"weeks": _some(view.unposted), "count": len(view.unposted)}
        effects.append(Say(room=control, key="retention.unposted", values=values, ref=ref))
    return effects


def _summary(run: Run, taken: Taken, book: Book) -> list[AnyEffect]:
    """What went, for the control room; the record says which."""
    control = book.rooms.get("control")
    if control is None or not run.records:
        return []
    lines = [Line("retention.files", {"count": run.files})] if run.files else []
    if run.kept_back:
        lines.append(Line("retention.kept_back", {"count": run.kept_back}))
    values: dict[str, Value] = {"count": run.records}
    return [
        Say(
            room=control,
            key="retention.done",
            values=values,
            lines=tuple(lines),
            ref=f"retention:{taken.timer.due}",
        )
    ]
