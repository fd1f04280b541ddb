"""What belongs together: the photo to the words, the words to the order.

Text and photo may come in any order and as separate events, as Element Web sends them: they find each other by
reply, thread, person and time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bridge.forum import directives
from bridge.forum.book import Book
from bridge.forum.saying import Saying
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import CancelTimer
from bridge.model.situation import LooseMedia, Outcome, ReportView, Situation, TaskView
from bridge.model.speech import ReportWords, VerbForm

POLICY_KINDS: Mapping[str, str] = {
    "image": "photo",
    "video": "video",
    "file": "document",
    "audio": "voice",
    "sticker": "sticker",
    "gif": "gif",
}
"""Kinds of media to the names that the policy gives them."""

COUNTING = frozenset({"ok", "unchecked"})
"""Verdicts of photos that prove their report."""

TAKING = frozenset({"waiting", "held", "incomplete", "reported", "returned", "unknown"})
"""States of a report that takes another photo."""

GOOD = COUNTING | {"pending", "held"}
"""Verdicts that still may count."""

_WORD = re.compile(r"[^\W\d_]{4,}")


def counts(kind: str, book: Book, evidence: str = "") -> bool:
    """Whether this kind of media is evidence: by the policy, or by what the order asks for."""
    named = POLICY_KINDS.get(kind)
    if evidence == "video":
        return named == "video"
    return named in book.policy.evidence.kinds or (named == "document" and evidence == "document")


def takes(saying: Saying, book: Book, evidence: str = "") -> bool:
    """Whether something of a message is evidence for an order that asks for it."""
    return any(counts(part.kind, book, evidence) for part in saying.media)


def before(saying: Saying, loose: Iterable[LooseMedia], book: Book, evidence: str = "") -> Iterable[LooseMedia]:
    """What the same person sent shortly before the words, in the same place, and is evidence.

    Where a tag is mended, what came shortly after them is there already, too.
    """
    since = saying.at - ms(book.policy.evidence.pair_before)
    until = saying.at + ms(book.policy.evidence.pair_after)
    return (
        item
        for item in loose
        if since <= item.received_at <= until
        and item.thread == saying.thread
        and item.verdict in GOOD
        and counts(item.kind, book, evidence)
    )


def slot_for(saying: Saying, situation: Situation, book: Book) -> ReportView | None:
    """The report that a photo without words of its own belongs to."""
    subject = situation.subject
    if subject is not None and situation.report is not None and subject.number == situation.report.number:
        report = situation.report
        if report.unit in saying.units or report.person == saying.person:
            return report if report.state in TAKING else None
    window = ms(book.policy.evidence.pair_after)
    for report in situation.reports:
        if report.room != saying.room or report.at_rest:
            continue
        if report.person != saying.person and not _follows(saying, report):
            continue
        if report.thread != saying.thread and saying.thread not in (None, report.event):
            continue
        newly = saying.at - report.reported_at <= window
        awaited = report.accepted == 0 and report.evidence_until is not None and saying.at <= report.evidence_until
        if newly or awaited:
            return report
    return None


def _follows(saying: Saying, report: ReportView) -> bool:
    """Whether a colleague's photo is the evidence that a report of their unit says will follow."""
    awaited = report.promised and not report.media and saying.at <= (report.evidence_until or 0)
    return awaited and report.unit in saying.units


def is_evidence_of(saying: Saying, slot: ReportView, book: Book) -> bool:
    """Whether a photo with words is the evidence of an open report rather than a report of its own.

    It is when it replies to the report, or when a report without any photo waits and the words tell nothing
    else: they are few, or about the same.
    """
    if slot.accepted:
        return False
    if saying.reply_to is not None:
        return slot.event == saying.reply_to
    if slot.media:
        return False
    told = stems(saying.text, book.report_words)
    return len(told) <= 1 or bool(told & stems(slot.text, book.report_words))


def words_for(saying: Saying, situation: Situation, book: Book) -> ReportView | None:
    """The report, made of photos only so far, that these words describe."""
    window = ms(book.policy.evidence.pair_before)
    for report in situation.reports:
        if (
            report.person != saying.person
            or report.text
            or report.media == 0
            or report.at_rest
            or report.room != saying.room
        ):
            continue
        if report.thread != saying.thread or saying.at - report.reported_at > window:
            continue
        return report
    return None


def pair(saying: Saying, report: ReportView, book: Book, now: int) -> Outcome:
    """Put the photos of a message to an open report."""
    if saying.reply_to is not None and saying.reply_to == report.event:
        how = "reply"
    elif saying.thread is not None:
        how = "thread"
    else:
        how = "album" if report.media else "after"
    return Outcome(
        facts=[
            f.EvidencePaired(
                report=report.number,
                event=saying.event,
                index=place,
                kind_of_media=part.kind,
                mxc=part.mxc,
                how=how,
                at=now,
            )
            for place, part in enumerate(saying.media)
            if counts(part.kind, book, report.evidence)
        ],
        timers=[CancelTimer(f"ask:{report.number}")],
    )


@lru_cache(maxsize=4096)
def stems(text: str, words: ReportWords) -> frozenset[str]:
    """The beginnings of the telling words of a text: `membersihkan` and `bersih-bersih` share one.

    Kept, since an open order is compared with every report of its units.
    """
    telling = (word for word in _WORD.findall(text.lower()) if word not in words.usual)
    return frozenset(_stem(word, words.forms) for word in telling)


@lru_cache(maxsize=4096)
def _stem(word: str, forms: tuple[VerbForm, ...]) -> str:
    form = next((form for form in forms if word.endswith(form.ending)), None)
    for prefix in form.prefixes if form else ():
        if word.startswith(prefix) and len(word) - len(prefix) >= 4:
            word = word[len(prefix) :]
            break
    return word[:4]


def likely_task(saying: Saying, open_tasks: Iterable[TaskView], book: Book) -> TaskView | None:
    """The open task of the person's unit that an unlinked report is about, or None when nothing says so.

    The one whose order shares most telling words; without any shared word the newest fresh one, but only for a
    photo or for words that tell nothing of their own ("Siap, sudah dilaksanakan").
    """
    fresh = [
        task
        for task in open_tasks
        if task.unit in saying.units
        and task.issued_at <= saying.at
        and directives.recent(task.issued_at, task.due, saying.at)
        and (saying.text or takes(saying, book, task.evidence))
    ]
    if not fresh:
        return None
    told = stems(saying.text, book.report_words)
    best = max(fresh, key=lambda task: (len(told & stems(task.text, book.report_words)), task.issued_at))
    if told & stems(best.text, book.report_words) or saying.media or len(told) <= 1:
        return best
    return None
