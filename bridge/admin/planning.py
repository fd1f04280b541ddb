"""`tudang policy plan`: what edited files would change, decided by the very rules that the running bridge goes by.

The files are made into an edition beside the versions that the ledger has, and the rule for files is asked for each
that is new, in the situation in which the forum is now. Nothing is recorded and nothing is sent; the ledger is only
looked at, also beside a running bridge. What the rule would have recorded with the version is the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bridge.admin.looking import NothingThere, own_user, rooms_of, seen
from bridge.admin.saying import AdminProblem
from bridge.books import make_book
from bridge.editions import KINDS, edition_of
from bridge.forum.book import Book
from bridge.forum.files import FileNews
from bridge.forum.item import Taken
from bridge.forum.overlaid import with_grants
from bridge.journey.decide import outcome_of
from bridge.lang.catalogue import Catalogue
from bridge.ledger import forums
from bridge.ledger.grants import standing
from bridge.ledger.record import Recorder
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import Clock
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration, load_sources, read_source, source_of
from bridge.policy.problems import Problem, Refused
from bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What files would change. ``versions`` are what the record would say of those that are new, in order."""

    stage: str
    in_force: Mapping[str, int]
    """The numbers of the files as they would be in force."""
    versions: tuple[f.FileVersion, ...] = ()
    warnings: tuple[Problem, ...] = field(default_factory=tuple)

    @property
    def at_once(self) -> tuple[str, ...]:
        """What would be done at once."""
        return tuple(line for version in self.versions for line in version.effects)

    @property
    def waiting(self) -> tuple[str, ...]:
        """What would wait for a notice or for people."""
        return tuple(line for version in self.versions for line in version.waiting)

    @property
    def held(self) -> tuple[str, ...]:
        """What the stage would hold back."""
        return tuple(line for version in self.versions for line in version.held)


def read(directory: Path, replaced: Mapping[str, bytes] | None = None) -> Configuration:
    """The two files of a folder; ``replaced`` holds texts that stand in for what is on the disk, by kind.

    Raises :class:`bridge.policy.problems.Refused` with every problem.
    """
    sources = []
    for what, name in zip(KINDS, (POLICY_NAME, ROSTER_NAME), strict=True):
        text = (replaced or {}).get(what)
        path = directory / name
        sources.append(read_source(path) if text is None else source_of(path, text))
    return load_sources(*sources)


def make_plan(settings: Settings, configuration: Configuration, clock: Clock) -> Plan:
    """What these files would change in the forum of the settings. Raises :class:`AdminProblem`."""
    with seen(settings) as store:
        try:
            return plan_of(store, settings, configuration, clock)
        except NothingThere as error:
            raise AdminProblem("plan.no_forum", forum=settings.forum.record) from error


def plan_of(store: Store, settings: Settings, configuration: Configuration, clock: Clock) -> Plan:
    """The same, from a ledger that is open."""
    forum = settings.forum.record
    if not forums.exists(store, forum):
        raise NothingThere(forum)
    kept = {what: forums.kept(store, forum, what) for what in KINDS}
    edition = edition_of(kept, configuration, clock.now())
    placed = rooms_of(store, settings)
    book = make_book(
        edition.configuration,
        forum=forum,
        rooms=placed.rooms,
        groups=placed.groups,
        space=placed.space,
        bot=own_user(settings),
        clock=clock,
        rehearsal=False,
        preview=settings.forum.preview,
        before=edition.roster_before,
    )
    book = with_grants(book, standing(store, forum), clock.now())
    versions = foreseen(store, forum, book, edition.news, clock.now())
    return Plan(forums.stage(store, forum), edition.versions, versions, configuration.warnings)


def foreseen(store: Store, forum: str, book: Book, news: Sequence[FileNews], now: int) -> tuple[f.FileVersion, ...]:
    """What the record would say of files that take force now."""
    recorder = Recorder(store)
    found = []
    for one in news:
        row = Taken(
            kind="file",
            key=forums.file_key(forum, one.what, str(one.version)),
            room="",
            at=now,
            body=msgspec.json.encode(one),
        )
        outcome = outcome_of(recorder, row, forum, book, now)
        found += [fact for fact in outcome.facts if isinstance(fact, f.FileVersion)]
    return tuple(found)


def lines_of(plan: Plan, say: Catalogue) -> list[str]:
    """A plan for people: what is different, what comes of it at once, what waits, what is held back."""
    if not plan.versions:
        numbers = {what: plan.in_force[what] for what in KINDS}
        return [say.say("plan.nothing", **numbers).plain]
    lines = []
    for version in plan.versions:
        lines.append(
            say.say(
                "plan.file", file=f"{version.what}.yaml", version=version.version, count=len(version.changes)
            ).plain
        )
        lines += _listed(version.changes)
    if not any(version.changes for version in plan.versions):
        lines.append(say.say("plan.same_rules").plain)
    lines += _part(say.say("plan.at_once").plain, plan.at_once)
    lines += _part(say.say("plan.waiting").plain, plan.waiting)
    lines += _part(say.say("plan.held", stage=plan.stage).plain, plan.held)
    if not (plan.at_once or plan.waiting):
        lines += ["", say.say("plan.no_effects").plain]
    return lines


def _part(title: str, sentences: Sequence[str]) -> list[str]:
    return ["", title, *_listed(sentences)] if sentences else []


def _listed(sentences: Sequence[str]) -> list[str]:
    return [f"  • {sentence}" for sentence in sentences]


def problems_of(refused: Refused, lang: str) -> list[str]:
    """The problems of files that cannot take force, as compilers show them."""
    return [problem.text("id" if lang == "id" else "en") for problem in refused.problems]
