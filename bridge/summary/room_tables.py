"""The tables of the rooms: who came and went, what the bot did and refused, corrections, gaps, messages."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.model.facts import (
    Act,
    ActDone,
    Adopted,
    AnyFact,
    Asked,
    Conduct,
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
from bridge.summary.cells import Row, Rows, hashed, percent
from bridge.summary.week import ActLine

# Columns as `bridge.summary.cells.columns` reads them.
MEMBERSHIP = "happened_at room:24 user:30 person:26 was membership by:26 reason:50 position event:24"
ACTS = (
    "number:9 happened_at verb room:24 user:30 person:26 reason:50 until_at levels:40 rule:24 by:26 office:18 "
    "second:26 undoes:9 result detail:30 done_at policy roster target:24 cause:24"
)
CHANGES = "happened_at what:22 about:30 detail:60 by:26 position"
CORRECTIONS = "happened_at was label number_was number by:26 via position event:24"
REFUSALS = "happened_at user:30 why:26 detail:50 position event:24"
EDITS = "happened_at what by:26 number text:60 position event:24"
LATES = "position what:16 about:24 happened_at belongs_to why:26"
GAPS = "what:24 about:24 room:24 since_at until_at state cause:30 messages_missing"
MESSAGES = (
    "position week sent_at received_at person:26 unit role:18 label number text:60 text_hash:66 media reply_to:24 "
    "thread:24 encrypted trust:20 confidence why:24 late_why room:24 user:30 event:24"
)


class RoomRows(Rows):
    """Rows of what happened in the rooms in a week."""

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
        mended = {at.fact.event: at.fact for at in self.week.corrections}
        for at in self.week.messages:
            f = at.fact
            now = mended.get(f.event)
            label, number, text = f.label, f.number, f.text
            if now is not None:
                # What was mended to talk is not repeated, as talk is not.
                label, number, text = now.label, now.number, None if now.label == "chatter" else f.text
            media = ", ".join(w.label("media", part.kind) for part in f.media)
            yield (
                at.position, w.week_of(f.sent_at if f.late else f.received_at), self.at(f.sent_at),
                self.at(f.received_at), f.name or w.person(f.person), w.unit_short(f.unit) if f.unit else "",
                w.role(f.role, f.acting), w.label("labels", label), number, text, f.text_hash, media,
                f.reply_to, f.thread, w.yes(f.encrypted), w.label("trust", f.trust), percent(f.confidence), f.why,
                w.label("late_why", f.late), f.room, f.sender, f.event,
            )  # fmt: skip


def _levels(act: Act, done: ActDone | None) -> str:
    """Power levels that were changed, each with what was found and what it became; a dash: no key."""
    before = done.before if done else {}
    changes = [(path, before.get(path), level) for path, level in sorted(act.changes.items())]
    return "; ".join(f"{path}: {_level(was)} → {_level(level)}" for path, was, level in changes)


def _level(level: int | None) -> str:
    return "–" if level is None else str(level)
