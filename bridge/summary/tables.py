"""The tables of a week: one definition that both the CSV files and the workbook are written from.

A cell is text, a whole number, a time (an aware datetime in the forum's zone) or nothing. Column keys are words of
`bundle.yaml` (`columns.KEY`); a column with times names the zone in its heading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from bridge.model.facts import (
    Act,
    ActDone,
    Adopted,
    AnyFact,
    Asked,
    Conduct,
    Decision,
    DecisionChanged,
    Destroyed,
    DigestSent,
    DigestWanted,
    FileVersion,
    Granted,
    Keeping,
    LevelsSeen,
    Proposal,
    Readdressed,
    Redacted,
    Revoked,
    RoomChanged,
    RoomReplaced,
    Stage,
    Struggled,
    Viewed,
)
from bridge.summary import participation
from bridge.summary.meetings import meeting_row, minute_rows
from bridge.summary.steps import of_week
from bridge.summary.week import ActLine, DirectiveLine, EvidenceLine, ReportLine, StepLine, TaskLine, Week
from bridge.summary.words import Words

Cell = str | int | datetime | None
Row = tuple[Cell, ...]


class Column(msgspec.Struct, frozen=True):
    """A column: its key and how wide people need it, in characters."""

    key: str
    width: int = 14
    time: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table with its rows made when asked for."""

    key: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]


def tables(week: Week, words: Words, missing: frozenset[str]) -> tuple[Table, ...]:
    """All tables of a week in the order of the workbook. ``missing``: media files the archive did not have."""
    make = _Rows(week, words, missing)
    return (
        Table("units", _columns(_UNITS), make.units),
        Table("participation", _columns(participation.COLUMNS), lambda: participation.rows(week, words)),
        Table("directives", _columns(_DIRECTIVES), make.directives),
        Table("tasks", _columns(_TASKS), make.tasks),
        Table("steps", _columns(_STEPS), make.steps),
        Table("reports", _columns(_REPORTS), make.reports),
        Table("evidence", _columns(_EVIDENCE), make.evidence),
        Table("decisions", _columns(_DECISIONS), make.decisions),
        Table("meetings", _columns(_MEETINGS), make.meetings),
        Table("minutes", _columns(_MINUTES), make.minutes),
        Table("emergencies", _columns(_EMERGENCIES), make.emergencies),
        Table("membership", _columns(_MEMBERSHIP), make.membership),
        Table("acts", _columns(_ACTS), make.acts),
        Table("changes", _columns(_CHANGES), make.changes),
        Table("corrections", _columns(_CORRECTIONS), make.corrections),
        Table("refusals", _columns(_REFUSALS), make.refusals),
        Table("edits", _columns(_EDITS), make.edits),
        Table("lates", _columns(_LATES), make.lates),
        Table("gaps", _columns(_GAPS), make.gaps),
        Table("messages", _columns(_MESSAGES), make.messages),
    )


def heading(column: Column, words: Words, starts: int) -> str:
    """What stands at the top of a column."""
    text = words.say(f"columns.{column.key}")
    return f"{text} ({words.zone_name(starts)})" if column.time else text


# One line per table: `key` or `key:width`; a key that ends in `_at` holds times.
_UNITS = (
    "unit unit_name:34 ordered acknowledged median_minutes on_time late waiting overdue accepted returned "
    "reports incomplete photos videos duplicates"
)
_DIRECTIVES = (
    "number:9 week issued_at person:26 role:18 text:60 to_all units:30 due_at due_phrase:18 state "
    "acknowledged reported late accepted of_units urgency evidence carried confidence policy event:24"
)
_TASKS = (
    "directive:9 unit unit_name:34 state acknowledged_at acknowledged_by:26 via attested reported_at report:9 "
    "late accepted_at returned carried"
)
_STEPS = "directive:9 unit what:26 happened_at by:26 via attested report:9 reason:50 position event:24"
_REPORTS = (
    "number:9 week reported_at person:26 unit role:18 text:60 directive:9 state reason:26 emergency "
    "files counted settled_by:22 settled_at carried policy event:24"
)
_EVIDENCE = (
    "report:9 unit file:44 in_bundle verdict:22 held_for:30 decided_by:26 attested signs:30 first_report "
    "first_event:24 how kind sha256:66 bytes mime mime_claimed width height seconds taken_at_claim:20 gps "
    "paired_at judged_at copy:44 copy_sha256:66 mxc:30 event:24"
)
_DECISIONS = (
    "number:9 week decided_at person:26 role:18 text:60 in_force_at in_force_phrase:18 state supersedes ended_by "
    "withdrawn_by:26 withdrawn_at withdrawn_why:18 proposal_by:26 linked:18 proposal_text:60 "
    "proposal_files:66 policy position event:24"
)
_MEETINGS = (
    "number:9 week opened_at chair:26 role:18 topic:60 agenda:60 dealt state closed_at closed_by:26 units_here "
    "units_led here:40 excused:40 absent:40 people:40 carried policy event:24"
)
_MINUTES = "meeting:9 happened_at what:22 number:9 unit person:26 text:60 attested position event:24"
_EMERGENCIES = "report:9 happened_at words:24 rung:40 unit person:26 text:60 position event:24"
_MEMBERSHIP = "happened_at room:24 user:30 person:26 was membership by:26 reason:50 position event:24"
_ACTS = (
    "number:9 happened_at verb room:24 user:30 person:26 reason:50 until_at levels:40 rule:24 by:26 office:18 "
    "second:26 undoes:9 result detail:30 done_at policy roster target:24 cause:24"
)
_CHANGES = "happened_at what:22 about:30 detail:60 by:26 position"
_CORRECTIONS = "happened_at was label number_was number by:26 via position event:24"
_REFUSALS = "happened_at user:30 why:26 detail:50 position event:24"
_EDITS = "happened_at what by:26 number text:60 position event:24"
_LATES = "position what:16 about:24 happened_at belongs_to why:26"
_GAPS = "what:24 about:24 room:24 since_at until_at state cause:30 messages_missing"
_MESSAGES = (
    "position week sent_at received_at person:26 unit role:18 label number text:60 text_hash:66 media reply_to:24 "
    "thread:24 encrypted trust:20 confidence why:24 late_why room:24 user:30 event:24"
)


def _columns(spec: str) -> tuple[Column, ...]:
    columns = []
    for word in spec.split():
        key, _, width = word.partition(":")
        time = key.endswith("_at")
        columns.append(Column(key, int(width) if width else 18 if time else 14, time))
    return tuple(columns)


class _Rows:
    """The rows of every table."""

    def __init__(self, week: Week, words: Words, missing: frozenset[str]) -> None:
        self.week = week
        self.words = words
        self.missing = missing

    def at(self, ms: int | None) -> datetime | None:
        return None if ms is None else self.words.moment(ms)

    def units(self) -> Iterator[Row]:
        w = self.words
        for u in self.week.units:
            yield (
                w.unit_short(u.unit), w.unit_name(u.unit), u.ordered, u.acknowledged, u.median_minutes, u.on_time,
                u.late, u.waiting, u.overdue, u.accepted, u.returned, u.reports, u.incomplete, u.photos, u.videos,
                u.duplicates,
            )  # fmt: skip

    def directives(self) -> Iterator[Row]:
        for order in self.week.directives:
            yield self._directive(order)

    def _directive(self, order: DirectiveLine) -> Row:
        w, fact, tasks = self.words, order.fact, order.tasks
        done = (
            sum(task.acknowledged_at is not None for task in tasks),
            sum(task.fulfilled for task in tasks),
            sum(task.late for task in tasks),
            sum(task.state == "accepted" for task in tasks),
            len(tasks),
        )
        units = ", ".join(w.unit_short(task.unit) for task in tasks)
        state = w.label("order_states", order.state)
        if fact is None:
            return (
                order.number, "", None, "", "", w.say("earlier_bundle"), "", units, self.at(order.due),
                order.due_phrase, state, *done, w.label("urgencies", order.urgency),
                w.label("evidence_wanted", order.evidence), w.yes(True), None, None, "",
            )  # fmt: skip
        name = fact.name
        if fact.on_behalf:
            name = w.say("on_behalf", name=fact.name, leader=w.person(fact.on_behalf))
        return (
            order.number, w.week_of(fact.issued_at), self.at(fact.issued_at), name, w.role(fact.role, fact.acting),
            "\n→ ".join(order.texts), w.yes(fact.to_all), units, self.at(order.due), order.due_phrase, state, *done,
            w.label("urgencies", order.urgency), w.label("evidence_wanted", order.evidence), w.yes(order.carried),
            percent(fact.confidence), fact.policy_version, fact.event,
        )  # fmt: skip

    def tasks(self) -> Iterator[Row]:
        for order in self.week.directives:
            for task in order.tasks:
                yield self._task(order, task)

    def _task(self, order: DirectiveLine, task: TaskLine) -> Row:
        w = self.words
        return (
            order.number, w.unit_short(task.unit), w.unit_name(task.unit), w.label("states", task.state),
            self.at(task.acknowledged_at), w.person(task.acknowledged_by), w.label("via", task.acknowledged_via),
            w.yes(task.attested), self.at(task.reported_at), task.report, w.yes(task.late),
            self.at(task.accepted_at), task.returned, w.yes(order.carried),
        )  # fmt: skip

    def steps(self) -> Iterator[Row]:
        reports: dict[str, list[ReportLine]] = {}
        for report in self.week.reports:
            if report.directive:
                reports.setdefault(report.directive, []).append(report)
        for order in self.week.directives:
            for step in of_week(order, reports.get(order.number, ()), self.week.opening.position):
                yield self._step(order, step)

    def _step(self, order: DirectiveLine, step: StepLine) -> Row:
        w = self.words
        by = ", ".join(w.person(one) for one in step.by.split(" "))
        return (
            order.number, w.unit_short(step.unit) if step.unit else "", w.label("steps", step.what),
            self.at(step.at or None), by, w.label("via", step.via), w.yes(step.attested), step.report, step.reason,
            step.position, step.cause,
        )  # fmt: skip

    def reports(self) -> Iterator[Row]:
        for report in self.week.reports:
            yield self._report(report)

    def _report(self, report: ReportLine) -> Row:
        w, fact = self.words, report.fact
        settled = next((c.fact for c in reversed(report.changes) if c.fact.state), None)
        counted = sum(e.judged is not None and e.judged.verdict in ("ok", "unchecked") for e in report.evidence)
        tail = (
            len(report.evidence), counted, w.person(settled.by) if settled else "",
            self.at(settled.at) if settled else None, w.yes(report.carried),
        )  # fmt: skip
        state = w.label("states", report.state)
        said = next((c.fact.reason for c in reversed(report.changes) if c.fact.reason or c.fact.state), "")
        reason = w.label("reasons", said)
        urgent = bool(fact and fact.emergency) or any(change.fact.emergency for change in report.changes)
        emergency = w.yes(report.emergency is not None or urgent)
        if fact is None:
            return (
                report.number, "", None, "", "", "", report.text or w.say("earlier_bundle"),
                report.directive, state, reason, emergency, *tail, None, "",
            )  # fmt: skip
        return (
            report.number, w.week_of(fact.reported_at), self.at(fact.reported_at), fact.name,
            w.unit_short(fact.unit) if fact.unit else "", w.role(fact.role), report.text, report.directive, state,
            reason, emergency, *tail, fact.policy_version, fact.event,
        )  # fmt: skip

    def evidence(self) -> Iterator[Row]:
        for line in self.week.evidence:
            yield self._evidence(line)

    def _evidence(self, line: EvidenceLine) -> Row:
        w, judged, paired = self.words, line.judged, line.paired
        unit = w.unit_short(line.unit) if line.unit else ""
        how = w.label("how", paired.how) if paired else ""
        kind = w.label("media", paired.kind_of_media) if paired else ""
        paired_at = self.at(paired.at) if paired else None
        mxc = paired.mxc if paired else ""
        shown = w.label("in_bundle", line.withheld or ("missing" if line.file in self.missing else "yes"))
        held_for = self._listed("signs", judged.held_for) if judged else ""
        settled = line.settled
        decided = (
            held_for, w.person(settled.by) if settled else "", w.yes(settled.attested) if settled else "",
        )  # fmt: skip
        if judged is None:
            return (
                line.report, unit, "", shown, "", *decided, "", "", "", how, kind, "", None, "", "", None, None,
                None, "", "", paired_at, None, "", "", mxc, line.event,
            )  # fmt: skip
        return (
            line.report, unit, line.file, shown, w.label("verdicts", judged.verdict), *decided,
            self._listed("signs", judged.signs), judged.first_report,
            judged.first_event, how, kind, judged.sha256, judged.size, judged.mime, judged.mime_claimed,
            judged.width or None, judged.height or None, judged.duration_ms // 1000 or None, judged.taken_at,
            w.yes(judged.has_gps), paired_at, self.at(judged.at), line.readable, judged.readable_sha256, mxc,
            line.event,
        )  # fmt: skip

    def _listed(self, group: str, codes: Iterable[str]) -> str:
        return ", ".join(self.words.label(group, code) for code in codes)

    def decisions(self) -> Iterator[Row]:
        w = self.words
        for at in self.week.decisions:
            f = at.fact
            yield (
                f.number, w.week_of(f.decided_at), self.at(f.decided_at), f.name, w.role(f.role, f.acting), f.text,
                self.at(f.in_force_from), f.in_force_phrase, *self._ended(f),
                w.person(f.proposal_by), w.label("linked", f.linked) if f.linked else "", f.proposal_text,
                self._files(f), f.policy_version, at.position, f.event,
            )  # fmt: skip

    def meetings(self) -> Iterator[Row]:
        for line in self.week.meetings:
            yield meeting_row(line, self.week, self.words)

    def minutes(self) -> Iterator[Row]:
        for line in self.week.meetings:
            yield from minute_rows(line, self.words)

    def _ended(self, decision: Decision) -> tuple[Cell, ...]:
        """(state at the cut, what it ended, what ended it; of one that was withdrawn by whom, when and why)."""
        w = self.words
        state, ended_by, gone = "in_force", "", ("", 0, "")
        for at in self.week.changes:
            if isinstance(at.fact, DecisionChanged) and at.fact.number == decision.number:
                state, ended_by = at.fact.state, at.fact.ended_by
                gone = (at.fact.by, at.fact.at, at.fact.why)
        for mended in self.week.corrections:
            if mended.fact.number_was == decision.number and mended.fact.label != "decision":
                state, gone = "withdrawn", (mended.fact.by, mended.fact.at, "mended")
        shown = w.label("decision_states", state), ", ".join(decision.supersedes), ended_by
        if state != "withdrawn":
            return (*shown, "", None, "")
        by, when, why = gone
        return (*shown, w.person(by), self.at(when), w.label("withdrawn", why or "mended"))

    def _files(self, decision: Decision) -> str:
        """The files of a proposal, each with its name and SHA-256, as far as it was judged by the cut."""
        judged = {(at.event, at.judged.index): at.judged.sha256 for at in self.week.evidence if at.judged}
        parts = (
            (
                self.words.label("media", part.kind),
                part.name,
                part.sha256 or judged.get((part.event, part.index), ""),
            )
            for part in decision.proposal_media
        )
        return "; ".join(" ".join(word for word in words if word) for words in parts)

    def emergencies(self) -> Iterator[Row]:
        w = self.words
        reports = {line.number: line for line in self.week.reports}
        for at in self.week.emergencies:
            f, line = at.fact, reports.get(at.fact.report)
            report = line.fact if line else None
            yield (
                f.report, self.at(f.at), ", ".join(f.words), ", ".join(w.person(p) for p in f.rung),
                w.unit_short(report.unit) if report and report.unit else "", report.name if report else "",
                line.text if line else "", at.position, f.event,
            )  # fmt: skip

    def membership(self) -> Iterator[Row]:
        w = self.words
        for at in self.week.memberships:
            f = at.fact
            yield (
                self.at(f.at), f.room, f.user, w.person(f.person), w.label("memberships", f.was),
                w.label("memberships", f.membership), w.person(f.by), f.reason, at.position, f.event,
            )  # fmt: skip

    def acts(self) -> Iterator[Row]:
        for line in self.week.acts:
            yield self._act(line)

    def _act(self, line: ActLine) -> Row:
        w, act, done = self.words, line.act, line.done
        result = w.label("results", done.result if done else "pending")
        tail = (result, done.detail if done else "", self.at(done.at) if done else None)
        if act is None:
            unknown = (None, "", "", "", "", "", "")
            return (line.number, None, "", "", "", "", w.say("earlier_bundle"), *unknown, *tail, None, None, "", "")
        return (
            line.number, self.at(act.at), w.label("verbs", act.verb), act.room, act.user, w.person(act.person),
            act.reason, self.at(act.until), _levels(act, done), w.label("rules", act.rule), w.person(act.by),
            w.role(act.office, act.acting), w.person(act.second), act.undoes, *tail, act.policy_version,
            act.roster_version, act.target, act.cause,
        )  # fmt: skip

    def changes(self) -> Iterator[Row]:
        for at in self.week.changes:
            about, detail, by = self._change(at.fact)
            kind = at.fact.__struct_config__.tag
            yield (
                self.at(at.fact.at), self.words.label("changes", str(kind)), about, detail, self._people(by),
                at.position,
            )  # fmt: skip

    def _people(self, by: str) -> str:
        """Who stands behind something: a person, or who asked and who agreed, joined with a `+`."""
        return ", ".join(self.words.person(one) for one in by.split("+"))

    def _change(self, fact: AnyFact) -> tuple[str, str, str]:
        """(about, detail, by) of something that happened to the forum itself."""
        w = self.words
        match fact:
            case Adopted() as f:
                counts = {"present": len(f.present), "matched": len(f.matched), "unlisted": len(f.unlisted)}
                return f.room, w.say("adopted", **counts), ""
            case Asked() as f:
                return f.about, self._asked(f), ""
            case Conduct() as f:
                about = w.label("rules", f"conduct.{f.about}")
                named = f" ({f.rule})" if f.rule != f.about else ""
                detail = f"{w.person(f.person)} · {about}{named} · {w.label('conduct_steps', f.step)}"
                return f.event, detail, f.by
            case Stage() as f:
                by = ", ".join(w.person(p) for p in (f.by, f.second) if p)
                return "", f"{w.label('stages', f.was)} → {w.label('stages', f.stage)}", by
            case Readdressed() as f:
                signed = (*(f"+ {w.unit_short(u)}" for u in f.added), *(f"- {w.unit_short(u)}" for u in f.removed))
                return f.directive, ", ".join(signed), f.by
            case Proposal() as f:
                who = ", ".join((*f.users, *(w.person(p) for p in f.persons)))
                parts = (w.label("proposals", f.what), w.label("proposal_states", f.state), who, f.detail)
                return f.number, " · ".join(part for part in parts if part), f.by
            case Granted() as f:
                return f.number, self._granted(f), f.by if f.second is None else f"{f.by}+{f.second}"
            case Revoked() as f:
                return f.number, w.label("revoked", f.why), f.by
            case LevelsSeen() as f:
                changed = "; ".join(f"{key}: {before or '–'} → {after or '–'}" for key, before, after in f.changes)
                return f.room, changed, f.by
            case Struggled() as f:
                return f.about, f"{w.label('struggles', f.what)}: {w.person(f.person)}", ""
            case DecisionChanged() as f:
                ended = f" · {f.ended_by}" if f.ended_by else ""
                return f.number, w.label("decision_states", f.state) + ended, f.by
            case RoomChanged() as f:
                return f.room, f"{f.type} {f.summary}".strip(), f.by
            case RoomReplaced() as f:
                return f.room, f"{f.name}: {f.room} → {f.replacement}", f.by
            case FileVersion() as f:
                told = "; ".join((*f.changes, *f.effects, *f.waiting))
                return f"{w.label('papers', f.what)} {f.version}", told, f.author
            case Keeping() as f:
                by = ", ".join(w.person(one) for one in f.by.split("+"))
                held = f" · {w.say('kept_held')}" if f.hold else ""
                return "", w.say("kept", messages=f.messages, media=f.media) + held, by
            case Destroyed() as f:
                runs = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in f.ranges)
                return runs, w.say("destroyed", count=f.count, files=f.files, keep=f.keep), f.rule
            case DigestSent() as f:
                return f.day, ", ".join(w.person(person) for person in f.persons), ""
            case Viewed() as f:
                return f.number, f.event, f.person
            case DigestWanted() as f:
                return f.person, w.label("digest_wanted", "yes" if f.wanted else "no"), f.person
            case _:
                return "", str(getattr(fact, "version", "")), ""

    def _granted(self, grant: Granted) -> str:
        """Acting head: NAME · unit · days; of an account also which one it replaces."""
        w = self.words
        who = f"{w.label('grants', grant.what)}: {grant.name or w.person(grant.person)}"
        accounts = f"{grant.replaces} → {grant.user}" if grant.replaces else grant.user
        unit = w.unit_short(grant.unit) if grant.unit else w.role(grant.role)
        rights = ", ".join(w.label("lendable", right) for right in grant.rights)
        days = f"{grant.begins} – {grant.ends}" if grant.ends else grant.begins
        return " · ".join(part for part in (who, accounts, unit, rights, days, grant.purpose) if part)

    def _asked(self, asked: Asked) -> str:
        """`asked for evidence: NAME`; `evidence.too_small` says what was wrong with what was sent."""
        w = self.words
        what, _, verdict = asked.what.partition(".")
        told = w.label("struggles", verdict.removeprefix("hint_")) if what == "coaching" else ""
        parts = (w.label("asked", what), told or w.label("verdicts", verdict), w.person(asked.person))
        return ": ".join(part for part in parts if part)

    def corrections(self) -> Iterator[Row]:
        w = self.words
        for at in self.week.corrections:
            f = at.fact
            yield (
                self.at(f.at), w.label("labels", f.was), w.label("labels", f.label), f.number_was, f.number,
                w.person(f.by), w.label("via", f.via), at.position, f.event,
            )  # fmt: skip

    def refusals(self) -> Iterator[Row]:
        for at in self.week.refusals:
            f = at.fact
            yield (self.at(f.at), f.sender, self.words.label("refused", f.why), f.detail, at.position, f.event)

    def edits(self) -> Iterator[Row]:
        w = self.words
        numbers = {at.fact.event: at.fact.number for at in self.week.messages if at.fact.number}
        for at in self.week.edits:
            f = at.fact
            number = numbers.get(f.event)
            if isinstance(f, Redacted):
                yield (self.at(f.at), w.say("redacted"), w.person(f.by), number, "", at.position, f.event)
            else:
                text = f.text if f.text is not None else hashed(f.text_hash)
                yield (self.at(f.at), w.say("edited"), "", number, text, at.position, f.event)

    def lates(self) -> Iterator[Row]:
        w = self.words
        for late in self.week.lates:
            belongs = w.say("late_for", week=w.week_of(late.happened_at))
            yield (
                late.position, w.label("kinds", late.what), late.about, self.at(late.happened_at), belongs,
                w.label("late_why", late.why),
            )  # fmt: skip

    def gaps(self) -> Iterator[Row]:
        w = self.words
        for gap in self.week.gaps:
            yield (
                w.label("gap_kinds", gap.what), gap.about, gap.room, self.at(gap.since or None),
                self.at(gap.until or None), w.label("gap_states", gap.state), w.label("causes", gap.cause),
                gap.events or None,
            )  # fmt: skip
        for file in sorted(self.missing):
            yield (w.label("gap_kinds", "missing"), file, "", None, None, w.label("gap_states", "open"), "", 1)

    def messages(self) -> Iterator[Row]:
        w = self.words
        for at in self.week.messages:
            f = at.fact
            media = ", ".join(w.label("media", part.kind) for part in f.media)
            yield (
                at.position, w.week_of(f.sent_at if f.late else f.received_at), self.at(f.sent_at),
                self.at(f.received_at), f.name or w.person(f.person), w.unit_short(f.unit) if f.unit else "",
                w.role(f.role, f.acting), w.label("labels", f.label), f.number, f.text, f.text_hash, media,
                f.reply_to, f.thread, w.yes(f.encrypted), w.label("trust", f.trust), percent(f.confidence), f.why,
                w.label("late_why", f.late), f.room, f.sender, f.event,
            )  # fmt: skip


def percent(share: float) -> int | None:
    """A share of one as a whole number of hundredths; nothing for what is no number."""
    return round(share * 100) if 0 <= share <= 1 else None


def hashed(text_hash: str) -> str:
    """How a text stands in a table of which only the hash is kept."""
    return f"SHA-256 {text_hash}" if text_hash else ""


def _levels(act: Act, done: ActDone | None) -> str:
    """Power levels that were changed, each with what was found and what it became; a dash: no key."""
    before = done.before if done else {}
    changes = [(path, before.get(path), level) for path, level in sorted(act.changes.items())]
    return "; ".join(f"{path}: {_level(was)} → {_level(level)}" for path, was, level in changes)


def _level(level: int | None) -> str:
    return "–" if level is None else str(level)
