"""Verdicts: a photo or video was fetched and judged, or could not be."""

from __future__ import annotations

import msgspec

from bridge.forum import pairing, reports, signs
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import Say, Value
from bridge.model.evidence import Inspection
from bridge.model.situation import MediaView, Needs, Outcome, Situation


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence room brought back of one media file."""

    event: str
    index: int
    inspection: Inspection | None = None
    """None when the file could not be fetched."""
    unavailable: str = ""
    """Why it could not: `not_found`, `too_large`, `wrong_hash`, `bad_address`, `gave_up`."""


_decode = msgspec.json.Decoder(Looked).decode


def looked(taken: Taken) -> Looked:
    """The verdict of a row."""
    return _decode(taken.body)


def needs(taken: Taken, book: Book) -> Needs:
    """The media, its report, and whether the same bytes were seen before."""
    seen = looked(taken)
    return Needs(
        answers=(seen.event,),
        media_of=seen.event,
        report_of_media=(seen.event, seen.index),
        sha256=seen.inspection.sha256 if seen.inspection and seen.inspection.size else None,
        pictures=seen.inspection.views if seen.inspection else (),
    )


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Record the verdict, and let the report that waits for it move on."""
    seen = looked(taken)
    media = next((item for item in situation.media if item.index == seen.index), None)
    if media is None:
        return Outcome()
    verdict, first = _verdict(seen, media, situation)
    report = situation.report if media.report is not None else None
    fact = _fact(seen, media, verdict, situation, book, now)
    outcome = Outcome(facts=[fact])
    if report is None or not pairing.counts(media.kind, book):
        return outcome
    if verdict == "ok":
        # What was on its way when a leader returned the report is not what he waits for.
        again = report.state == "returned" and media.received_at >= report.changed_at
        if again or report.state in ("waiting", "incomplete", "unknown"):
            standing = book.roster.standing_of(report.person, book.local(report.reported_at))
            units = [unit.id for unit in standing.units] if standing else []
            owing = reports.owing_under(situation.directive, report, units)
            outcome.merge(
                reports.reported(
                    report.number,
                    owing,
                    report.person,
                    book,
                    now,
                    by="rule:evidence",
                    cause=media.event,
                )
            )
        return outcome
    if report.state != "waiting" or report.accepted or verdict == "repeated":
        return outcome
    wait = ms(book.policy.evidence.wait)
    values: dict[str, Value] = {
        "number": report.number,
        "until": book.iso(report.evidence_until or report.reported_at + wait),
    }
    key = f"evidence.{verdict}"
    if seen.unavailable == "too_large":
        key = "evidence.too_large"
    elif verdict == "duplicate" and situation.first_use and situation.first_use.forum != situation.forum:
        # A number of another forum would be taken for one of this forum.
        key = "evidence.duplicate_elsewhere"
    elif verdict == "duplicate":
        values["first"] = first or ""
    # Of an album the last refusal rings: until then another of its pictures may be the proof.
    last = report.pending <= 1
    outcome.facts.append(f.Asked(what=key, about=media.event, person=report.person, at=now))
    outcome.effects.append(
        Say(
            room=media.room,
            key=key,
            values=values,
            reply_to=media.event,
            thread=report.thread,
            mentions=book.roster.user_ids(report.person, book.local(now)) if last else (),
            ref=f"{report.number}.{media.event}.verdict",
        )
    )
    outcome.timers += reports.waiting_timers(report.number, report.person, report.reported_at, book, ask=False)
    return outcome


def _verdict(seen: Looked, media: MediaView, situation: Situation) -> tuple[str, str | None]:
    """(verdict, number of the report in which the same bytes were used first)."""
    if seen.inspection is None:
        return "unavailable", None
    if not seen.inspection.ok:
        return str(seen.inspection.verdict), None
    first = situation.first_use
    if first is None or (first.event, first.index) == (media.event, media.index) or first.report is None:
        return "ok", None
    if first.forum == situation.forum and first.report == media.report:
        return "repeated", first.report
    return "duplicate", first.report


def _fact(
    seen: Looked, media: MediaView, verdict: str, situation: Situation, book: Book, now: int
) -> f.EvidenceJudged:
    known = situation.first_use if verdict in ("duplicate", "repeated") else None
    inspection = seen.inspection
    if inspection is None:
        return f.EvidenceJudged(
            event=media.event,
            index=media.index,
            report=media.report,
            verdict=verdict,
            reason=seen.unavailable,
            at=now,
        )
    alike = signs.nearest(situation, media)
    noticed = signs.noticed(
        inspection,
        book.policy.evidence.checks,
        received=book.local(media.received_at),
        zone=book.policy.forum.zone,
        alike=alike,
    )
    return f.EvidenceJudged(
        event=media.event,
        index=media.index,
        report=media.report,
        verdict=verdict,
        reason=str(inspection.reason),
        sha256=inspection.sha256,
        size=inspection.size,
        mime=inspection.mime,
        mime_claimed=inspection.claimed,
        width=inspection.width or 0,
        height=inspection.height or 0,
        duration_ms=inspection.duration_ms or 0,
        taken_at=inspection.taken_at or "",
        taken_offset=inspection.taken_offset,
        has_gps=inspection.has_gps,
        position=inspection.position,
        software=inspection.software,
        signs=noticed,
        quality=inspection.quality,
        views=inspection.views,
        alike_event=alike.event if alike else None,
        alike_index=alike.index if alike else 0,
        alike_report=alike.report if alike else None,
        alike_forum=alike.forum if alike else None,
        alike_distance=alike.distance if alike else None,
        first_event=known.event if known else None,
        first_report=known.report if known else None,
        first_forum=known.forum if known else None,
        archived=bool(inspection.sha256),
        at=now,
    )
