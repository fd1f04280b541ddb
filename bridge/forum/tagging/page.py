"""One text while it is read: its clauses, which cues count where they stand, and what that makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bridge.forum.tagging.emoji import group_of
from bridge.forum.tagging.phrases import Hit
from bridge.forum.tagging.text import Token
from bridge.forum.tagging.vocabulary import Forms, Vocabulary

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

_AT_THE_START = frozenset(["consent", "refusal", "ack", "greeting", "choose"])
"""Cues whose single words mean something only at the beginning of a clause ("ya", "siap", "cukup", "ok")."""

_UNDONE_BY_PAST = frozenset({"promise", "proposal", "future"})

_BEFORE_START = frozenset(
    ["ack", "consent", "strong_consent", "refusal", "greeting", "thanks", "praise", "apology", "leave"]
)

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


class Reading(NamedTuple):
    """The marks of a text, each with the words it was found in."""

    marks: Mapping[str, str]
    tags: tuple[str, ...]
    """Hashtags, without their sign."""
    length: int
    """Number of words."""
    words: tuple[str, ...]
    """The different words as they were read out, without numbers and mentions."""
    tokens: tuple[Token, ...]
    """Everything that was read, in order."""


def _looked_up(token: Token) -> str:
    """What phrases see of a token; a sign that ends a clause is empty and ends a phrase too."""
    if token.kind == "word":
        return token.word
    if token.kind == "pause" and not token.word.strip("-/–—"):
        return "-"
    return {"number": "0", "mention": "@"}.get(token.kind, "")


class _Clause(NamedTuple):
    start: int
    end: int
    asks: bool


class Page:
    """One text while it is read."""

    def __init__(self, vocabulary: Vocabulary, forms: Forms, tokens: tuple[Token, ...]) -> None:
        self.known = vocabulary
        self.forms = forms
        self.tokens = tokens
        self.words = tuple(_looked_up(token) for token in tokens)
        self.marks: dict[str, str] = {}
        self.clauses = self._clauses()
        self.cues: list[set[str]] = [set() for _ in tokens]
        self.hits = self._hits()
        self.real = tuple(i for i, token in enumerate(tokens) if token.kind in ("word", "number", "mention"))

    def reading(self) -> Reading:
        for hit in self.hits:
            if hit.cue not in _NOT_BY_THEMSELVES:
                self._mark(hit.cue, hit.start, hit.end)
        self._settled()
        for clause in self.clauses:
            self._orders(clause)
            self._deeds(clause)
            self._question(clause)
        self._figures()
        self._opening()
        self._upwards()
        self._only()
        self._shape()
        self._emoji()
        tags = tuple(token.word[1:] for token in self.tokens if token.kind == "tag")
        words = tuple(dict.fromkeys(self.words[i] for i in self.real if self.tokens[i].kind == "word"))
        return Reading(self.marks, tags, len(self.real), words, self.tokens)

    def _hits(self) -> tuple[Hit, ...]:
        """The phrases that count where they stand, noted at each of their words."""
        clauses = iter(self.clauses)
        clause = next(clauses, None)
        found: list[Hit] = []
        for hit in self.known.phrases.find(self.words):
            while clause is not None and clause.end <= hit.start:
                clause = next(clauses, None)
            if clause is None:
                break
            single = hit.end - hit.start == 1
            if single and hit.cue in _AT_THE_START and not self._at_start(clause, hit.start):
                continue
            if single and hit.cue == "can_you" and not clause.asks:
                continue
            if hit.cue in _UNDONE_BY_PAST and self._after_past(clause, hit.start):
                continue
            found.append(hit)
            for position in range(hit.start, hit.end):
                self.cues[position].add(hit.cue)
        return tuple(found)

    def _at_start(self, clause: _Clause, position: int) -> bool:
        return all(
            self.words[i] in self.known.soft
            or self.words[i] in self.known.connectors
            or self.cues[i] & _BEFORE_START
            for i in range(clause.start, position)
        )

    def _after_past(self, clause: _Clause, position: int) -> bool:
        """True behind a mark of the past: "*sudah* kami sampaikan" promises nothing."""
        near = range(max(clause.start, position - 2), position)
        return any("done_mark" in self.cues[i] for i in near)

    def _settled(self) -> None:
        """`settles_first`: a decision stands before the first order, which then only carries it out."""
        first = {hit.cue: hit.start for hit in reversed(self.hits)}
        decided = min(first.get(cue, len(self.words)) for cue in ("decree", "strong_consent", "consent", "refusal"))
        ordered = min(first.get(cue, len(self.words)) for cue in ("order_verb", "please", "must", "passive_order"))
        if decided < ordered < len(self.words):
            self.marks["settles_first"] = ""

    def _mark(self, name: str, start: int, end: int) -> None:
        if name not in self.marks:
            one = end - start == 1
            self.marks[name] = (
                self.tokens[start].typed
                if one
                else " ".join(dict.fromkeys([token.typed for token in self.tokens[start:end]]))
            )

    def _clauses(self) -> tuple[_Clause, ...]:
        found: list[_Clause] = []
        start = 0
        for position, token in enumerate(self.tokens):
            if token.kind in ("stop", "pause", "emoji") and self.words[position] != "-":
                if position > start:
                    found.append(_Clause(start, position, "?" in token.word))
                start = position + 1
        if len(self.tokens) > start:
            found.append(_Clause(start, len(self.tokens), False))
        return tuple(found)

    def _orders(self, clause: _Clause) -> None:
        """Imperatives at the beginning of a clause, and passives that a leader means as orders."""
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word:
                continue
            listed = "order_verb" in cues
            unlisted = not cues and word not in self.known.not_order and self.forms.imperative(word)
            if (listed or unlisted) and self._may_order(clause, position):
                self._mark(
                    "imperative_asked" if clause.asks else "imperative", position, min(position + 3, clause.end)
                )
            if "passive_order" in cues and not clause.asks and self._untold(clause, position):
                self._mark("passive_imperative", position, min(position + 2, clause.end))

    def _may_order(self, clause: _Clause, position: int) -> bool:
        """True if what stands before `position` in its clause may stand before an imperative."""
        addressed = False
        for i in range(clause.start, position):
            word, cues = self.words[i], self.cues[i]
            if cues & _TELLING and not cues & {"please", "want", "addressee", "must"}:
                return False
            if cues & {"addressee", "everyone"} or word == "@":
                addressed = True
            if cues & _BEFORE_ORDER or word in self.known.soft or word in self.known.connectors or word == "@":
                continue
            if not (addressed and self.forms.names_before_verb):
                return False
        before = self.words[max(clause.start, position - 2) : position]
        after = self.words[position + 1] if position + 1 < clause.end else ""
        return (
            not (before and before[-1] in self.forms.determiners)
            and after not in self.forms.noun_before
            and "siap" not in before
        )

    def _untold(self, clause: _Clause, position: int) -> bool:
        """True if no mark of the past, no subject and no promise stands shortly before."""
        near = range(max(clause.start, position - 3), position)
        return not any(
            self.cues[i] & {"done_mark", "self", "ongoing", "ack", "negation", "promise", "future"} for i in near
        )

    def _deeds(self, clause: _Clause) -> None:
        """Claims that something is done, and verbs that tell what happened."""
        undone = self.known.undone
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word or not undone.isdisjoint(self.words[max(clause.start, position - 3) : position]):
                continue
            name = "asked_done" if clause.asks else "did"
            if "done_mark" in cues:
                end = self._deed_after(clause, position)
                self._mark(name if end else "past", position, end or position + 1)
            if "done" in cues:
                self._mark(name, position, position + 1)
            elif not cues and not clause.asks:
                self._verb(position, word)

    def _deed_after(self, clause: _Clause, position: int) -> int:
        """Where the verb ends that a mark of the past belongs to; 0 if none follows closely."""
        for after in range(position + 1, min(position + 5, clause.end)):
            if self.forms.verb(self.words[after]) or self.cues[after] & _DEED:
                return after + 1
        return 0

    def _verb(self, position: int, word: str) -> None:
        if self.forms.resultative(word) or self.forms.passive(word):
            self._mark("passive", position, position + 1)
        elif self.forms.active(word):
            self._mark("active", position, position + 1)
        elif self.forms.past(word):
            self._mark("past_tense", position, position + 1)

    def _question(self, clause: _Clause) -> None:
        if clause.asks:
            self._mark("query", max(clause.start, clause.end - 4), clause.end)
        leading = True
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word:
                continue
            if "question_word" in cues:
                if leading:
                    self._mark("interrogative", position, min(position + 3, clause.end))
                else:
                    self._mark("interrogative_inside", position, position + 1)
            if not (word in self.known.soft or word in self.known.connectors or cues & _BEFORE_QUESTION):
                leading = False
        if self.forms.auxiliaries:
            opening = [word for word in self.words[clause.start : clause.end] if word not in self.known.soft]
            opening = [word for word in opening if word not in self.known.connectors][:2]
            if len(opening) == 2 and opening[0] in self.forms.auxiliaries and opening[1] in self.forms.subjects:
                self._mark("inversion", clause.start, min(clause.start + 3, clause.end))

    def _figures(self) -> None:
        count = 0
        for position, word in enumerate(self.words):
            if word == "0":
                count += 1
                counted = position + 1 < len(self.words) and "measure" in self.cues[position + 1]
                if counted or self.tokens[position].typed.endswith("%"):
                    self._mark("figure", position, position + 1 + counted)
                else:
                    self._mark("number", position, position + 1)
        if count >= 3:
            self.marks["numbers"] = str(count)

    def _opening(self) -> None:
        """The cues that the first word of weight belongs to, and those of the last one."""
        weighty = [
            i
            for i in self.real
            if self.words[i] not in self.known.soft and not self.cues[i] & {"greeting", "apology"}
        ]
        for name, places in (("opens", weighty[:1]), ("ends", weighty[-1:] if len(weighty) > 3 else ())):
            for position in places:
                for hit in self.hits:
                    if hit.start <= position < hit.end:
                        self._mark(f"{name}_{hit.cue}", hit.start, hit.end)
                if not self.cues[position]:
                    self._mark(f"{name}_plain", position, position + 1)

    def _upwards(self) -> None:
        """`reports_up`: somebody who could order speaks here to his own superior."""
        marks = self.marks
        if marks.keys() & {"relay", "decided", "invite"}:
            return
        if "opens_leave" in marks or "opens_proposal" in marks:
            self.marks["reports_up"] = marks.get("opens_leave") or marks["opens_proposal"]
        elif self._calls_superior() and not marks.keys() & {"imperative", "please", "must", "so_that"}:
            self._mark("reports_up", self.clauses[0].start, self.clauses[0].end)
        elif "opens_ack" in marks and any(word in self.known.titles for word in self.words):
            self.marks["reports_up"] = marks["opens_ack"]
        elif "opens_report_open" in marks and not marks.keys() & {"imperative", "must", "please", "so_that"}:
            self.marks["reports_up"] = marks["opens_report_open"]

    def _calls_superior(self) -> bool:
        """True if the text begins by calling one superior ("Pak Bupati, ...", "Mayor, ...")."""
        first = self.clauses[0] if self.clauses else None
        if first is None or first.end >= len(self.tokens):
            return False
        words = self.words[first.start : first.end]
        return all(word in self.known.soft for word in words) and (
            any(word in self.known.titles for word in words) or words in [(word,) for word in self.known.alone]
        )

    def _only(self) -> None:
        if not self.real:
            return
        telling = [self.cues[i] for i in self.real if self.words[i] not in self.known.light]
        for name, allowed in _ONLY.items():
            if not any(map(allowed.isdisjoint, telling)):
                self._mark(name, self.real[0], min(self.real[-1] + 1, self.real[0] + 8))

    def _shape(self) -> None:
        """Marks of form: who is addressed by name, exclamations, and the absence of all orders or questions."""
        for clause in self.clauses:
            if self.cues[clause.start] & {"addressee", "everyone"} or self.words[clause.start] == "@":
                ends_short = all(
                    self.cues[i] & {"addressee", "everyone"} or self.words[i] in self.known.soft
                    for i in range(clause.start, clause.end)
                )
                if ends_short and clause.end < len(self.tokens):
                    self._mark("called", clause.start, clause.end)
        if any(token.kind == "stop" and "!" in token.word for token in self.tokens):
            self.marks["exclaims"] = "!"
        if self.real and not self.marks.keys() & _ORDERING:
            self.marks["orders_nothing"] = ""
        if self.real and not self.marks.keys() & _ASKING:
            self.marks["asks_nothing"] = ""
        asked = next((clause.end for clause in self.clauses if clause.asks), None)
        if asked is not None and self._ordered_after(asked):
            self.marks["asks_then_orders"] = ""
        if len(self.clauses) > 1 or len(self.real) > 3:
            for name, group in (("order_last", _ORDERING), ("ask_last", _ASKING)):
                last = self.clauses[-1]
                if any(self.cues[i] & group for i in range(last.start, last.end)):
                    self.marks[name] = ""

    def _ordered_after(self, position: int) -> bool:
        """True if a clause behind `position` that asks nothing holds an order."""
        return any(
            not clause.asks and any(self.cues[i] & _ORDER_CUES for i in range(clause.start, clause.end))
            for clause in self.clauses
            if clause.start >= position
        )

    def _emoji(self) -> None:
        signs = "".join(token.typed for token in self.tokens if token.kind == "emoji")
        if signs:
            for token in self.tokens:
                if token.kind == "emoji":
                    self.marks.setdefault(f"emoji_{group_of(token.typed)}", token.typed)
            if not self.real:
                self.marks["only_emoji"] = signs[:12]
