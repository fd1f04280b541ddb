"""Reads the words of a language, `words.yaml` and `families.yaml` in `bridge/lang/<language>`, into a `Lexicon`.

The weights of evidence, `bridge/lang/weights.tsv`, are common to all languages. In the YAML every scalar is read
as text, so that `no`, `on` and `86` mean the words people type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

from bridge.model.lexicon import CUES, LABELS, WORD_SETS, Alarms, Grammar, Lexicon, merged

_FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FORMS = frozenset({"imperative", "passive", "resultative", "active", "past", "well_formed"})
_GRAMMAR = tuple(name for name in Grammar.__struct_fields__ if name not in ("language", "abbreviations"))
_PARTS = frozenset(["language", "grammar", "abbreviations", "words", "hashtags", "cues", "emergency", "reasons"])


class LexiconError(ValueError):
    """The words of a language cannot be used; the message has one line per fault."""


def languages() -> tuple[str, ...]:
    """The languages that have a list of words, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob("*/words.yaml")))


def load(*names: str) -> Lexicon:
    """The words of the named languages, merged; all languages when none is named.

    The first one gives the language of the reasons. Raises LexiconError.
    """
    parts = []
    for name in names or languages():
        path = _FOLDER / name / "words.yaml"
        if not path.is_file():
            raise LexiconError(f"there are no words for the language {name!r}; there are: {', '.join(languages())}")
        part = parse(path.read_text(encoding="utf-8"), path.name)
        kin = path.with_name("families.yaml")
        parts.append(msgspec.structs.replace(part, families=families(kin.read_text(encoding="utf-8"), kin.name)))
    weights = _FOLDER / "weights.tsv"
    return msgspec.structs.replace(merged(parts), weights=table(weights.read_text(encoding="utf-8")))


def families(text: str, source: str = "families.yaml") -> dict[str, tuple[str, ...]]:
    """What single words speak of, as `text` lists it: by family, words. Raises LexiconError."""
    root = yaml.load(text, Loader=_LOADER)  # noqa: S506 - makes only str, list and dict
    if not isinstance(root, dict) or not all(isinstance(words, list) for words in root.values()):
        raise LexiconError(f"{source}: families, each with a list of words in brackets, are expected")
    result: dict[str, tuple[str, ...]] = {}
    for name, words in root.items():
        for word in words:
            if not isinstance(word, str) or not word.strip() or " " in word:
                raise LexiconError(f"{source}: {name}: a single word is expected, not {word!r}")
            result[word.lower()] = tuple(sorted({*result.get(word.lower(), ()), name}))
    return result


def table(text: str) -> dict[str, tuple[float, ...]]:
    """The weights written in `text`: a line with the labels, then evidence and one number per label, with tabs.

    Raises LexiconError that names the line.
    """
    head, *lines = text.splitlines()
    if head.split("\t")[1:] != list(LABELS):
        raise LexiconError(f"weights.tsv, line 1: the columns must be evidence, {', '.join(LABELS)}")
    result = {}
    for number, line in enumerate(lines, 2):
        name, *cells = line.split("\t")
        try:
            row = tuple(float(cell) for cell in cells)
        except ValueError:
            row = ()
        if len(row) != len(LABELS):
            raise LexiconError(f"weights.tsv, line {number}: {len(LABELS)} numbers are expected after {name!r}")
        result[name] = row
    return result


def parse(text: str, source: str = "words.yaml") -> Lexicon:
    """The words written in `text`. Raises LexiconError with one line per fault, each naming the part."""
    try:
        root = yaml.load(text, Loader=_LOADER)  # noqa: S506 - makes only str, list and dict
    except yaml.YAMLError as error:
        raise LexiconError(f"{source}: {error}") from error
    if not isinstance(root, dict):
        raise LexiconError(f"{source}: a mapping with {', '.join(sorted(_PARTS))} is expected")
    reader = _Reader(source, root)
    lexicon = reader.lexicon()
    if reader.faults:
        raise LexiconError("\n".join(reader.faults))
    return lexicon


class _Reader:
    """Takes the parts out of the parsed file and collects what is wrong with them."""

    def __init__(self, source: str, root: Mapping[str, object]) -> None:
        self.source = source
        self.root = root
        self.faults: list[str] = []

    def lexicon(self) -> Lexicon:
        for name in sorted(set(self.root) - _PARTS):
            self.fault(name, f"unknown part; the parts are {', '.join(sorted(_PARTS))}")
        language = self.root.get("language")
        if not isinstance(language, str) or not language:
            self.fault("language", "the code of the language is missing")
            language = "?"
        return Lexicon(
            grammars=(self.grammar(language),),
            words={
                name: frozenset(self.phrases(f"words.{name}", words))
                for name, words in self.part("words", WORD_SETS).items()
            },
            hashtags=self.hashtags(),
            cues={cue: self.phrases(f"cues.{cue}", phrases) for cue, phrases in self.part("cues", CUES).items()},
            alarms=Alarms(
                **{
                    name: self.phrases(f"emergency.{name}", phrases)
                    for name, phrases in self.part("emergency", Alarms.__struct_fields__).items()
                }
            ),
            reasons=self.texts("reasons", fold=False),
        )

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{self.source}: {where}: {what}")

    def mapping(self, name: str) -> Mapping[str, object]:
        value = self.root.get(name, {})
        if isinstance(value, dict):
            return value
        self.fault(name, "a mapping is expected")
        return {}

    def part(self, name: str, known: object) -> Mapping[str, object]:
        names = tuple(known) if isinstance(known, (tuple, Mapping)) else ()
        result = {}
        for key, value in self.mapping(name).items():
            if key in names:
                result[key] = value
            else:
                self.fault(f"{name}.{key}", f"unknown; write one of {', '.join(names)}")
        return result

    def grammar(self, language: str) -> Grammar:
        fields: dict[str, object] = {"language": language, "abbreviations": self.texts("abbreviations")}
        for name, value in self.part("grammar", _GRAMMAR).items():
            if name == "names_before_verb":
                fields[name] = value == "true"
            elif name in _FORMS:
                fields[name] = self.form(f"grammar.{name}", value)
            else:
                fields[name] = frozenset(self.phrases(f"grammar.{name}", value))
        return msgspec.convert(fields, Grammar)

    def form(self, where: str, value: object) -> str:
        try:
            re.compile(value if isinstance(value, str) else "(")
        except re.error as error:
            self.fault(where, f"a regular expression for a verb form is expected ({error})")
            return ""
        return str(value)

    def texts(self, name: str, fold: bool = True) -> dict[str, str]:
        result = {}
        for key, value in self.mapping(name).items():
            if isinstance(value, str) and value:
                result[key.lower()] = value.lower() if fold else value
            else:
                self.fault(f"{name}.{key}", "a text is expected")
        return result

    def phrases(self, where: str, value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fault(where, "a list of words or phrases in brackets is expected")
            return ()
        result = []
        for item in value:
            if isinstance(item, str) and item.strip():
                result.append(" ".join(item.lower().split()))
            else:
                self.fault(where, f"a word or phrase is expected, not {item!r}")
        return tuple(result)

    def hashtags(self) -> dict[str, str]:
        result: dict[str, str] = {}
        for label, tags in self.part("hashtags", (*LABELS, "emergency")).items():
            for tag in self.phrases(f"hashtags.{label}", tags):
                if result.setdefault(tag, label) != label:
                    self.fault(f"hashtags.{label}", f"{tag} is already a tag for {result[tag]}")
        return result
