"""Verdicts: a photo or video was fetched and judged, or could not be."""

from __future__ import annotations

import msgspec

from bridge.forum import counting, elsewhere, held, pairing, repeats, reports, signs, whereabouts
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.repeats import Kin
from bridge.model import facts as f
from bridge.model import grids
from bridge.model.clock import ms
from bridge.model.effects import Line, Say, Value
from bridge.model.evidence import DOCUMENT_LIKE, DOCUMENTS, Inspection, Reason, Sign, Stored, Verdict
from bridge.model.situation import (
    AlikePicture,
    CheckView,
    FirstUse,
    MediaView,
    Needs,
    Outcome,
    ReportView,
    Situation,
    Use,
    may_count,
)
from bridge.policy.pictures import Level


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence room brought back of one media file."""

    event: str
    index: int
    inspection: Inspection | None = None
    """None when the file could not be fetched."""
    unavailable: str = ""
    """Why it could not: `not_found`, `too_large`, `wrong_hash`, `bad_address`, `gave_up`."""
    readable: Stored | None = None
    """A JPEG that was made of it for readers, and is kept beside it."""


UNOPENED = frozenset({"truncated", "bomb", "unsupported", "timeout", "crashed"})
"""Verdicts of documents that could not be opened."""

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
    report = situation.report if media.report is not None else None
    first = _waiting_first(media, situation)
    if first is not None:
        # The file before the edit is no other use of the picture.
        situation = msgspec.structs.replace(
            situation,
            uses=tuple(use for use in situation.uses if use.event != media.replaces),
            alike=tuple(one for one in situation.alike if one.event != media.replaces),
        )
    found = _found(seen, media, report, situation, book, fresh=first is not None)
    outcome = Outcome(facts=[_fact(seen, media, found, situation, now)])
    if found.verdict == "view_once" and report is None:
        outcome.effects += _send_again(media, situation, book, now)
    if report is None or not pairing.counts(media.kind, book, report.evidence):
        return outcome
    if found.verdict == "held":
        outcome.merge(_wait(media, report, found, situation, book, now))
    if media.replaces and (first is None or found.verdict == "unavailable"):
        # The file of an edit takes nothing away by itself: people say what the message is worth now.
        return outcome
    if first is not None:
        outcome.merge(elsewhere.replaced(first, book, now, cause=media.event))
        was_held = first.media is not None and first.media.verdict == "held"
        report = msgspec.structs.replace(report, held=report.held - was_held)
    good = report.accepted + (found.verdict in pairing.COUNTING)
    waits = report.held + (found.verdict == "held")
    hand = counting.Hand(by="rule:evidence", via="evidence", cause=media.event)
    if found.verdict in pairing.COUNTING or waits:
        return outcome.merge(counting.stand(report, situation.directive, media, good, waits, hand, book, now))
    if first is not None and report.state == "held":
        outcome.merge(counting.stand(report, situation.directive, media, good, waits, hand, book, now))
        until = now + ms(book.policy.evidence.wait)
        report = msgspec.structs.replace(report, state="waiting", evidence_until=until)
    if report.state != "waiting" or report.accepted or found.verdict in ("repeated", "withdrawn"):
        return outcome
    return outcome.merge(_asked_again(seen, media, report, found, book, now))


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a file comes to: a verdict, why people look at it if they do, and the earlier picture that matters."""

    verdict: str
    held_for: tuple[str, ...] = ()
    earlier: Use | None = None
    elsewhere: FirstUse | None = None
    """The earlier one stands in another forum."""
    alike: AlikePicture | None = None
    """One that is the same or nearly, though its bytes are others."""
    noticed: tuple[Sign, ...] = ()


def _waiting_first(media: MediaView, situation: Situation) -> CheckView | None:
    """Of the file of an edit: what waits for a verifier of the file before it, which then never counted."""
    waiting = (check for check in situation.checks if media.replaces and check.event == media.replaces)
    return next((check for check in waiting if check.index == media.index), None)


def _found(
    seen: Looked,
    media: MediaView,
    report: ReportView | None,
    situation: Situation,
    book: Book,
    *,
    fresh: bool,
) -> Found:
    inspection = seen.inspection
    if media.verdict == "withdrawn":
        # Its sender took it back before it was looked at: it is kept, and proves nothing.
        return Found(verdict="withdrawn")
    if inspection is None:
        once = _part(media, situation).once and book.policy.evidence.checks.view_once == "refuse"
        return Found(verdict="view_once" if once else "unavailable")
    wanted = report.evidence if report is not None else ""
    if inspection.mime in DOCUMENTS and report is not None and not pairing.counts("file", book, wanted):
        # A document that was sent as a photo.
        return Found(verdict=str(Verdict.NOT_MEDIA))
    blank = inspection.verdict is Verdict.BLANK and book.policy.evidence.checks.blank
    if not inspection.ok and blank in (False, "refuse"):
        return Found(verdict=str(inspection.verdict))
    alike = _alike(media, report, situation, book)
    before = _before(inspection, media, report, situation, book)
    noticed = signs.noticed(
        inspection,
        book.policy.evidence.checks,
        received=book.local(media.received_at),
        zone=book.policy.forum.zone,
        alike=alike,
        forwarded=_part(media, situation).forwarded,
        aligned=before is not None,
        borders=book.policy.borders.polygons,
        place=whereabouts.seen(inspection.position, report, situation.directive, book),
    )
    if media.replaces and not fresh:
        return _replacing(media, situation, noticed, book)
    what, use = repeats.weightiest(media, report, situation.uses, book, order=_order(situation))
    if what is Kin.REPORT:
        return Found(verdict="repeated", earlier=use, noticed=noticed)
    checks, first = book.policy.evidence.checks, situation.first_use
    foreign = first if first is not None and first.forum != situation.forum and first.counts else None
    level: Level = "off"
    proves_nothing = what in (Kin.ORDER, Kin.OTHER)
    if proves_nothing or foreign is not None:
        level = checks.duplicate
    elif what in (Kin.JOINT, Kin.AGAIN):
        level = checks.together
    if level == "refuse":
        other = None if proves_nothing else foreign
        return Found(verdict="duplicate", earlier=use, elsewhere=other, noticed=noticed)
    reason = "duplicate" if proves_nothing else "elsewhere" if foreign is not None else what.value
    held_for = [reason] if level == "hold" else []
    if use is None and before is not None and Sign.ALIGNED in noticed:
        use = _as_use(before)
    if blank == "hold":
        held_for.append("blank")
    found = _by_signs(held_for, use, alike, noticed, report, media, situation, book)
    return msgspec.structs.replace(found, alike=before) if found.alike is None and before is not None else found


def _order(situation: Situation) -> str:
    """The event of the order that the report answers, whose own photo is no proof of its work."""
    return situation.directive.event if situation.directive is not None else ""


def _part(media: MediaView, situation: Situation) -> f.MediaPart:
    """The file as its message describes it."""
    parts = situation.subject.media if situation.subject is not None else ()
    return parts[media.index] if media.index < len(parts) else f.MediaPart(kind=media.kind, mxc="")


def _by_signs(
    held_for: list[str],
    use: Use | None,
    alike: AlikePicture | None,
    noticed: tuple[Sign, ...],
    report: ReportView | None,
    media: MediaView,
    situation: Situation,
    book: Book,
) -> Found:
    """What the policy makes of what was noticed; a picture that is at home in its task is only noted as like."""
    honest = alike is None or _kin(alike, media, report, situation, book) in repeats.HONEST
    for sign in noticed:
        level = signs.level_of(sign, book.policy.evidence.checks)
        if sign in (Sign.SIMILAR, Sign.RESEMBLING) and (honest or Sign.ALIGNED in noticed):
            continue
        if level == "refuse":
            return Found(verdict=str(sign), earlier=use, alike=alike, noticed=noticed)
        if level == "hold":
            elsewhere = sign is Sign.SIMILAR and alike is not None and alike.forum != situation.forum
            signed = sign is Sign.AI_MARKED and Sign.SIGNED in noticed
            held_for.append("elsewhere" if elsewhere else "ai_signed" if signed else str(sign))
    if use is None and alike is not None and alike.forum == situation.forum:
        use = _as_use(alike)
    verdict = "held" if held_for else "ok"
    return Found(verdict=verdict, held_for=tuple(held_for), earlier=use, alike=alike, noticed=noticed)


def _before(
    inspection: Inspection, media: MediaView, report: ReportView | None, situation: Situation, book: Book
) -> AlikePicture | None:
    """The picture of the same task, or of its order, upon which this one lies but for one part that changed."""
    order = situation.directive
    if report is None or not inspection.grid:
        return None
    kept = book.policy.evidence.checks.aligned_kept
    for one in situation.alike:
        if one.forum != situation.forum or one.received_at > media.received_at:
            continue
        of_order = order is not None and one.event == order.event
        of_task = report.directive is not None and one.directive == report.directive and one.unit == report.unit
        if not (of_order or of_task or one.report == report.number):
            continue
        compared = grids.compare(one.grid, inspection.grid)
        if compared is not None and compared.in_one_part(kept):
            return one
    return None


def _as_use(alike: AlikePicture) -> Use:
    return Use(
        event=alike.event,
        index=alike.index,
        report=alike.report,
        unit=alike.unit,
        person=alike.person,
        directive=alike.directive,
        at=alike.received_at,
        counts=may_count(alike.report, alike.verdict, alike.report_state),
        distance=alike.distance,
    )


def _kin(alike: AlikePicture, media: MediaView, report: ReportView | None, situation: Situation, book: Book) -> Kin:
    use = _as_use(alike)
    if alike.forum == situation.forum:
        return repeats.kin(media, report, use, book, order=_order(situation))
    return Kin.OTHER if use.counts else Kin.FREE


def _alike(media: MediaView, report: ReportView | None, situation: Situation, book: Book) -> AlikePicture | None:
    """The nearest earlier picture that means something: one that never counted may be sent again."""
    known = {(use.event, use.index) for use in situation.uses}
    others = [one for one in situation.alike if (one.event, one.index) not in known]
    kin = {(one.event, one.index): _kin(one, media, report, situation, book) for one in others}
    told = [one for one in others if kin[one.event, one.index] is not Kin.FREE]
    at_home = [one for one in told if kin[one.event, one.index] in repeats.HONEST]
    return next(iter(at_home or told), None)


def _replacing(media: MediaView, situation: Situation, noticed: tuple[Sign, ...], book: Book) -> Found:
    """The file of an edit: the same picture within minutes is how some bridges send a better copy."""
    original = Use(
        event=media.replaces,
        index=0,
        report=media.report,
        unit=None,
        person=None,
        directive=None,
        at=media.replaced_at,
        counts=True,
    )
    soon = media.received_at <= media.replaced_at + ms(book.policy.evidence.replaced_within)
    near = book.policy.evidence.checks.same_distance
    same = any(use.event == media.replaces for use in situation.uses) or any(
        one.event == media.replaces and one.distance <= near for one in situation.alike
    )
    if same and soon:
        return Found(verdict="repeated", earlier=original, noticed=noticed)
    if book.policy.evidence.checks.replaced != "hold":
        return Found(verdict="repeated", earlier=original, noticed=noticed)
    return Found(verdict="held", held_for=("replaced",), earlier=original, noticed=noticed)


def _wait(
    media: MediaView, report: ReportView, found: Found, situation: Situation, book: Book, now: int
) -> Outcome:
    earlier = found.earlier
    return held.wait(
        number=book.number("action", situation.numbers.get(book.policy.letters.action, 1)),
        event=media.event,
        index=media.index,
        report=report.number,
        person=report.person,
        unit=report.unit,
        why=found.held_for,
        earlier=(earlier.event, earlier.index, earlier.report) if earlier is not None else None,
        book=book,
        now=now,
        cause=media.event,
    )


def _send_again(media: MediaView, situation: Situation, book: Book, now: int) -> list[Say]:
    """Of a photo that nobody waits for yet: whoever sent it cannot know that it did not arrive."""
    person = situation.subject.person if situation.subject is not None else None
    if person is None:
        return []
    return [
        Say(
            room=media.room,
            key="evidence.view_once_loose",
            reply_to=media.event,
            mentions=book.roster.user_ids(person, book.local(now)),
            ref=f"{media.event}.once",
        )
    ]


def _asked_again(seen: Looked, media: MediaView, report: ReportView, found: Found, book: Book, now: int) -> Outcome:
    """The sentence that names the repair, and how to ask for another look."""
    wait = ms(book.policy.evidence.wait)
    values: dict[str, Value] = {
        "number": report.number,
        "until": book.iso(report.evidence_until or report.reported_at + wait),
    }
    key = f"evidence.{found.verdict}"
    document = seen.inspection is not None and seen.inspection.mime in DOCUMENT_LIKE
    if document and found.verdict in UNOPENED:
        key = "evidence.document"
    elif document and found.verdict == "duplicate":
        key = "evidence.document_used"
    elif seen.inspection is not None and (found.verdict, seen.inspection.reason) == ("too_small", Reason.DURATION):
        key = "evidence.too_short"
        values["count"] = max(1, round(book.policy.evidence.min_duration.total_seconds()))
    elif seen.unavailable == "too_large":
        key = "evidence.too_large"
    elif found.elsewhere is not None:
        # A number of another forum would be taken for one of this forum.
        key = "evidence.duplicate_elsewhere"
    elif found.verdict == "duplicate" and found.earlier is not None and found.earlier.report is None:
        key = "evidence.duplicate_order"
    elif found.verdict == "duplicate" and found.earlier is not None and found.earlier.person == report.person:
        # Only whose own it is reads which report it is in: a number leads to a unit before everybody.
        key = "evidence.duplicate_own"
        values["first"] = found.earlier.report or ""
    # Of an album the last refusal rings: until then another of its pictures may be the proof.
    last = report.pending <= 1
    return Outcome(
        facts=[f.Asked(what=key, about=media.event, person=report.person, at=now)],
        effects=[
            Say(
                room=media.room,
                key=key,
                values=values,
                lines=(Line("looked.how"),),
                reply_to=media.event,
                thread=report.thread,
                mentions=book.roster.user_ids(report.person, book.local(now)) if last else (),
                ref=f"{report.number}.{media.event}.verdict",
            )
        ],
        timers=reports.waiting_timers(
            report.number, report.person, report.reported_at, book, ask=False, until=report.evidence_until
        ),
    )


def _fact(seen: Looked, media: MediaView, found: Found, situation: Situation, now: int) -> f.EvidenceJudged:
    elsewhere, alike = found.elsewhere, found.alike
    earlier = found.earlier if found.earlier is not None and not found.earlier.distance else None
    inspection = seen.inspection
    if inspection is None:
        return f.EvidenceJudged(
            event=media.event,
            index=media.index,
            report=media.report,
            verdict=found.verdict,
            reason=seen.unavailable,
            at=now,
        )
    return f.EvidenceJudged(
        event=media.event,
        index=media.index,
        report=media.report,
        verdict=found.verdict,
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
        signs=found.noticed,
        quality=inspection.quality,
        views=inspection.views,
        grid=inspection.grid,
        readable_sha256=seen.readable.sha256 if seen.readable else "",
        readable_size=seen.readable.size if seen.readable else 0,
        alike_event=alike.event if alike else None,
        alike_index=alike.index if alike else 0,
        alike_report=alike.report if alike else None,
        alike_forum=alike.forum if alike else None,
        alike_distance=alike.distance if alike else None,
        first_event=earlier.event if earlier else elsewhere.event if elsewhere else None,
        first_index=earlier.index if earlier else 0,
        first_report=earlier.report if earlier else elsewhere.report if elsewhere else None,
        first_forum=situation.forum if earlier else elsewhere.forum if elsewhere else None,
        held_for=found.held_for,
        archived=bool(inspection.sha256),
        at=now,
    )
