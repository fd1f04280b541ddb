"""What a content is: which records hold words or the traces of a file, and what is left when these are destroyed.

Records about who was a member, what was done to people, which rules were in force and how a task stood hold no
words of the talk; they stay, so that a forum can be held to account for what it did.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bridge.model import facts as f

KINDS: Mapping[str, tuple[str, ...]] = {
    "media": ("evidence_paired", "evidence_judged", "media_replaced"),
    "messages": (
        "message",
        "edited",
        "refused",
        "directive",
        "directive_changed",
        "report",
        "report_changed",
        "decision",
        "emergency",
        "meeting",
        "meeting_changed",
        "attended",
        "floor",
        "minuted",
        "check_opened",
        "evidence_settled",
    ),
}
"""Kinds of record by how long they are kept (`record.keep` of a policy); media go first."""


def husk(fact: f.AnyFact) -> f.AnyFact | None:
    """What projections still hold of a fact whose content is destroyed: numbers, units, states, times, no words.

    The SHA-256 of a file and its PDQ hashes stay, so that an old photo is recognised when it comes as new. None:
    nothing is left.
    """
    replace = msgspec.structs.replace
    match fact:
        case f.Message():
            parts = tuple(f.MediaPart(kind=part.kind, mxc="") for part in fact.media)
            return replace(
                fact, sender="", name="", text=None, text_hash="", media=parts, device=None, why="", confidence=0.0
            )
        case f.Directive():
            return replace(fact, name="", text="", due_phrase="")
        case f.DirectiveChanged():
            return replace(fact, due_phrase="", reason="", text=None if fact.text is None else "")
        case f.Report():
            return replace(fact, name="", text="", emergency_words=())
        case f.ReportChanged():
            return replace(fact, text=None if fact.text is None else "", reason="")
        case f.Decision():
            media = tuple(replace(part, name="") for part in fact.proposal_media)
            return replace(fact, name="", text="", proposal_text=None, proposal_media=media, in_force_phrase="")
        case f.Meeting():
            return replace(fact, name="", topic="", agenda=tuple("" for _ in fact.agenda))
        case f.MeetingChanged():
            return replace(fact, name="", text="", agenda=tuple("" for _ in fact.agenda))
        case f.Attended():
            return replace(fact, name="", stands_in="")
        case f.Floor():
            return replace(fact, name="")
        case f.Minuted():
            return replace(fact, name="", text="")
        case f.EvidencePaired():
            return replace(fact, mxc="")
        case f.EvidenceJudged():
            return f.EvidenceJudged(
                event=fact.event,
                index=fact.index,
                report=fact.report,
                verdict=fact.verdict,
                sha256=fact.sha256,
                readable_sha256=fact.readable_sha256,
                quality=fact.quality,
                views=fact.views,
                first_event=fact.first_event,
                first_index=fact.first_index,
                first_report=fact.first_report,
                first_forum=fact.first_forum,
                alike_event=fact.alike_event,
                alike_index=fact.alike_index,
                alike_report=fact.alike_report,
                alike_forum=fact.alike_forum,
                held_for=fact.held_for,
                at=fact.at,
            )
        case f.CheckOpened():
            return replace(fact, words="")
        case f.EvidenceSettled():
            return replace(fact, reason="")
        case f.MediaReplaced():
            return replace(fact, mxc="")
        case _:
            return None


def events_of(fact: f.AnyFact) -> tuple[str, ...]:
    """The Matrix events whose raw form holds what a fact says."""
    match fact:
        case f.Edited():
            return (fact.edit,)
        case f.Message() | f.Refused():
            return (fact.event,)
        case _:
            return ()
