"""What the clauses of a text say: orders, deeds and questions, each a mark with the words it was found in."""

from __future__ import annotations

from bridge.forum.tagging.sheet import Clause, Sheet

_NOT_BY_THEMSELVES = frozenset(["order_verb", "passive_order", "done", "done_mark", "not_order", "question_word"])
"""Cues that mean something only by their place in the clause."""

_BEFORE_ORDER = frozenset(
    [
        "ack",
        "thanks",
        "greeting",
        "praise",
        "please",
        "addressee",
        "everyone",
        "deadline",
        "remind",
        "relief",
        "apology",
        "must",
        "so_that",
        "continue",
        "consent",
        "strong_consent",
        "redo",
        "complaint",
        "can_you",
        "forbid",
        "want",
        "future",
        "negation",
    ]
)
"""Cues that may stand before an imperative in its clause."""

_TELLING = frozenset(["self", "done_mark", "promise", "report_open", "follows_order", "proposal", "guidance"])
"""Cues after which a verb tells, promises or asks instead of ordering."""

_BEFORE_QUESTION = frozenset(
    ["greeting", "ack", "apology", "ask_open", "guidance", "addressee", "future", "self", "thanks", "please"]
)
"""Cues that may stand before the interrogative that makes a clause a question."""

_DEED = frozenset(["done", "order_verb", "passive_order", "situation"])


def mark(sheet: Sheet) -> None:
    """Add the marks of the cues themselves, and of what each clause makes of them."""
    for hit in sheet.hits:
        if hit.cue not in _NOT_BY_THEMSELVES:
            sheet.mark(hit.cue, hit.start, hit.end)
    _settled(sheet)
    for clause in sheet.clauses:
        _orders(sheet, clause)
        _deeds(sheet, clause)
        _question(sheet, clause)


def _settled(sheet: Sheet) -> None:
    """`settles_first`: a decision stands before the first order, which then only carries it out."""
    first = {hit.cue: hit.start for hit in reversed(sheet.hits)}
    decided = min(first.get(cue, len(sheet.words)) for cue in ("decree", "strong_consent", "consent", "refusal"))
    ordered = min(first.get(cue, len(sheet.words)) for cue in ("order_verb", "please", "must", "passive_order"))
    if decided < ordered < len(sheet.words):
        sheet.marks["settles_first"] = ""


def _orders(sheet: Sheet, clause: Clause) -> None:
    """Imperatives at the beginning of a clause, and passives that a leader means as orders."""
    for position in range(clause.start, clause.end):
        word, cues = sheet.words[position], sheet.cues[position]
        if not word:
            continue
        listed = "order_verb" in cues
        unlisted = not cues and word not in sheet.known.not_order and sheet.forms.imperative(word)
        if (listed or unlisted) and _may_order(sheet, clause, position):
            sheet.mark("imperative_asked" if clause.asks else "imperative", position, min(position + 3, clause.end))
        if "passive_order" in cues and not clause.asks and _untold(sheet, clause, position):
            sheet.mark("passive_imperative", position, min(position + 2, clause.end))


def _may_order(sheet: Sheet, clause: Clause, position: int) -> bool:
    """True if what stands before `position` in its clause may stand before an imperative."""
    addressed = False
    for i in range(clause.start, position):
        word, cues = sheet.words[i], sheet.cues[i]
        if cues & _TELLING and not cues & {"please", "want", "addressee", "must"}:
            return False
        if cues & {"addressee", "everyone"} or word == "@":
            addressed = True
        if cues & _BEFORE_ORDER or word in sheet.known.soft or word in sheet.known.connectors or word == "@":
            continue
        if not (addressed and sheet.forms.names_before_verb):
            return False
    before = sheet.words[max(clause.start, position - 2) : position]
    after = sheet.words[position + 1] if position + 1 < clause.end else ""
    return (
        not (before and before[-1] in sheet.forms.determiners)
        and after not in sheet.forms.noun_before
        and "siap" not in before
    )


def _untold(sheet: Sheet, clause: Clause, position: int) -> bool:
    """True if no mark of the past, no subject and no promise stands shortly before."""
    near = range(max(clause.start, position - 3), position)
    return not any(
        sheet.cues[i] & {"done_mark", "self", "ongoing", "ack", "negation", "promise", "future"} for i in near
    )


def _deeds(sheet: Sheet, clause: Clause) -> None:
    """Claims that something is done, and verbs that tell what happened."""
    undone = sheet.known.undone
    for position in range(clause.start, clause.end):
        word, cues = sheet.words[position], sheet.cues[position]
        if not word or not undone.isdisjoint(sheet.words[max(clause.start, position - 3) : position]):
            continue
        name = "asked_done" if clause.asks else "did"
        if "done_mark" in cues:
            end = _deed_after(sheet, clause, position)
            sheet.mark(name if end else "past", position, end or position + 1)
        if "done" in cues:
            sheet.mark(name, position, position + 1)
        elif not cues and not clause.asks:
            _verb(sheet, position, word)


def _deed_after(sheet: Sheet, clause: Clause, position: int) -> int:
    """Where the verb ends that a mark of the past belongs to; 0 if none follows closely."""
    for after in range(position + 1, min(position + 5, clause.end)):
        if sheet.forms.verb(sheet.words[after]) or sheet.cues[after] & _DEED:
            return after + 1
    return 0


def _verb(sheet: Sheet, position: int, word: str) -> None:
    if sheet.forms.resultative(word) or sheet.forms.passive(word):
        sheet.mark("passive", position, position + 1)
    elif sheet.forms.active(word):
        sheet.mark("active", position, position + 1)
    elif sheet.forms.past(word):
        sheet.mark("past_tense", position, position + 1)


def _question(sheet: Sheet, clause: Clause) -> None:
    if clause.asks:
        sheet.mark("query", max(clause.start, clause.end - 4), clause.end)
    leading = True
    for position in range(clause.start, clause.end):
        word, cues = sheet.words[position], sheet.cues[position]
        if not word:
            continue
        if "question_word" in cues:
            if leading:
                sheet.mark("interrogative", position, min(position + 3, clause.end))
            else:
                sheet.mark("interrogative_inside", position, position + 1)
        if not (word in sheet.known.soft or word in sheet.known.connectors or cues & _BEFORE_QUESTION):
            leading = False
    if sheet.forms.auxiliaries:
        opening = [word for word in sheet.words[clause.start : clause.end] if word not in sheet.known.soft]
        opening = [word for word in opening if word not in sheet.known.connectors][:2]
        if len(opening) == 2 and opening[0] in sheet.forms.auxiliaries and opening[1] in sheet.forms.subjects:
            sheet.mark("inversion", clause.start, min(clause.start + 3, clause.end))
