"""What the clauses of a text say: orders, deeds and questions, each a mark with the words it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bridge.forum.tagging import overall
from bridge.forum.tagging.sheet import Clause, Sheet
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


class Page(Sheet):
    """One text while it is read."""

    def __init__(self, vocabulary: Vocabulary, forms: Forms, tokens: tuple[Token, ...]) -> None:
        super().__init__(vocabulary, forms, tokens)
        self.marks: dict[str, str] = {}

    def reading(self) -> Reading:
        """Read it."""
        for hit in self.hits:
            if hit.cue not in _NOT_BY_THEMSELVES:
                self.mark(hit.cue, hit.start, hit.end)
        self._settled()
        for clause in self.clauses:
            self._orders(clause)
            self._deeds(clause)
            self._question(clause)
        overall.mark(self)
        tags = tuple(token.word[1:] for token in self.tokens if token.kind == "tag")
        words = tuple(dict.fromkeys(self.words[i] for i in self.real if self.tokens[i].kind == "word"))
        return Reading(self.marks, tags, len(self.real), words, self.tokens)

    def _settled(self) -> None:
        """`settles_first`: a decision stands before the first order, which then only carries it out."""
        first = {hit.cue: hit.start for hit in reversed(self.hits)}
        decided = min(first.get(cue, len(self.words)) for cue in ("decree", "strong_consent", "consent", "refusal"))
        ordered = min(first.get(cue, len(self.words)) for cue in ("order_verb", "please", "must", "passive_order"))
        if decided < ordered < len(self.words):
            self.marks["settles_first"] = ""

    def mark(self, name: str, start: int, end: int) -> None:
        """Note a mark and the words from ``start`` up to ``end``; the first place of a mark stays."""
        if name not in self.marks:
            one = end - start == 1
            self.marks[name] = (
                self.tokens[start].typed
                if one
                else " ".join(dict.fromkeys([token.typed for token in self.tokens[start:end]]))
            )

    def _orders(self, clause: Clause) -> None:
        """Imperatives at the beginning of a clause, and passives that a leader means as orders."""
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word:
                continue
            listed = "order_verb" in cues
            unlisted = not cues and word not in self.known.not_order and self.forms.imperative(word)
            if (listed or unlisted) and self._may_order(clause, position):
                self.mark(
                    "imperative_asked" if clause.asks else "imperative", position, min(position + 3, clause.end)
                )
            if "passive_order" in cues and not clause.asks and self._untold(clause, position):
                self.mark("passive_imperative", position, min(position + 2, clause.end))

    def _may_order(self, clause: Clause, position: int) -> bool:
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

    def _untold(self, clause: Clause, position: int) -> bool:
        """True if no mark of the past, no subject and no promise stands shortly before."""
        near = range(max(clause.start, position - 3), position)
        return not any(
            self.cues[i] & {"done_mark", "self", "ongoing", "ack", "negation", "promise", "future"} for i in near
        )

    def _deeds(self, clause: Clause) -> None:
        """Claims that something is done, and verbs that tell what happened."""
        undone = self.known.undone
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word or not undone.isdisjoint(self.words[max(clause.start, position - 3) : position]):
                continue
            name = "asked_done" if clause.asks else "did"
            if "done_mark" in cues:
                end = self._deed_after(clause, position)
                self.mark(name if end else "past", position, end or position + 1)
            if "done" in cues:
                self.mark(name, position, position + 1)
            elif not cues and not clause.asks:
                self._verb(position, word)

    def _deed_after(self, clause: Clause, position: int) -> int:
        """Where the verb ends that a mark of the past belongs to; 0 if none follows closely."""
        for after in range(position + 1, min(position + 5, clause.end)):
            if self.forms.verb(self.words[after]) or self.cues[after] & _DEED:
                return after + 1
        return 0

    def _verb(self, position: int, word: str) -> None:
        if self.forms.resultative(word) or self.forms.passive(word):
            self.mark("passive", position, position + 1)
        elif self.forms.active(word):
            self.mark("active", position, position + 1)
        elif self.forms.past(word):
            self.mark("past_tense", position, position + 1)

    def _question(self, clause: Clause) -> None:
        if clause.asks:
            self.mark("query", max(clause.start, clause.end - 4), clause.end)
        leading = True
        for position in range(clause.start, clause.end):
            word, cues = self.words[position], self.cues[position]
            if not word:
                continue
            if "question_word" in cues:
                if leading:
                    self.mark("interrogative", position, min(position + 3, clause.end))
                else:
                    self.mark("interrogative_inside", position, position + 1)
            if not (word in self.known.soft or word in self.known.connectors or cues & _BEFORE_QUESTION):
                leading = False
        if self.forms.auxiliaries:
            opening = [word for word in self.words[clause.start : clause.end] if word not in self.known.soft]
            opening = [word for word in opening if word not in self.known.connectors][:2]
            if len(opening) == 2 and opening[0] in self.forms.auxiliaries and opening[1] in self.forms.subjects:
                self.mark("inversion", clause.start, min(clause.start + 3, clause.end))
