"""What a text says as a whole: how it opens and ends, whom it addresses, what is in it and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bridge.forum.tagging.emoji import group_of

if TYPE_CHECKING:
    from bridge.forum.tagging.page import Page

_ONLY: Mapping[str, frozenset[str]] = {
    "only_ack": frozenset(["ack", "thanks", "greeting", "apology", "addressee", "promise", "self", "deadline"]),
    "only_thanks": frozenset(["thanks", "praise", "relief", "greeting", "continue", "addressee", "everyone"]),
    "only_greeting": frozenset(["greeting", "everyone", "addressee"]),
    "only_consent": frozenset(["consent", "strong_consent", "ack", "praise", "continue", "choose"]),
    "only_refusal": frozenset(["refusal", "choose"]),
}
"""Marks of a text that holds nothing but certain cues."""

_ORDERING = frozenset(
    [
        "imperative",
        "imperative_asked",
        "passive_imperative",
        "please",
        "must",
        "forbid",
        "want",
        "so_that",
        "can_you",
        "redo",
    ]
)

_ORDER_CUES = frozenset({"order_verb", "please", "must", "forbid", "want", "passive_order"})

_ASKING = frozenset(["query", "interrogative", "inversion", "ask_open", "guidance", "proposal", "request"])


def mark(page: Page) -> None:
    """Add the marks of the whole text to those of its clauses."""
    _figures(page)
    _opening(page)
    _upwards(page)
    _only(page)
    _shape(page)
    _emoji(page)


def _figures(page: Page) -> None:
    count = 0
    for position, word in enumerate(page.words):
        if word == "0":
            count += 1
            counted = position + 1 < len(page.words) and "measure" in page.cues[position + 1]
            if counted or page.tokens[position].typed.endswith("%"):
                page.mark("figure", position, position + 1 + counted)
            else:
                page.mark("number", position, position + 1)
    if count >= 3:
        page.marks["numbers"] = str(count)


def _opening(page: Page) -> None:
    """The cues that the first word of weight belongs to, and those of the last one."""
    weighty = [
        i for i in page.real if page.words[i] not in page.known.soft and not page.cues[i] & {"greeting", "apology"}
    ]
    for name, places in (("opens", weighty[:1]), ("ends", weighty[-1:] if len(weighty) > 3 else ())):
        for position in places:
            for hit in page.hits:
                if hit.start <= position < hit.end:
                    page.mark(f"{name}_{hit.cue}", hit.start, hit.end)
            if not page.cues[position]:
                page.mark(f"{name}_plain", position, position + 1)


def _upwards(page: Page) -> None:
    """`reports_up`: somebody who could order speaks here to his own superior."""
    marks = page.marks
    if marks.keys() & {"relay", "decided", "invite"}:
        return
    if "opens_leave" in marks or "opens_proposal" in marks:
        page.marks["reports_up"] = marks.get("opens_leave") or marks["opens_proposal"]
    elif _calls_superior(page) and not marks.keys() & {"imperative", "please", "must", "so_that"}:
        page.mark("reports_up", page.clauses[0].start, page.clauses[0].end)
    elif "opens_ack" in marks and any(word in page.known.titles for word in page.words):
        page.marks["reports_up"] = marks["opens_ack"]
    elif "opens_report_open" in marks and not marks.keys() & {"imperative", "must", "please", "so_that"}:
        page.marks["reports_up"] = marks["opens_report_open"]


def _calls_superior(page: Page) -> bool:
    """True if the text begins by calling one superior ("Pak Bupati, ...", "Mayor, ...")."""
    first = page.clauses[0] if page.clauses else None
    if first is None or first.end >= len(page.tokens):
        return False
    words = page.words[first.start : first.end]
    return all(word in page.known.soft for word in words) and (
        any(word in page.known.titles for word in words) or words in [(word,) for word in page.known.alone]
    )


def _only(page: Page) -> None:
    if not page.real:
        return
    telling = [page.cues[i] for i in page.real if page.words[i] not in page.known.light]
    for name, allowed in _ONLY.items():
        if not any(map(allowed.isdisjoint, telling)):
            page.mark(name, page.real[0], min(page.real[-1] + 1, page.real[0] + 8))


def _shape(page: Page) -> None:
    """Marks of form: who is addressed by name, exclamations, and the absence of all orders or questions."""
    for clause in page.clauses:
        if page.cues[clause.start] & {"addressee", "everyone"} or page.words[clause.start] == "@":
            ends_short = all(
                page.cues[i] & {"addressee", "everyone"} or page.words[i] in page.known.soft
                for i in range(clause.start, clause.end)
            )
            if ends_short and clause.end < len(page.tokens):
                page.mark("called", clause.start, clause.end)
    if any(token.kind == "stop" and "!" in token.word for token in page.tokens):
        page.marks["exclaims"] = "!"
    if page.real and not page.marks.keys() & _ORDERING:
        page.marks["orders_nothing"] = ""
    if page.real and not page.marks.keys() & _ASKING:
        page.marks["asks_nothing"] = ""
    asked = next((clause.end for clause in page.clauses if clause.asks), None)
    if asked is not None and _ordered_after(page, asked):
        page.marks["asks_then_orders"] = ""
    if len(page.clauses) > 1 or len(page.real) > 3:
        for name, group in (("order_last", _ORDERING), ("ask_last", _ASKING)):
            last = page.clauses[-1]
            if any(page.cues[i] & group for i in range(last.start, last.end)):
                page.marks[name] = ""


def _ordered_after(page: Page, position: int) -> bool:
    """True if a clause behind `position` that asks nothing holds an order."""
    return any(
        not clause.asks and any(page.cues[i] & _ORDER_CUES for i in range(clause.start, clause.end))
        for clause in page.clauses
        if clause.start >= position
    )


def _emoji(page: Page) -> None:
    signs = "".join(token.typed for token in page.tokens if token.kind == "emoji")
    if signs:
        for token in page.tokens:
            if token.kind == "emoji":
                page.marks.setdefault(f"emoji_{group_of(token.typed)}", token.typed)
        if not page.real:
            page.marks["only_emoji"] = signs[:12]
