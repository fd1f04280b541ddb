"""What the bridge hears and says, as data: the shapes of the word lists and of a rendered text.

The values are filled from `bridge/lang/<language>/*.yaml` by `bridge.lang.speech`; the rules in
`bridge/forum` read them. All types are frozen. Words are written in lower case; a phrase of several
words is separated by single spaces. Clock times are `"HH:MM"` strings in no particular zone.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Text(msgspec.Struct, frozen=True):
    """A text ready to be sent: `plain` for `body`, `html` for `formatted_body` or None when there is none.

    `html` is safe: every value in it was escaped.
    """

    plain: str
    html: str | None = None


# --- time ---------------------------------------------------------------------------------------


class DayWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a day counted from today: `ahead` 0 is today, 1 tomorrow."""

    words: tuple[str, ...]
    ahead: int


class WeekdayWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a weekday; `day` 0 is Monday (as `datetime.weekday`).

    `weak` words count only beside a clock time or a deadline word ("sat", "sun").
    `prayer` is what "before <this day>" means when it is said on that very day ("sebelum Jumat").
    """

    day: int
    words: tuple[str, ...]
    weak: tuple[str, ...] = ()
    prayer: str | None = None


class PartWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the day. Due "in the morning" is `until`; "before the morning" is `begins`.

    `half` says how an hour of the twelve-hour clock is read beside it; `today` are words that
    also say today ("tonight"). `eve` is for languages in which the part said before a weekday is
    the evening before ("malam Jumat" is Thursday night).
    """

    words: tuple[str, ...]
    begins: str
    until: str
    half: Literal["am", "pm", "night"]
    today: tuple[str, ...] = ()
    eve: bool = False


class MomentWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word that stands for a clock time (a prayer, noon), on `weekday` only where one is given.

    `weak` ones count only beside a day or a deadline word.
    """

    words: tuple[str, ...]
    at: str
    weekday: int | None = None
    weak: bool = False


class SpanWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of the calendar, due at its end. `ahead` 0 is the current one; a week ends on `weekday`."""

    words: tuple[str, ...]
    unit: Literal["week", "month", "quarter", "year"]
    ahead: int = 0
    weekday: int = 6
    day: int | None = None
    """Of a month: the day, where the words mean another than its last."""


DurationUnit = Literal["minute", "hour", "day", "workday", "week", "month"]


class UnitWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a unit of a duration; with `count` the phrase holds its own number ("half an hour")."""

    words: tuple[str, ...]
    unit: DurationUnit
    count: int | None = None


class NumberWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    value: int


class DateWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a day of every year: Christmas."""

    words: tuple[str, ...]
    day: int
    month: int


class ZoneWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    zone: str


class DueWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language by which a due time is found in a message."""

    days: tuple[DayWord, ...]
    weekdays: tuple[WeekdayWord, ...]
    months: tuple[tuple[str, ...], ...]
    parts: tuple[PartWord, ...]
    moments: tuple[MomentWord, ...]
    spans: tuple[SpanWord, ...]
    units: tuple[UnitWord, ...]
    numbers: tuple[NumberWord, ...]
    dates: tuple[DateWord, ...]
    zones: tuple[ZoneWord, ...]
    due: tuple[str, ...]  # "at the latest"
    until: tuple[str, ...]  # a deadline alone, a range between two times
    to: tuple[str, ...]  # only ever a range
    before: tuple[str, ...]
    start: tuple[str, ...]
    open_end: tuple[str, ...]  # "until finished": what stands before it is a start
    events: tuple[str, ...]  # a bare clock time in their sentence is when they begin
    deliver: tuple[str, ...]  # ... unless one of these stands nearer to it
    this: tuple[str, ...]
    next: tuple[str, ...]
    past: tuple[str, ...]
    repeat: tuple[str, ...]  # "every": no single due time
    greetings: tuple[str, ...]
    clock_before: tuple[str, ...]  # "jam", "at"
    clock_after: tuple[str, ...]  # "o'clock"
    bare_hour_after: tuple[str, ...]  # deadline words after which "5" alone is an hour
    am: tuple[str, ...]
    pm: tuple[str, ...]
    half_hour: tuple[str, ...]
    half_hour_is: Literal["before", "after"]  # "setengah 5" is 4:30, "half past 5" is 5:30
    quarter_past: tuple[str, ...]  # before an hour: "quarter past"
    quarter_to: tuple[str, ...]
    less: tuple[str, ...]  # behind an hour: "jam 4 kurang 10"
    more: tuple[str, ...]  # "jam 2 lewat 15"
    quarter: tuple[str, ...]  # instead of fifteen minutes
    fuzzy: tuple[str, ...]  # glued to an hour: "4ish"
    date_before: tuple[str, ...]
    month_end: tuple[str, ...]  # "end of" before the name of a month
    month_begin: tuple[str, ...]
    month_middle: tuple[str, ...]
    nth_week: tuple[NumberWord, ...]  # "the second week of"; 5 is the last
    ordinals: tuple[str, ...]
    month_first: bool  # how an ambiguous 3/4 is read
    day_offset: tuple[str, ...]  # the H of "H-1"
    within: tuple[str, ...]
    multiplied: tuple[str, ...]  # "2 kali 24 jam"
    from_now: tuple[str, ...]
    fillers: tuple[str, ...]
    courtesy: tuple[str, ...]
    measures: tuple[str, ...]  # a number before one of these is an amount, not a time


# --- address ------------------------------------------------------------------------------------


class UnitName(msgspec.Struct, frozen=True):
    """How a unit may be called. `kind` is the roster's kind of the unit ("agency", "subdistrict")."""

    id: str
    name: str
    short: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = "agency"
    within: str = ""
    """The unit in whose area it lies."""


class UnitType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A type of unit: the words in its name, the titles of who leads it, and what "all of them" means.

    `kinds` are the roster's kinds that "all <words>" addresses; `["*"]` is every unit. A `place` type is
    named after a place, so that the bare name is a place and never an addressee.
    """

    words: tuple[str, ...]
    titles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    place: bool = False
    contractions: tuple[str, ...] = ()  # "din" + "sos(ial)"
    plural: tuple[str, ...] = ()  # titles of several: "directors"


class Nickname(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a unit is called as well, wherever its name holds certain words."""

    named: str
    called: tuple[str, ...]


class AddressWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language by which the addressed units are found in a message."""

    types: tuple[UnitType, ...]
    heads: tuple[str, ...]  # titles of any unit's head
    all: tuple[str, ...]
    collectives: tuple[str, ...]  # every unit, said alone
    everyone: tuple[str, ...]  # every unit, a whole phrase
    some: tuple[str, ...]  # after a collective: only some, which cannot be known
    everywhere: tuple[str, ...]  # after a title: all of that type
    connect: tuple[str, ...]
    exclude: tuple[str, ...]
    beside: tuple[str, ...]  # what follows is not addressed if anyone else is
    told: tuple[str, ...]  # who follows is spoken of and never addressed: "the letter of"
    told_first: tuple[str, ...]  # the same where a sentence begins: "tadi"
    done: tuple[str, ...]  # who stands before has done it already: "sudah"
    exempt: tuple[str, ...]  # who stands before need not: "tidak perlu"
    then: tuple[str, ...]  # begins another thought: "sedangkan"
    toward: tuple[str, ...]  # opens like "kepada", but after somebody is addressed it says for whom the deed is
    must: tuple[str, ...]  # after such a word, who stands before has it still to do: "sudah harus"
    passive: tuple[str, ...]  # how a word begins after which stands by whom it was done: "di-"
    but: tuple[str, ...]  # leaves out whoever follows, after "everyone" only
    brief: tuple[str, ...]  # a type that also stands for "except": "kec."
    within: tuple[str, ...]  # after a title: those of the unit that follows: "se-kecamatan"
    acts: tuple[str, ...]  # what people do: "all" before it is everybody
    shall: tuple[str, ...]  # after a name at the start: it is called: "to"
    place: tuple[str, ...]  # what follows is a place
    openers: tuple[str, ...]  # what follows is addressed ("please", "kepada")
    skip: tuple[str, ...]  # "the", "of", "pak"
    lead: tuple[str, ...]  # may stand before whoever is called first: "tomorrow", "what if"
    prefixes: tuple[str, ...]  # what stands before the root of a word: "per-hubungan"
    suffixes: tuple[str, ...]  # and after it: "pendidik-an"
    nicknames: tuple[Nickname, ...]
    bare_needs_address: bool  # single-word names are common words: they count only where one is called


class ChangeWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words by which somebody says whom an order is for after all, in one language or in several."""

    add: tuple[str, ...]  # before a name: it is for them as well
    drop: tuple[str, ...]  # before a name: not for them
    instead: tuple[str, ...]  # before a name: not for them, and for whoever is named next
    only: tuple[str, ...]  # before a name: for nobody else
    meant: tuple[str, ...]  # before a name: these are meant
    add_after: tuple[str, ...]
    drop_after: tuple[str, ...]
    only_after: tuple[str, ...]
    courtesy: tuple[str, ...]  # may stand anywhere and says nothing


class RelayWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a language by which an order is passed on in a leader's name."""

    before: tuple[str, ...]  # before a title: "on behalf of"
    between: tuple[str, ...]  # may stand between: "the"
    after: tuple[str, ...]  # behind a title: "asks"
    titles: dict[str, tuple[str, ...]]  # by role; the longer name ("deputy mayor") first

    def __hash__(self) -> int:
        return hash((self.before, self.between, self.after))


class VerbForm(msgspec.Struct, frozen=True, cache_hash=True, forbid_unknown_fields=True):
    prefixes: tuple[str, ...]  # what is behind them is the same word; longer ones first
    ending: str = ""  # of words with this ending only


class ReportWords(msgspec.Struct, frozen=True, cache_hash=True, forbid_unknown_fields=True):
    """The words of one language, or of several, by which the order is found that a report answers."""

    usual: frozenset[str]  # any report may hold them: to share one with an order says nothing
    nil: tuple[str, ...]  # phrases that say there is nothing to report
    nil_asked: tuple[str, ...] = ()  # phrases of an order that allow such a report
    without: tuple[str, ...] = ()  # phrases of an order that ask for no evidence
    documents: tuple[str, ...] = ()  # phrases of an order that take documents as evidence
    videos: tuple[str, ...] = ()  # phrases of an order that ask for a video
    photos: tuple[str, ...] = ()  # phrases by which its issuer asks for a photo after all
    promised: tuple[str, ...] = ()  # phrases of a report whose evidence follows
    forms: tuple[VerbForm, ...] = ()  # the first whose ending a word has is the word's


class UrgencyWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language, or of several, by which an order is urgent: phrases in small letters."""

    urgent: tuple[str, ...] = ()
    very_urgent: tuple[str, ...] = ()
    calm: tuple[str, ...] = ()  # phrases that hold one of the others and do not mean it
    ordinary: tuple[str, ...] = ()  # in a reply: it is not urgent after all
    frame: tuple[str, ...] = ()  # may stand around these in such a reply, and says nothing


# --- meetings -----------------------------------------------------------------------------------


class MeetingWords(msgspec.Struct, frozen=True, cache_hash=True, forbid_unknown_fields=True):
    """The words by which a meeting is led. A sentence is one of them, or it is none: see `forum/meetings/heard.py`.

    `lead_in` may stand before it and `filler` after it; after a word of `about` follows what it is about.
    """

    lead_in: tuple[str, ...]
    filler: tuple[str, ...]
    about: tuple[str, ...]
    meeting: tuple[str, ...]
    """What a meeting is called: "the meeting"."""
    opened: tuple[str, ...]
    """After it: "is open"."""
    opens: tuple[str, ...]
    """Before it: "let's start"."""
    closed: tuple[str, ...]
    closes: tuple[str, ...]
    agenda: tuple[str, ...]
    """Before a list of items."""
    onwards: tuple[str, ...]
    """Before an item, or alone: "next item"."""
    ordinals: tuple[str, ...]
    """Words for one, two, three ..."""
    hand: tuple[str, ...]
    present: tuple[str, ...]
    not_present: tuple[str, ...]
    """What makes the opposite of being present."""
    excused: tuple[str, ...]
    """A sentence that begins with one of these excuses its author."""
    stands_in: tuple[str, ...]
    """Before whoever comes instead."""
    give: tuple[str, ...]
    """Before a title or a mention it gives the floor."""
    titles: tuple[str, ...]


# --- decisions ----------------------------------------------------------------------------------


class PastDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a day that is gone: `ago` 0 is today, 1 yesterday."""

    words: tuple[str, ...]
    ago: int


class DecisionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language, or of several, by which decisions are understood."""

    assent: frozenset[str]  # consent or a choice that does not say to what
    filler: frozenset[str]  # words beside it that add nothing
    settles: frozenset[str]  # those of `assent` that are never mere politeness
    permits: frozenset[str]  # those that permit or choose: more than a yes
    proposal: tuple[str, ...]  # phrases of a message that waits for a decision, whatever else it is
    leave: tuple[str, ...]  # phrases by which a question asks for leave or for a choice
    inform: tuple[str, ...]  # phrases by which a question asks how something stands
    revoke: tuple[str, ...]  # an earlier decision ends
    replace: tuple[str, ...]  # what is named first replaces what is named after it
    replaced: tuple[str, ...]  # ... or is replaced by it
    negation: frozenset[str]  # right before one of these words: nothing ends
    decision: frozenset[str]
    days: tuple[PastDay, ...]
    in_force: tuple[str, ...]  # from when it counts follows
