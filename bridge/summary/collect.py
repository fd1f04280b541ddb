"""The records of a week -> one :class:`Week`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bridge.model.chain import runs
from bridge.model.facts import (
    Corrected,
    Decision,
    Directive,
    Edited,
    Emergency,
    EvidenceJudged,
    ForumRead,
    Gap,
    Membership,
    Message,
    Opened,
    Record,
    Redacted,
    Refused,
    Report,
    WeekSealed,
)
from bridge.summary.fold import Entry, Fold, NotAWeek, Thing
from bridge.summary.lines import (
    UNREADABLE,
    act_line,
    directive_line,
    evidence_lines,
    gap_line,
    report_line,
    sealed_line,
    spoken_of_late,
    unit_lines,
)
from bridge.summary.meetings import meeting_line
from bridge.summary.names import name_files
from bridge.summary.week import At, Change, EvidenceLine, GapLine, LateLine, Opening, Week
from bridge.summary.words import Words


def collect(records: Iterable[Record], opening: Opening) -> Week:
    """The week that ``records`` hold: those after ``opening.at``, the last of which is the week's seal.

    Reads the records once, in order; it does not check the chain. Raises :class:`NotAWeek` when they do not
    end in a seal that continues ``opening``.
    """
    gathering = _Gathering(opening)
    for record in records:
        gathering.take(record)
    return gathering.week()


class _Gathering:
    """What one pass over a week's records has found so far."""

    def __init__(self, opening: Opening) -> None:
        self.fold = Fold(opening)
        self.opening = opening.at
        self.seal: WeekSealed | None = None
        self.messages: list[At[Message]] = []
        self.decisions: list[At[Decision]] = []
        self.memberships: list[At[Membership]] = []
        self.corrections: list[At[Corrected]] = []
        self.refusals: list[At[Refused]] = []
        self.emergencies: list[At[Emergency]] = []
        self.edits: list[At[Redacted | Edited]] = []
        self.changes: list[At[Change]] = []
        self.read: ForumRead | None = None
        self.destroyed: list[int] = []
        self.dated: list[tuple[Entry, int, str, str]] = []

    def take(self, record: Record) -> None:
        """Sort one record into its group."""
        if self.seal is not None:
            raise NotAWeek(f"record {record.position} stands after the seal of {self.seal.week}")
        entry = self.fold.add(record)
        if entry is None:
            self.destroyed.append(record.position)
            return
        position = record.position
        match entry.fact:
            case Message() as fact:
                self.messages.append(At(position, fact))
                if fact.late:
                    self.dated.append((entry, spoken_of_late(fact), fact.number or fact.event, fact.late))
            case Decision() as fact:
                self.decisions.append(At(position, fact))
                self.dated.append((entry, fact.decided_at, fact.number, ""))
            case Directive() as fact:
                self.dated.append((entry, fact.issued_at, fact.number, ""))
            case Report() as fact:
                self.dated.append((entry, fact.reported_at, fact.number, ""))
            case Membership() as fact:
                self.memberships.append(At(position, fact))
            case Corrected() as fact:
                self.corrections.append(At(position, fact))
            case Refused() as fact:
                self.refusals.append(At(position, fact))
            case Emergency() as fact:
                self.emergencies.append(At(position, fact))
            case Redacted() | Edited() as fact:
                self.edits.append(At(position, fact))
            case ForumRead() as fact:
                self.read = fact
            case fact if isinstance(fact, Change):
                self.changes.append(At(position, fact))
            case WeekSealed() as fact:
                self.seal = fact
            case _:
                pass

    def week(self) -> Week:
        """The week, when its seal was the last record taken."""
        seal = self.seal
        if seal is None:
            raise NotAWeek("the records do not end in the seal of a week")
        if seal.previous != self.opening.position:
            raise NotAWeek(f"{seal.week} continues {seal.previous}, not {self.opening.position}", "start")
        since = self.opening.position
        directives = tuple(directive_line(thing) for thing in self.fold.of_kind("directive"))
        reports = [report_line(thing, since) for thing in self.fold.of_kind("report")]
        orphans = [line for thing in self.fold.of_kind("media") for line in evidence_lines(thing, since)]
        reports, orphans = name_files(reports, orphans, Words.of(seal))
        evidence = (*(line for report in reports for line in report.evidence), *orphans)
        return Week(
            seal=seal,
            opening=self.opening,
            cut=self.fold.head,
            directives=directives,
            reports=tuple(reports),
            evidence=evidence,
            decisions=tuple(self.decisions),
            meetings=tuple(meeting_line(thing) for thing in self.fold.of_kind("meeting")),
            messages=tuple(self.messages),
            memberships=tuple(self.memberships),
            acts=tuple(act_line(thing) for thing in self.fold.of_kind("act")),
            corrections=tuple(self.corrections),
            refusals=tuple(self.refusals),
            emergencies=tuple(self.emergencies),
            edits=tuple(self.edits),
            changes=tuple(self.changes),
            read=self.read,
            gaps=tuple(self._gaps(evidence)),
            lates=tuple(self._lates(seal)),
            units=unit_lines([unit.id for unit in seal.units], directives, reports, seal.at),
        )

    def _gaps(self, evidence: Iterable[EvidenceLine]) -> list[GapLine]:
        gaps = [gap_line(thing) for thing in self.fold.of_kind("gap")]
        sealed = (sealed_line(thing) for thing in self.fold.of_kind("sealed"))
        gaps += [gap for gap in sealed if gap is not None]
        for line in evidence:
            if line.judged and line.judged.verdict in UNREADABLE and not line.carried:
                about, at = line.report or line.event, line.judged.at
                gaps.append(GapLine(what="unavailable", about=about, since=at, cause=line.judged.verdict, events=1))
        for first, last in runs(self.destroyed):
            about = str(first) if first == last else f"{first}-{last}"
            gaps.append(GapLine(what="destroyed", about=about, state="given_up", events=last - first + 1))
        return gaps

    def _lates(self, seal: WeekSealed) -> list[LateLine]:
        """What was recorded now and happened before the week began, each event once."""
        lates: dict[str, LateLine] = {}
        for entry, at, about, why in self.dated:
            event = str(getattr(entry.fact, "event", about))
            if at < seal.starts and event not in lates:
                lates[event] = LateLine(
                    position=entry.position,
                    what=entry.record.kind,
                    about=about,
                    happened_at=at,
                    why=why or "recorded",
                )
        lines = list(lates.values())
        for thing in (*self.fold.of_kind("gap"), *self.fold.of_kind("sealed"), *self.fold.of_kind("report")):
            lines += _late_answers(thing, self.opening.position)
        return sorted(lines, key=lambda line: line.position)


def _late_answers(thing: Thing, since: int) -> list[LateLine]:
    """What this week learned about an earlier week's gap, sealed message or evidence."""
    if not thing.carried:
        return []
    first = thing.entries[0].fact
    lines = []
    for entry in thing.entries:
        if entry.position <= since:
            continue
        fact = entry.fact
        if isinstance(fact, Gap | Opened | EvidenceJudged):
            happened = int(getattr(first, "at", 0) or getattr(first, "reported_at", 0))
            why = {Gap: "gap", Opened: "decrypted", EvidenceJudged: "judged"}[type(fact)]
            lines.append(
                LateLine(
                    position=entry.position,
                    what=entry.record.kind,
                    about=thing.name,
                    happened_at=happened,
                    why=why,
                )
            )
    return lines


def numbers(week: Week) -> dict[str, int]:
    """The numbers at the top of the summary, in reading order."""
    fresh = [order for order in week.directives if order.fact and not order.carried]
    reports = [report for report in week.reports if report.fact and not report.carried]
    verdicts = Counter(line.judged.verdict for line in week.evidence if line.judged and not line.carried)
    return {
        "directives": len(fresh),
        "carried": sum(order.carried for order in week.directives),
        "reports": len(reports),
        "emergencies": len(week.emergencies),
        "evidence": verdicts["ok"],
        "duplicates": verdicts["duplicate"],
        "decisions": len(week.decisions),
        "meetings": sum(line.fact is not None for line in week.meetings),
        "messages": len(week.messages),
        "corrections": len(week.corrections),
        "refusals": len(week.refusals),
        "lates": len(week.lates),
        "gaps": len(week.gaps),
        "records": week.count,
    }
