"""What a text says as a whole: how it opens and ends, whom it addresses, what is in it and what is not."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum.tagging.emoji import group_of
from bridge.forum.tagging.sheet import Sheet

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


def mark(sheet: Sheet) -> None:
    """Add the marks of the whole text to those of its clauses."""
    _figures(sheet)
    _opening(sheet)
    _upwards(sheet)
    _only(sheet)
    _shape(sheet)
    _emoji(sheet)


def _figures(sheet: Sheet) -> None:
    count = 0
    for position, word in enumerate(sheet.words):
        if word == "0":
            count += 1
            counted = position + 1 < len(sheet.words) and "measure" in sheet.cues[position + 1]
            if counted or sheet.tokens[position].typed.endswith("%"):
                sheet.mark("figure", position, position + 1 + counted)
            else:
                sheet.mark("number", position, position + 1)
    if count >= 3:
        sheet.marks["numbers"] = str(count)


def _opening(sheet: Sheet) -> None:
    """The cues that the first word of weight belongs to, and those of the last one."""
    weighty = [
        i
        for i in sheet.real
        if sheet.words[i] not in sheet.known.soft and not sheet.cues[i] & {"greeting", "apology"}
    ]
    for name, places in (("opens", weighty[:1]), ("ends", weighty[-1:] if len(weighty) > 3 else ())):
        for position in places:
            for hit in sheet.hits:
                if hit.start <= position < hit.end:
                    sheet.mark(f"{name}_{hit.cue}", hit.start, hit.end)
            if not sheet.cues[position]:
                sheet.mark(f"{name}_plain", position, position + 1)


def _upwards(sheet: Sheet) -> None:
    """`reports_up`: somebody who could order speaks here to his own superior."""
    marks = sheet.marks
    if marks.keys() & {"relay", "decided", "invite"}:
        return
    if "opens_leave" in marks or "opens_proposal" in marks:
        sheet.marks["reports_up"] = marks.get("opens_leave") or marks["opens_proposal"]
    elif _calls_superior(sheet) and not marks.keys() & {"imperative", "please", "must", "so_that"}:
        sheet.mark("reports_up", sheet.clauses[0].start, sheet.clauses[0].end)
    elif "opens_ack" in marks and any(word in sheet.known.titles for word in sheet.words):
        sheet.marks["reports_up"] = marks["opens_ack"]
    elif "opens_report_open" in marks and not marks.keys() & {"imperative", "must", "please", "so_that"}:
        sheet.marks["reports_up"] = marks["opens_report_open"]


def _calls_superior(sheet: Sheet) -> bool:
    """True if the text begins by calling one superior ("Pak Bupati, ...", "Mayor, ...")."""
    first = sheet.clauses[0] if sheet.clauses else None
    if first is None or first.end >= len(sheet.tokens):
        return False
    words = sheet.words[first.start : first.end]
    return all(word in sheet.known.soft for word in words) and (
        any(word in sheet.known.titles for word in words) or words in [(word,) for word in sheet.known.alone]
    )


def _only(sheet: Sheet) -> None:
    if not sheet.real:
        return
    telling = [sheet.cues[i] for i in sheet.real if sheet.words[i] not in sheet.known.light]
    for name, allowed in _ONLY.items():
        if not any(map(allowed.isdisjoint, telling)):
            sheet.mark(name, sheet.real[0], min(sheet.real[-1] + 1, sheet.real[0] + 8))


def _shape(sheet: Sheet) -> None:
    """Marks of form: who is addressed by name, exclamations, and the absence of all orders or questions."""
    for clause in sheet.clauses:
        if sheet.cues[clause.start] & {"addressee", "everyone"} or sheet.words[clause.start] == "@":
            ends_short = all(
                sheet.cues[i] & {"addressee", "everyone"} or sheet.words[i] in sheet.known.soft
                for i in range(clause.start, clause.end)
            )
            if ends_short and clause.end < len(sheet.tokens):
                sheet.mark("called", clause.start, clause.end)
    if any(token.kind == "stop" and "!" in token.word for token in sheet.tokens):
        sheet.marks["exclaims"] = "!"
    if sheet.real and not sheet.marks.keys() & _ORDERING:
        sheet.marks["orders_nothing"] = ""
    if sheet.real and not sheet.marks.keys() & _ASKING:
        sheet.marks["asks_nothing"] = ""
    asked = next((clause.end for clause in sheet.clauses if clause.asks), None)
    if asked is not None and _ordered_after(sheet, asked):
        sheet.marks["asks_then_orders"] = ""
    if len(sheet.clauses) > 1 or len(sheet.real) > 3:
        for name, group in (("order_last", _ORDERING), ("ask_last", _ASKING)):
            last = sheet.clauses[-1]
            if any(sheet.cues[i] & group for i in range(last.start, last.end)):
                sheet.marks[name] = ""


def _ordered_after(sheet: Sheet, position: int) -> bool:
    """True if a clause behind `position` that asks nothing holds an order."""
    return any(
        not clause.asks and any(sheet.cues[i] & _ORDER_CUES for i in range(clause.start, clause.end))
        for clause in sheet.clauses
        if clause.start >= position
    )


def _emoji(sheet: Sheet) -> None:
    signs = "".join(token.typed for token in sheet.tokens if token.kind == "emoji")
    if signs:
        for token in sheet.tokens:
            if token.kind == "emoji":
                sheet.marks.setdefault(f"emoji_{group_of(token.typed)}", token.typed)
        if not sheet.real:
            sheet.marks["only_emoji"] = signs[:12]
