"""Which items of time belong together, and what they are said for: the deadline, a beginning, or the past."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.forum.times.items import (
    Ahead,
    Clock,
    Dated,
    Day,
    Flag,
    Item,
    Length,
    Mark,
    NthWeek,
    Offset,
    Part,
    Weekday,
    What,
    Zone,
)
from bridge.model.speech import MomentWord, SpanWord


@dataclass(slots=True)
class Said:
    """One expression of time: what was said without other words between."""

    sentence: int
    clause: int
    start: int
    end: int
    marks: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)  # marks that nothing has followed yet
    days: list[Day] = field(default_factory=list)
    span: SpanWord | None = None
    offset: Offset | None = None
    length: Length | None = None
    clock: Clock | None = None
    range_end: Clock | None = None
    part: Part | None = None
    moment: MomentWord | None = None
    zone: str | None = None
    this: bool = False
    next: bool = False
    past: bool = False
    repeat: bool = False
    eve: bool = False
    weak: bool = True
    before: bool = False  # the last thing said stands after "before"
    before_event: bool = False
    since: Said | None = None  # of "Monday to Friday", Monday
    verb: str | None = None  # "event" or "deliver", whichever rules the clause
    borrowed: Said | None = None  # whose day it shares
    sure: bool = True
    used: bool = False  # another expression has taken its day and says more

    @property
    def timed(self) -> bool:
        return bool(
            self.clock or self.moment or (self.part and (self.days or self.marks or self.this or self.part.today))
        )

    @property
    def day_only(self) -> bool:
        return bool(self.days) and not (self.clock or self.moment or self.part or self.length)

    @property
    def clock_alone(self) -> bool:
        """A clock time and nothing that says what for; beside a day gone by it belongs to that."""
        return bool(self.clock) and not (self.days or self.marks or self.this)

    @property
    def empty(self) -> bool:
        return not (self.days or self.span or self.offset or self.length or self.clock or self.part or self.moment)

    @property
    def deadline(self) -> bool:
        return any(mark in {"due", "until", "before"} for mark in self.marks)

    @property
    def starts(self) -> bool:
        """Whether its clock time is a beginning."""
        if self.range_end is not None:
            return not ("due" in self.marks or (self.verb == "deliver"))
        if self.deadline:
            return False
        if "start" in self.marks or "open_end" in self.marks:
            return True
        return self.clock is not None and self.verb == "event"

    @property
    def rank(self) -> int:
        if self.starts:
            return 1
        if self.deadline:
            return 5
        if self.clock or self.moment or self.length:
            return 4
        return 3 if self.part else 2


def expressions(items: list[Item]) -> list[Said]:
    said: list[Said] = []
    verbs: list[tuple[int, int, str]] = []
    sentence = clause = 0
    current: Said | None = None

    def close() -> None:
        nonlocal current
        if current is not None and not current.empty:
            # "besok jam 10 paling lambat"; any other mark needs something after it
            current.marks += [mark for mark in current.pending if mark in {"due", "open_end"}]
            said.append(current)
        current = None

    for index, item in enumerate(items):
        what = item.what
        match what:
            case Flag("break"):
                close()
                sentence, clause = sentence + 1, clause + 1
                continue
            case Flag("word"):
                close()
                continue
            case Flag("within"):
                close()
                if index + 1 < len(items) and isinstance(items[index + 1].what, Length):
                    current = Said(sentence, clause, item.start, item.end)
                continue
            case Flag("event") if current is not None and current.empty and current.pending[-1:] == ["before"]:
                current.before_event = True  # "sebelum rapat besok jam 9": its beginning is the end
                continue
            case Flag("event" | "deliver"):
                close()
                verbs.append((sentence, clause, what.kind))
                continue
            case Flag("comma"):
                clause += 1
                if current is not None and (
                    not (current.days or current.clock or current.moment) or not _continues(items, index + 1)
                ):
                    close()
                continue
            case Flag("filler"):
                continue
            case Flag("open"):
                following = items[index + 1].what if index + 1 < len(items) else None
                if current is not None and isinstance(following, Ahead | Weekday | Dated | NthWeek):
                    current.offset = None  # "H-1 (Kamis)" says which day that is
                continue
        if current is not None and _conflicts(current, what):
            former, pending, current.pending = current, current.pending, []
            close()
            current = Said(sentence, clause, item.start, item.end, pending=pending)
            if former.day_only and {"until", "to"} & set(pending):
                # Of "Senin s.d. Jumat" only the end is a day by which something is due.
                current.start, current.since, former.used = former.start, former, True
        if current is None:
            current = Said(sentence, clause, item.start, item.end)
        _take(current, item, items, index)
    close()
    for one in said:
        one.verb = _ruling_verb(one, verbs)
    gone = {one.sentence for one in said if one.past and one.days and not one.deadline}
    return [one for one in said if _counts(one) and not (one.sentence in gone and one.clock_alone)]


def _continues(items: list[Item], index: int) -> bool:
    """Whether what follows a comma belongs to the expression before it."""
    following = next((i.what for i in items[index:] if i.what != Flag("filler")), None)
    return isinstance(following, Ahead | Weekday | Dated | NthWeek | Clock | Part | MomentWord | Mark)


def _conflicts(said: Said, what: What) -> bool:
    """Whether an item cannot belong to an expression because its place is taken."""
    match what:
        case Ahead() | Weekday() | Dated() | NthWeek():
            if said.clock and said.days:
                return True
            return any(type(day) is type(what) for day in said.days)
        case Clock():
            if said.clock is None:
                return said.moment is not None
            return not _ranging(said) or said.range_end is not None
        case Part():
            return said.part is not None or said.moment is not None
        case MomentWord() | Length() | SpanWord():
            return not (said.clock is None and said.moment is None and said.length is None and said.span is None)
    return False


def _ranging(said: Said) -> bool:
    return said.pending[-1:] in (["until"], ["to"])


def _take(said: Said, item: Item, items: list[Item], index: int) -> None:
    what = item.what
    if isinstance(what, Mark):
        said.pending.append(what.kind)
        if what.kind == "open_end":
            said.end = item.end
        return
    said.end = max(said.end, item.end)
    said.weak = said.weak and (item.weak or isinstance(what, Flag))
    if not isinstance(what, Flag):
        said.before = "before" in said.pending or (said.before and not said.pending and isinstance(what, Part))
        said.marks += said.pending
        said.pending = []
    match what:
        case Ahead() | Weekday() | Dated() | NthWeek():
            before = items[index - 1].what if index else None
            said.eve = isinstance(what, Weekday) and isinstance(before, Part) and before.word.eve and not said.days
            said.days.append(what)
        case SpanWord():
            said.span = what
        case Offset():
            said.offset = what
        case Length():
            said.length = what
        case Clock() if said.clock is not None:
            said.range_end = what
        case Clock():
            said.clock = what
        case Part():
            said.part = what
        case MomentWord():
            said.moment = what
        case Zone(name):
            said.zone = name
        case Flag("this"):
            said.this = True
        case Flag("next"):
            said.next = True
        case Flag("past"):
            said.past = True
        case Flag("repeat"):
            said.repeat = True


def _ruling_verb(said: Said, verbs: list[tuple[int, int, str]]) -> str | None:
    """The first verb of its clause; else of the nearest clause of the sentence, those before it first."""
    near = [verb for verb in verbs if verb[0] == said.sentence]
    if not near:
        return None

    def distance(verb: tuple[int, int, str]) -> tuple[bool, int]:
        return verb[1] > said.clause, abs(verb[1] - said.clause)

    return min(near, key=distance)[2]


def _counts(said: Said) -> bool:
    if said.repeat or (said.past and not said.deadline):
        return False
    if said.part and not (said.days or said.clock or said.moment or said.marks or said.this or said.part.today):
        return False  # a greeting
    if said.weak and not (said.marks or said.zone or said.part or said.this):
        return len(said.days) + bool(said.clock) + bool(said.moment) > 1
    return True


def share_days(said: list[Said]) -> None:
    """A clock time without a day takes the day that was said elsewhere; in another sentence not surely."""
    for index, one in enumerate(said):
        if one.offset and not one.days:
            others = [*reversed(said[:index]), *said[index + 1 :]]
            one.borrowed = next((other for other in others if other.days), None)
            one.sure = False
            if one.borrowed is not None:
                one.borrowed.used = True
            continue
        if one.days or one.span or one.length or one.this or (one.part and one.part.today) or not one.timed:
            continue
        same = [other for other in said[:index] if other.days and other.sentence == one.sentence]
        same += [other for other in said[index + 1 :] if other.day_only and other.sentence == one.sentence]
        earlier = [other for other in said[:index] if other.days]
        if same:
            one.borrowed = same[-1] if same[-1] in said[:index] else same[0]
        elif earlier:
            one.borrowed, one.sure = earlier[-1], False
        if one.borrowed is not None and one.borrowed.day_only:
            one.borrowed.used = True
