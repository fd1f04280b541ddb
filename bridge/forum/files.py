"""The rule for the admin's files: a policy or roster takes force, or is not taken; and what it brings about.

What it brings about is decided by the very rules that decide it on any other day, and is put into sentences that
the record keeps with the version. `tudang policy plan` runs the same rule on the same row and records nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import msgspec

from bridge.forum import grants, handover, membership, retention, weeks
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.stages import reached, restrain
from bridge.forum.telling import Told, bounded, told
from bridge.model import facts as f
from bridge.model.effects import Line, Say
from bridge.model.situation import Needs, Outcome, Situation

SHOWN_PROBLEMS, SHOWN_CHANGES, SHOWN_EFFECTS = 10, 15, 15


class FileNews(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A policy or roster was loaded, or could not be."""

    what: str
    version: int = 0
    sha256: str = ""
    author: str = ""
    """Who wrote it, as far as the file says so."""
    changes: tuple[str, ...] = ()
    """How it differs from the version before, as sentences."""
    problems: tuple[str, ...] = ()
    settles: bool = True
    """The last of the files that take force together: what they bring about is decided with it."""


file_news = msgspec.json.Decoder(FileNews).decode


def needs(taken: Taken, book: Book) -> Needs:
    """What the rules that files wake need; nothing for a file that is not taken or is followed by another."""
    news = file_news(taken.body)
    if news.problems or not news.settles:
        return Needs()
    return Needs(members=True, reports_since=handover.since(book, taken.at))


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A version takes force with everything it brings about; a bad file changes nothing and is shown."""
    news = file_news(taken.body)
    if news.problems:
        return _rejected(news, taken.key, book)
    brought, so, held = Outcome(), Told(), Told()
    if news.settles:
        brought = consequences(taken, situation, book, now)
        so = _let_out(copy.copy(brought), situation.stage, book, now)
        if situation.stage != "enforce":
            full = msgspec.structs.replace(situation, stage="enforce")
            held = _let_out(consequences(taken, full, book, now), "enforce", book, now)
    version = f.FileVersion(
        what=news.what,
        version=news.version,
        sha256=news.sha256,
        author=news.author,
        changes=bounded(news.changes),
        effects=bounded(so.at_once),
        waiting=bounded(so.waiting),
        held=bounded(held.without(so)),
        at=now,
    )
    outcome = Outcome(facts=[version])
    if news.what == "policy":
        outcome.timers += [weeks.sealing(now, book), weeks.morning(now, book), retention.at_once(now)]
    outcome.effects += _accepted(version, book)
    return outcome.merge(brought)


def _let_out(outcome: Outcome, stage: str, book: Book, now: int) -> Told:
    """The sentences of what a stage lets out."""
    restrained = restrain(outcome, stage, book, now)
    if not reached(stage, book.hearing["handover.incoming"].stage):
        restrained.timers = []
    return told(restrained, book, now)


def consequences(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """What new files bring about by themselves: whoever adds a rule that they wake, adds it here.

    Asked a second time, with another stage, for what the stage holds back: it must have no memory.
    """
    outcome = membership.decide(taken, situation, book, now)
    outcome.merge(grants.settled(book, now, taken.key)).merge(handover.reloaded(book, now))
    return outcome.merge(handover.noted(situation, book, now, taken.key))


def _rejected(news: FileNews, key: str, book: Book) -> Outcome:
    control = book.rooms.get("control")
    if control is None:
        return Outcome()
    said = Say(
        room=control,
        key="file.rejected",
        values={"file": news.what, "count": len(news.problems)},
        lines=_listed(news.problems, SHOWN_PROBLEMS),
        ref=f"file:{news.what}:{key}",
    )
    return Outcome(effects=[said])


def _accepted(version: f.FileVersion, book: Book) -> list[Say]:
    """The control room hears what is different and what comes of it; nothing of the very first files."""
    control = book.rooms.get("control")
    if control is None or version.version == 1 or not version.changes:
        return []
    lines = list(_listed(version.changes, SHOWN_CHANGES))
    if version.effects:
        lines += [Line("file.at_once"), *_listed(version.effects, SHOWN_EFFECTS)]
    if version.waiting:
        lines += [Line("file.waiting"), *_listed(version.waiting, SHOWN_EFFECTS)]
    if version.held:
        lines += [Line("file.held"), *_listed(version.held, SHOWN_EFFECTS)]
    return [
        Say(
            room=control,
            key="file.accepted",
            values={"file": version.what, "version": version.version, "count": len(version.changes)},
            lines=tuple(lines),
            ref=f"file:{version.what}:{version.version}",
        )
    ]


def _listed(lines: Sequence[str], limit: int) -> tuple[Line, ...]:
    shown = (*lines[:limit], *(["…"] if len(lines) > limit else []))
    return tuple(Line("file.line", {"line": line}) for line in shown)
