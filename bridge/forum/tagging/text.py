"""From what was typed to words that can be looked up.

Phones make abbreviations (`sdh`, `tlg`), dropped vowels, doubled letters (`siaaap`), typing errors, and Bugis
particles glued to words (`sudahmi`, `adaji`). All are undone here, as far as the known words allow; what is not
known stays as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bridge.model.lexicon import Grammar

MAX_CHARS = 4000
"""Of a longer message the beginning and the end are read."""

_SYMBOLS = "\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u3030\u303d\u00a9\u00ae"
_IGNORED = re.compile("[\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"'})
_TOKEN = re.compile(
    r"(?P<url>https?://\S+|www\.\S+)"
    r"|(?P<tag>(?<![\w&])\#[^\W\d_][\w-]*)"
    r"|(?P<mention>@[\w.:/-]*\w)"
    r"|(?P<number>\d+(?:[.,:/-]\d+)*%?)"
    r"|(?P<word>a/n\b|w/o?(?=\s)|(?:[^\W\d_]\.){2,}|[^\W\d_]\.[^\W\d_]\b"
    r"|[^\W\d_]+(?:['-][^\W\d_]+)*(?:2(?!\d)|')?)"
    r"|(?P<stop>[.!?…\n]+)"
    r"|(?P<pause>[,;:()/–—-]+)"
    rf"|(?P<emoji>[{_SYMBOLS}\u200d]+|[:;]-?[)D(P](?!\w))"
)
_REPEATED = re.compile(r"(.)\1{2,}")
_FORWARDED = "↷ Forwarded"
"""What a bridge from another network puts before a forwarded message; it is no word of the sender."""
_GLUED = ("nya", "kah", "lah", "mi", "pi", "ji", "ki", "ta", "mo", "ku", "mu", "x")
_VOWELS = str.maketrans("", "", "aeiou")
_TYPO_LENGTH = 7
_MOST_REMEMBERED = 20_000


class Token(NamedTuple):
    """One word, number, sign or emoji. `word` is what was typed, read out; `typed` is what was typed."""

    kind: str
    word: str
    typed: str


class Normaliser:
    """Reads out words by the abbreviations and the vocabulary of a lexicon."""

    def __init__(self, grammars: Sequence[Grammar], vocabulary: Iterable[str]) -> None:
        self._grammars = tuple(grammars)
        self._known = frozenset(vocabulary).union(
            *(grammar.common - grammar.abbreviations.keys() for grammar in grammars),
            *(text.split() for grammar in grammars for text in grammar.abbreviations.values()),
        )
        self._formed = tuple(_well_formed(grammar) for grammar in self._grammars)
        self._near = _deletions(word for word in self._known if len(word) >= _TYPO_LENGTH)
        self._bones = _skeletons(self._known)
        self._memory: tuple[dict[str, tuple[Token, ...]], ...] = tuple({} for _ in self._grammars)

    def tokens(self, text: str) -> tuple[int, tuple[Token, ...]]:
        """The number of the grammar that the text is read by, and its tokens in order.

        One abbreviation may become several words.
        """
        if len(text) > MAX_CHARS:
            text = f"{text[: MAX_CHARS // 2]}\n{text[-MAX_CHARS // 2 :]}"
        if not text.isascii():
            text = text.removeprefix(_FORWARDED)
            text = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).translate(_APOSTROPHES)
        found = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(text.lower())]
        language = self._language([typed for kind, typed in found if kind == "word"])
        result: list[Token] = []
        for kind, typed in found:
            if kind == "word":
                result.extend(self._read(language, typed))
            elif kind == "number" and typed in self._known:
                result.append(Token("word", typed, typed))
            else:
                result.append(Token(kind, typed, typed))
        return language, tuple(result)

    def read(self, language: int, typed: str) -> tuple[str, ...]:
        """The words that a typed word stands for."""
        return tuple(token.word for token in self._read(language, typed))

    def _read(self, language: int, typed: str) -> tuple[Token, ...]:
        """The same as tokens; a bounded memory makes the frequent ones quick."""
        memory = self._memory[language]
        tokens = memory.get(typed)
        if tokens is None:
            tokens = tuple(Token("word", word, typed) for word in self._spell(language, typed))
            if len(memory) < _MOST_REMEMBERED:
                memory[typed] = tokens
        return tokens

    def _language(self, words: Sequence[str]) -> int:
        """The grammar whose commonest words occur most; the first one when none does."""
        counts = [sum(map(grammar.common.__contains__, words)) for grammar in self._grammars]
        return counts.index(max(counts))

    def _spell(self, language: int, typed: str) -> tuple[str, ...]:
        own = self._grammars[language]
        if typed.endswith("2") and f"{typed[:-1]}-{typed[:-1]}" in self._known:
            return (f"{typed[:-1]}-{typed[:-1]}",)
        for form in _forms(typed):
            if form in own.abbreviations:
                return tuple(own.abbreviations[form].split())
            if form in own.common:
                return (form,)
            for other in self._grammars:
                if form in other.abbreviations:
                    return tuple(other.abbreviations[form].split())
            if form in self._known:
                return (form,)
        plain = _REPEATED.sub(r"\1", typed.strip("'").rstrip("2"))
        return (
            self._unglued(language, plain)
            or self._parted(language, plain)
            or self._mended(language, plain)
            or (plain,)
        )

    def _unglued(self, language: int, word: str) -> tuple[str, ...]:
        """`sudahmi` is `sudah mi`, `bolehkah` is `boleh kah`: a known word with a known ending."""
        for ending in _GLUED:
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= 3:
                if stem in self._grammars[language].abbreviations:
                    return (*self._grammars[language].abbreviations[stem].split(), ending)
                if stem in self._known:
                    return (stem, ending)
        return ()

    def _parted(self, language: int, word: str) -> tuple[str, ...]:
        """`gotong-royong` is two words unless it is known as one; `masing-masing` stays."""
        parts = word.split("-")
        if len(parts) < 2 or len(set(parts)) == 1:
            return ()
        return tuple(read for part in parts if part for read in self.read(language, part))

    def _mended(self, language: int, word: str) -> tuple[str, ...]:
        """A known word that differs by one letter, or that has lost its vowels."""
        if self._formed[language](word):
            return ()
        if len(word) >= _TYPO_LENGTH - 1 and word.isalpha():
            for form in (word, *_shorter(word)):
                for near in self._near.get(form, ()):
                    if near[0] == word[0] and abs(len(near) - len(word)) <= 1 and _one_apart(word, near):
                        return (near,)
        bones = word.translate(_VOWELS)
        if len(bones) >= 3 and len(word) - len(bones) <= 1:
            found = [full for full in self._bones.get(bones, ()) if _within(word, full)]
            if len(found) == 1:
                return (found[0],)
        return ()


def _well_formed(grammar: Grammar) -> Callable[[str], bool]:
    """True for a word with an ending of the language, which is more likely another word than a slip."""
    if not grammar.well_formed:
        return lambda _word: False
    match = re.compile(grammar.well_formed).fullmatch
    return lambda word: match(word) is not None


def _forms(typed: str) -> tuple[str, ...]:
    plain = typed.strip("'").rstrip(".")
    return (
        typed,
        plain,
        plain.rstrip("2"),
        _REPEATED.sub(r"\1", plain),
        _REPEATED.sub(r"\1\1", plain),
    )


def _shorter(word: str) -> tuple[str, ...]:
    return tuple(word[:i] + word[i + 1 :] for i in range(len(word)))


def _deletions(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Every word under itself and under each form with one letter left out."""
    table: dict[str, set[str]] = {}
    for word in words:
        if word.isalpha():
            for form in (word, *_shorter(word)):
                table.setdefault(form, set()).add(word)
    return {form: tuple(sorted(found)) for form, found in table.items()}


def _skeletons(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, set[str]] = {}
    for word in words:
        if len(word) >= 5 and word.isalpha():
            table.setdefault(word.translate(_VOWELS), set()).add(word)
    return {bones: tuple(sorted(found)) for bones, found in table.items() if len(bones) >= 3}


def _one_apart(word: str, other: str) -> bool:
    """True if one letter inserted, left out, changed, or two neighbours swapped make the other word."""
    start = 0
    limit = min(len(word), len(other))
    while start < limit and word[start] == other[start]:
        start += 1
    rest, target = word[start:], other[start:]
    return (
        rest[1:] == target
        or rest == target[1:]
        or rest[1:] == target[1:]
        or (len(rest) > 1 and rest[1] + rest[0] + rest[2:] == target)
    )


def _within(short: str, full: str) -> bool:
    """True if the letters of `short` occur in `full` in this order."""
    letters = iter(full)
    return all(letter in letters for letter in short)
