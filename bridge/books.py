"""From a loaded policy and roster to the book that the rules go by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from bridge import __version__
from bridge.forum.addressing import Directory
from bridge.forum.book import Book
from bridge.forum.due import DueReader
from bridge.forum.tagging import Tagger
from bridge.lang import lexicon, speech
from bridge.lang.catalogue import Catalogue
from bridge.lang.commands import (
    load_arguments,
    load_commands,
    load_courtesies,
    load_joints,
    load_lendable,
    load_reasons,
    load_spoken,
)
from bridge.lang.effects import load_scribe
from bridge.lang.hearing import load_hearing
from bridge.lang.roles import load_acting_name, load_kind_names, load_role_names
from bridge.model.clock import Clock, moment
from bridge.model.effects import Hearing
from bridge.model.lexicon import Lexicon
from bridge.model.speech import (
    AddressWords,
    ChangeWords,
    DecisionWords,
    MeetingWords,
    RelayWords,
    ReportWords,
    UnitName,
    UrgencyWords,
)
from bridge.policy.defaults import DEFAULTS
from bridge.policy.load import Configuration, Source, check
from bridge.policy.models import Policy
from bridge.policy.roster import Person, Roster

Words = TypeVar("Words", bound=msgspec.Struct)


def make_book(
    configuration: Configuration,
    *,
    forum: str,
    rooms: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    space: str = "",
    missing: Collection[str] = (),
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
    words = _words(languages)
    now = moment(clock.now())
    people: dict[str, str] = {}
    for due in roster.persons_due(now):
        if due.standing.unit is not None:
            people |= dict.fromkeys(due.user_ids, due.standing.unit.id)
    units = [
        UnitName(unit.id, unit.name, unit.short, tuple(unit.aliases), unit.kind, unit.within or "")
        for unit in roster.units()
    ]
    return Book(
        forum=forum,
        policy=policy,
        roster=roster,
        directory=Directory(units, people, *words.address),
        tagger=Tagger(understood(words.lexicon, policy), policy.emergencies.words),
        due_readers=words.due,
        commands=words.commands,
        report_words=words.report,
        urgency_words=words.urgency,
        meeting_words=words.meeting,
        decision_words=words.decision,
        change_words=words.change,
        relay_words=words.relay,
        hearing=words.hearing,
        role_names={**words.roles, **{str(role): name for role, name in policy.names.roles.items()}},
        kind_names={**words.kinds, **{str(kind): name for kind, name in policy.names.kinds.items()}},
        rooms=rooms,
        groups=groups or {},
        space=space,
        missing=frozenset(missing),
        bot=bot,
        acting_name=words.acting_name,
        reasons=words.reasons,
        joints=words.joints,
        lendable=words.lendable,
        arguments=words.arguments,
        spoken=words.spoken,
        courtesies=words.courtesies,
        before=_roster(before, policy.forum.zone) if before is not None else None,
        written=load_scribe(own, policy.forum.zone, policy.forum.salutation).write,
        software=__version__,
        rehearsal=rehearsal,
        preview=preview,
    )


class _Words(NamedTuple):
    """What a book has of its languages, whatever the policy and roster say."""

    address: tuple[AddressWords, ...]
    lexicon: Lexicon
    due: tuple[DueReader, ...]
    report: ReportWords
    urgency: UrgencyWords
    meeting: tuple[MeetingWords, ...]
    decision: DecisionWords
    change: ChangeWords
    relay: RelayWords
    hearing: Mapping[str, Hearing]
    commands: Mapping[str, str]
    acting_name: str
    reasons: Mapping[str, str]
    joints: Mapping[str, str]
    lendable: Mapping[str, str]
    arguments: Mapping[str, str]
    spoken: Mapping[str, str]
    courtesies: tuple[str, ...]
    roles: Mapping[str, str]
    kinds: Mapping[str, str]


@cache
def _words(languages: tuple[str, ...]) -> _Words:
    """The words of languages, the forum's own first. Kept: reading them costs more than all else of a book."""
    own = languages[0]
    return _Words(
        address=tuple(speech.load_address_words(lang) for lang in languages),
        lexicon=lexicon.load(*languages),
        due=tuple(DueReader(speech.load_due_words(lang)) for lang in languages),
        report=_joined([speech.load_report_words(lang) for lang in languages]),
        urgency=_joined([speech.load_urgency_words(lang) for lang in languages]),
        meeting=tuple(speech.load_meeting_words(lang) for lang in languages),
        decision=_joined([speech.load_decision_words(lang) for lang in languages]),
        change=_joined([speech.load_change_words(lang) for lang in languages]),
        relay=_relay_words(languages),
        hearing=load_hearing(),
        commands=load_commands(own),
        acting_name=load_acting_name(own),
        reasons=load_reasons(own),
        joints=load_joints(own),
        lendable=load_lendable(own),
        arguments=load_arguments(own),
        spoken=load_spoken(own),
        courtesies=load_courtesies(own),
        roles=load_role_names(own),
        kinds=load_kind_names(own),
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


def catalogue_for(person: Person | None, policy: Policy) -> Catalogue:
    """The texts in which a person is spoken to alone: in their language, by their salutation."""
    forum = policy.forum
    language = (person.language if person is not None else None) or forum.language
    usual = forum.salutation if language == forum.language else DEFAULTS[language].salutation
    salutation = (person.salutation if person is not None else None) or usual
    return load_scribe(language, forum.zone, usual).texts.addressing(salutation)


def make_catalogue(configuration: Configuration) -> Catalogue:
    """The texts of the forum's language."""
    forum = configuration.policy.forum
    return load_scribe(forum.language, forum.zone, forum.salutation).texts


def _joined(words: Sequence[Words]) -> Words:
    """The words of several languages in one: sets are united, lists follow one another."""
    first = words[0]
    joined: dict[str, object] = {}
    for name in first.__struct_fields__:
        each = [getattr(one, name) for one in words]
        joined[name] = frozenset().union(*each) if isinstance(each[0], frozenset) else tuple(chain(*each))
    return type(first)(**joined)


def _relay_words(languages: Iterable[str]) -> RelayWords:
    words = [speech.load_relay_words(lang) for lang in languages]
    roles = dict.fromkeys(role for one in words for role in one.titles)
    return RelayWords(
        before=tuple(phrase for one in words for phrase in one.before),
        between=tuple(phrase for one in words for phrase in one.between),
        after=tuple(phrase for one in words for phrase in one.after),
        titles={role: tuple(title for one in words for title in one.titles.get(role, ())) for role in roles},
    )
