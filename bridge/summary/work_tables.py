"""The tables of the work: units, orders, reports with their files, decisions, meetings, emergencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.model.facts import (
    Decision,
    DecisionChanged,
)
from bridge.summary.cells import Cell, Row, Rows, percent
from bridge.summary.meetings import meeting_row, minute_rows
from bridge.summary.steps import of_week
from bridge.summary.week import DirectiveLine, EvidenceLine, ReportLine, StepLine, TaskLine

# Columns as `bridge.summary.cells.columns` reads them.
UNITS = (
    "unit unit_name:34 ordered acknowledged median_minutes on_time late waiting overdue accepted returned "
    "reports incomplete photos videos duplicates"
)
DIRECTIVES = (
    "number:9 week issued_at person:26 role:18 text:60 to_all units:30 due_at due_phrase:18 state "
    "acknowledged reported late accepted of_units urgency evidence carried confidence policy event:24"
)
TASKS = (
    "directive:9 unit unit_name:34 state acknowledged_at acknowledged_by:26 via attested reported_at report:9 "
    "late accepted_at returned carried"
)
STEPS = "directive:9 unit what:26 happened_at by:26 via attested report:9 reason:50 position event:24"
REPORTS = (
    "number:9 week reported_at person:26 unit role:18 text:60 directive:9 state reason:26 emergency "
    "files counted settled_by:22 settled_at carried policy event:24"
)
EVIDENCE = (
    "report:9 unit file:44 in_bundle verdict:22 held_for:30 decided_by:26 attested signs:30 first_report "
    "first_event:24 how kind sha256:66 bytes mime mime_claimed width height seconds taken_at_claim:20 gps "
    "paired_at judged_at copy:44 copy_sha256:66 mxc:30 event:24"
)
DECISIONS = (
    "number:9 week decided_at person:26 role:18 text:60 in_force_at in_force_phrase:18 state supersedes ended_by "
    "withdrawn_by:26 withdrawn_at withdrawn_why:18 proposal_by:26 linked:18 proposal_text:60 "
    "proposal_files:66 policy position event:24"
)
MEETINGS = (
    "number:9 week opened_at chair:26 role:18 topic:60 agenda:60 dealt state closed_at closed_by:26 units_here "
    "units_led here:40 excused:40 absent:40 people:40 carried policy event:24"
)
MINUTES = "meeting:9 happened_at what:22 number:9 unit person:26 text:60 attested position event:24"
EMERGENCIES = "report:9 happened_at words:24 rung:40 unit person:26 text:60 position event:24"


class WorkRows(Rows):
    """Rows of the work of a week."""

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
