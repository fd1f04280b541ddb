"""The words of a lexicon, arranged for reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from bridge.forum.tagging.phrases import Phrases
from bridge.forum.tagging.text import Normaliser
from bridge.model.lexicon import Grammar, Lexicon


class Vocabulary:
    """Single words by what they are for, the phrases of all cues, and the grammars of all languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = lexicon.words
        self.titles = words["titles"]
        self.soft = words["honorifics"] | self.titles | words["particles"] | {"-"}
        self.fillers, self.connectors = words["fillers"], words["connectors"]
        self.light = self.soft | self.fillers
        self.undone, self.alone = words["undone"], words["alone"]
        self.not_order = frozenset(lexicon.cues.get("not_order", ()))
        self.forms = tuple(Forms(grammar) for grammar in lexicon.grammars)
        self.phrases = Phrases(lexicon.cues, self.soft)
        self.families = lexicon.families
        alarms = lexicon.alarms
        vocabulary = {
            word
            for phrases in (*lexicon.cues.values(), *(getattr(alarms, name) for name in alarms.__struct_fields__))
            for phrase in phrases
            for part in phrase.split()
            for word in part.split("/")
        }
        known = vocabulary | self.soft | self.fillers | self.connectors | self.undone
        self.normaliser = Normaliser(lexicon.grammars, known)


class Forms:
    """A grammar with its expressions compiled."""

    def __init__(self, grammar: Grammar) -> None:
        self.determiners, self.noun_before = grammar.determiners, grammar.noun_before
        self.auxiliaries, self.subjects = grammar.auxiliaries, grammar.subjects
        self.names_before_verb = grammar.names_before_verb
        self.imperative = _matcher(grammar.imperative)
        self.passive = _matcher(grammar.passive)
        self.resultative = _matcher(grammar.resultative)
        self.active = _matcher(grammar.active)
        self.past = _matcher(grammar.past)

    def verb(self, word: str) -> bool:
        """True for any marked form of a verb."""
        return any(form(word) for form in (self.passive, self.resultative, self.active, self.past, self.imperative))


def _matcher(pattern: str) -> Callable[[str], bool]:
    if not pattern:
        return lambda _word: False
    match = re.compile(pattern).fullmatch
    # Words come again and again.
    return lru_cache(maxsize=8192)(lambda word: match(word) is not None)
