"""The words that one language is understood by, as frozen data.

A lexicon says nothing about how a message is judged: it names *cues*, each a list of phrases. How a list is
matched is written in `bridge/forum/tagging/phrases.py`, where it is read from in `bridge/lang/lexicon.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

LABELS = ("directive", "report", "decision", "acknowledgement", "question", "chatter")
"""The kinds a message can be, besides `unsure`."""

CUES: Mapping[str, str] = MappingProxyType(
    {
        "greeting": "opens or closes a message and means nothing for its kind",
        "social": "wishes, condolences, family, food, sport: people among themselves",
        "laugh": "laughter and jokes",
        "hoax": "chain messages that ask to be passed on to everybody",
        "sale": "advertisements, lotteries, jobs, collections of money among colleagues",
        "membership": "numbers, accounts, leaving and joining, messages sent by mistake",
        "moderation": "how the forum itself is used, as those say who direct it",
        "personal": "where a leader is, whether he is ill: no business of the forum",
        "ack": "receipt of an order, or readiness",
        "thanks": "thanks",
        "praise": "praise of work",
        "relief": "a leader takes note of good news or of a report",
        "apology": "excuses",
        "promise": "will be done later; nothing is done yet",
        "report_open": "words that open a report",
        "attached": "something is enclosed or shown",
        "done": "words that mean by themselves that something is finished or in place",
        "done_mark": "a mark of the past that needs a verb after it",
        "ongoing": "work that is going on now",
        "not_yet": "what is unfinished or waits",
        "nil": "nothing happened, all is well",
        "situation": "words by which a state of things is described",
        "measure": "what is counted: a number before it makes a figure",
        "activity": "names of activities, as in captions of photos",
        "please": "polite openings of an order or a request",
        "so_that": "conjunctions of order (agar, supaya)",
        "must": "obligation and urgency",
        "forbid": "prohibition",
        "want": "a leader's wish in the first person",
        "remind": "reminders",
        "order_verb": "verbs that order when a sentence begins with them",
        "passive_order": "passive verbs that order when a leader says them without a mark of the past",
        "not_order": "words that look like imperatives by their ending and are none",
        "deadline": "times by which something must be done",
        "addressee": "units and offices to which orders are addressed",
        "everyone": "all units at once",
        "invite": "official invitations",
        "relay": "an order passed on in a leader's name",
        "follows_order": "a reference to an order that was given, as reports make it",
        "consent": "consent, when it answers a proposal",
        "strong_consent": "consent or a settlement, also when it stands alone",
        "refusal": "refusal, when it answers a proposal",
        "decree": "the words of a policy: postponed, abolished, extended",
        "choose": "a choice between what was offered",
        "decided": "a decision passed on by somebody else",
        "ask_open": "words that open a question",
        "question_word": "interrogatives",
        "guidance": "asking a superior for guidance, permission or approval",
        "leave": "asks leave to speak: a courtesy towards a superior",
        "proposal": "a plan laid before a superior",
        "request": "asking for means, help or a number",
        "self": "the writer and his people",
        "future": "marks of the future",
        "negation": "negations",
        "can_you": "an order in the form of a question",
        "continue": "carry on: weak by itself",
        "redo": "a leader is not content with a report",
        "complaint": "a leader is not content with a state of things",
    }
)
"""Every cue a word list may have, and what it means."""


WORD_SETS: Mapping[str, str] = MappingProxyType(
    {
        "honorifics": "may stand anywhere in a phrase",
        "titles": "titles of superiors, which may also stand anywhere in a phrase",
        "particles": "say nothing and may stand anywhere in a phrase",
        "fillers": "say nothing beside thanks or a receipt",
        "connectors": "may stand between the beginning of a clause and its imperative",
        "undone": "take from a following `done` the meaning that something is finished",
        "alone": "honorifics that call the superior when they stand alone before a comma",
    }
)
"""Every set of single words a word list may have, and what it is for."""


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular to one language: its commonest words, and the forms of its verbs.

    `common` decides which grammar a text is read by. `abbreviations` maps what is typed to what is read.
    `imperative`, `passive`, `resultative`, `active` and `past` are regular expressions for a whole word, empty
    where the language has no such form; so is `well_formed`, for words whose spelling is left alone.
    `auxiliaries` before `subjects` make a question. After `determiners`, and before `noun_before`, a word is no
    verb. `names_before_verb` says that unknown words may stand between an addressee and the imperative
    ("Camat Citta dan Ganra *turun* ke lokasi").
    """

    language: str
    common: frozenset[str] = frozenset()
    abbreviations: Mapping[str, str] = msgspec.field(default_factory=dict)
    imperative: str = ""
    passive: str = ""
    resultative: str = ""
    active: str = ""
    past: str = ""
    well_formed: str = ""
    auxiliaries: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    determiners: frozenset[str] = frozenset()
    noun_before: frozenset[str] = frozenset()
    names_before_verb: bool = False


class Alarms(msgspec.Struct, frozen=True):
    """Words of an emergency, and those beside which they tell of none."""

    words: tuple[str, ...] = ()
    calm: tuple[str, ...] = ()
    """In the same sentence there is none: drills, prevention, what is over."""
    negation: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    """Phrases in which an alarm word is part of a name: an emergency bridge, the fire academy."""
    planned: tuple[str, ...] = ()
    """Events and papers: what follows is their subject (a meeting on flood control)."""
    about: tuple[str, ...] = ()
    """What there is to do or to have about one that is known: its victims, its place, help for it."""
    apart: tuple[str, ...] = ()
    """Words behind which something happens, whatever stands before: because of, there is."""


class Lexicon(msgspec.Struct, frozen=True):
    """The words of one language, or of several merged by `merged`. All text is lower case.

    `hashtags` maps a tag without its sign to a label of `LABELS` or to `emergency`; `words` a name of `WORD_SETS`
    to single words; `cues` a name of `CUES` to its phrases; `reasons` the name of a reason to a sentence in which
    `{words}` may stand; `families` a word to what it speaks of; `weights` evidence to one weight per label
    (`bridge/forum/tagging/weighing.py`).
    """

    grammars: tuple[Grammar, ...]
    words: Mapping[str, frozenset[str]]
    hashtags: Mapping[str, str]
    cues: Mapping[str, tuple[str, ...]]
    alarms: Alarms
    reasons: Mapping[str, str]
    families: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    weights: Mapping[str, tuple[float, ...]] = msgspec.field(default_factory=dict)


def merged(lexicons: Iterable[Lexicon]) -> Lexicon:
    """All languages at once. Where two say different things (a hashtag, a reason), the first wins.

    Raises ValueError when there is no lexicon.
    """
    parts = tuple(lexicons)
    if not parts:
        raise ValueError("at least one language is needed")

    hashtags: dict[str, str] = {}
    reasons: dict[str, str] = {}
    families: dict[str, tuple[str, ...]] = {}
    weights: dict[str, tuple[float, ...]] = {}
    for part in reversed(parts):
        hashtags.update(part.hashtags)
        reasons.update(part.reasons)
        weights.update(part.weights)
        for word, names in part.families.items():
            families[word] = tuple(sorted({*families.get(word, ()), *names}))
    return Lexicon(
        grammars=tuple(grammar for part in parts for grammar in part.grammars),
        words={
            name: frozenset[str]().union(*(part.words.get(name, frozenset()) for part in parts))
            for name in WORD_SETS
        },
        hashtags=hashtags,
        cues={
            cue: tuple(dict.fromkeys(phrase for part in parts for phrase in part.cues.get(cue, ()))) for cue in CUES
        },
        alarms=Alarms(
            **{
                name: tuple(dict.fromkeys(word for part in parts for word in getattr(part.alarms, name)))
                for name in Alarms.__struct_fields__
            }
        ),
        reasons=reasons,
        families=families,
        weights=weights,
    )
