"""From a loaded policy and roster to the book that the rules go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import msgspec

from bridge import __version__
from bridge.forum.addressing import Directory
from bridge.forum.book import Book
from bridge.forum.due import DueReader
from bridge.forum.tagging import Tagger
from bridge.lang import lexicon, speech
from bridge.lang.catalogue import Catalogue, load_catalogue
from bridge.lang.commands import load_commands, load_joints, load_lendable, load_reasons
from bridge.lang.effects import load_scribe
from bridge.lang.hearing import load_hearing
from bridge.lang.roles import load_kind_names, load_role_names
from bridge.model.clock import Clock, moment
from bridge.model.lexicon import Lexicon
from bridge.model.speech import ReportWords, UnitName
from bridge.policy.load import Configuration, Source, check
from bridge.policy.models import Policy
from bridge.policy.roster import Roster


def make_book(
    configuration: Configuration,
    *,
    forum: str,
    rooms: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    space: str = "",
    bot: str,
    clock: Clock,
    rehearsal: bool,
    preview: bool = False,
    before: bytes | None = None,
) -> Book:
    """The book of a forum; built anew whenever a file changes, which takes some ten milliseconds.

    ``before`` is the text of the roster that was in force before this one, if there was one.
    """
    policy, roster = configuration.policy, configuration.roster
    own = policy.forum.language
    languages = tuple(dict.fromkeys((own, *policy.tagger.languages)))
    now = moment(clock.now())
    people: dict[str, str] = {}
    for due in roster.persons_due(now):
        if due.standing.unit is not None:
            people |= dict.fromkeys(due.user_ids, due.standing.unit.id)
    units = [UnitName(unit.id, unit.name, unit.short, tuple(unit.aliases), unit.kind) for unit in roster.units()]
    return Book(
        forum=forum,
        policy=policy,
        roster=roster,
        directory=Directory(units, people, *(speech.load_address_words(lang) for lang in languages)),
        tagger=Tagger(understood(lexicon.load(*languages), policy), policy.emergencies.words),
        due_readers=tuple(DueReader(speech.load_due_words(lang)) for lang in languages),
        commands=load_commands(own),
        report_words=_report_words(languages),
        hearing=load_hearing(),
        role_names={**load_role_names(own), **{str(role): name for role, name in policy.names.roles.items()}},
        kind_names={**load_kind_names(own), **{str(kind): name for kind, name in policy.names.kinds.items()}},
        rooms=rooms,
        groups=groups or {},
        space=space,
        bot=bot,
        reasons=load_reasons(own),
        joints=load_joints(own),
        lendable=load_lendable(own),
        before=_roster(before, policy.forum.zone) if before is not None else None,
        written=load_scribe(own, policy.forum.zone, policy.forum.salutation).write,
        software=__version__,
        rehearsal=rehearsal,
        preview=preview,
    )


def _roster(text: bytes, zone: ZoneInfo) -> Roster | None:
    """A roster that was in force once; None when today's rules cannot read it any more."""
    roster = check(None, Source("roster.yaml", text)).roster
    return Roster(roster.file, zone) if roster else None


CUES: Mapping[str, str] = {
    "directive": "must",
    "report": "report_open",
    "decision": "strong_consent",
    "acknowledgement": "ack",
    "question": "ask_open",
}
"""The cue of the lexicon to which a policy's own words for a label are added."""


def understood(words: Lexicon, policy: Policy) -> Lexicon:
    """A lexicon with what a policy adds: words for labels, for emergencies and for drills, and its hashtag."""
    own = {str(label): tuple(word.lower() for word in more) for label, more in policy.tagger.words.items()}
    receipts = tuple(word.lower() for word in policy.acknowledgement.words)
    own["acknowledgement"] = own.get("acknowledgement", ()) + receipts
    cues = dict(words.cues)
    for label, more in own.items():
        cues[CUES[label]] = (*cues.get(CUES[label], ()), *more)
    calm = tuple(word.lower() for word in policy.emergencies.calm)
    return msgspec.structs.replace(
        words,
        cues=cues,
        alarms=msgspec.structs.replace(words.alarms, calm=(*words.alarms.calm, *calm)),
        hashtags={**words.hashtags, policy.emergencies.hashtag.removeprefix("#").lower(): "emergency"},
    )


def make_catalogue(configuration: Configuration) -> Catalogue:
    """The texts of the forum's language."""
    forum = configuration.policy.forum
    return load_catalogue(forum.language, zone=forum.zone, salutation=forum.salutation)


def _report_words(languages: Iterable[str]) -> ReportWords:
    words = [speech.load_report_words(lang) for lang in languages]
    return ReportWords(
        usual=frozenset().union(*(one.usual for one in words)),
        nil=tuple(phrase for one in words for phrase in one.nil),
        forms=tuple(form for one in words for form in one.forms),
    )
