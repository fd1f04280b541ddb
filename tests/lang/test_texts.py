"""Everything the bot says: there in both languages, with the values that the rules pass, short and courteous."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bridge.forum.due import DueReader
from bridge.lang import roles
from bridge.lang.catalogue import Catalogue, Value, load_catalogue
from bridge.lang.commands import load_arguments, load_commands
from bridge.lang.speech import load_due_words
from bridge.policy.types import Kind, Role
from tests.lang.said import Saying, sayings

WITA = ZoneInfo("Asia/Makassar")
LANGUAGES = ("id", "en")
_TEXTS = Path(__file__).parents[2] / "bridge" / "lang"

ACCUSING = {
    "id": (
        *("menipu", "tipu", "bohong", "dusta", "palsu", "curang", "lalai", "malas", "abai", "mangkir", "ceroboh"),
        *(
            "bodoh",
            "gagal",
            "kesalahan",
            "pelanggaran",
            "melanggar",
            "teguran",
            "sanksi",
            "hukum",
            "harus",
            "wajib",
        ),
    ),
    "en": (
        *("cheat", "lie", "lying", "lied", "fake", "false", "fraud", "lazy", "negligent", "careless", "ignored"),
        *("stupid", "guilty", "fault", "fail", "failed", "violation", "warning", "penalty", "must", "refused"),
    ),
}
"""Words by which a sentence would accuse or command."""

LONGEST = 220
"""Characters of a text without its values: more is not read on an old phone."""


@cache
def catalogue(lang: str) -> Catalogue:
    return load_catalogue(lang, zone=WITA, salutation="Bapak/Ibu" if lang == "id" else "colleague")


@cache
def said() -> tuple[Saying, ...]:
    return tuple(sayings())


@cache
def _file(lang: str) -> str:
    return (_TEXTS / lang / "texts.yaml").read_text(encoding="utf-8")


def _sample(lang: str, key: str) -> dict[str, Value]:
    """Values such as rules pass: a time for a field written as one, numbers for counts, a list for names in the
    plural, else a short text."""
    content = _file(lang)
    found: dict[str, Value] = {}
    for field in catalogue(lang).fields(key):
        if re.search(rf"\{{{field}:period\}}", content):
            found[field] = "400d"
        elif re.search(rf"\{{{field}:(day|week)\}}", content):
            found[field] = "2026-11-23"
        elif re.search(rf"\{{{field}:(when|clock)\}}", content):
            found[field] = "2026-11-23T16:00:00+08:00"
        elif re.search(rf"\{{{field}:duration\}}", content):
            found[field] = 12 * 3600
        elif field in ("count", "received", "reported", "owing", "present", "matched", "version"):
            found[field] = 3
        elif field in ("units", "users", "words", "numbers", "stages", "nearest", "permissions"):
            found[field] = ["satu", "dua"]
        else:
            found[field] = field
    return found


def _shown(lang: str) -> Iterator[tuple[str, str]]:
    for key in sorted(catalogue(lang).keys):
        yield key, catalogue(lang).say(key, **_sample(lang, key)).plain


def test_the_source_is_seen() -> None:
    """The search of the source finds the texts of every kind of rule; else the other tests would be empty."""
    keys = {one.key for one in said()}
    assert {"emergency.ring", "card.counts", "evidence.blank", "proposal.because_knock", "chain.head"} <= keys
    assert {"stage.no_leader", "accept_all.which", "help.remove", "number.own_late", "file.line"} <= keys
    assert len(keys) > 150


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_that_is_said_exists_and_none_is_left_over(lang: str) -> None:
    """A missing text would stop a message on its way; one that is never said misleads whoever translates."""
    keys = {one.key for one in said()}
    assert sorted(keys - catalogue(lang).keys) == []
    assert sorted(catalogue(lang).keys - keys) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_pass_exactly_the_values_that_a_text_takes(lang: str) -> None:
    """A value too few or too many is an error only when the text is sent, which is too late."""
    wrong = []
    for one in said():
        if one.needed is None or one.key not in catalogue(lang).keys:
            continue
        fields = catalogue(lang).fields(one.key)
        if not one.needed <= fields <= one.possible:
            wrong.append(f"{one.key} takes {sorted(fields)}, {one.where} passes {sorted(one.needed)}")
    assert wrong == []


def test_most_values_are_seen() -> None:
    """The test above looks at nearly every place, not at a lucky few."""
    seen = [one for one in said() if one.needed is not None]
    assert len(seen) > 0.9 * len(said())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_can_be_said(lang: str) -> None:
    """With values of the right kind it becomes one line of text without a brace left."""
    for key, text in _shown(lang):
        assert text.strip() == text and "{" not in text and "\n" not in text, key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_accuses_or_commands(lang: str) -> None:
    """Whoever reads it is a head of agency before forty others."""
    words = re.compile(rf"\b({'|'.join(ACCUSING[lang])})\w*", re.IGNORECASE)
    names = re.compile(r"\{[a-z_:]+\}")
    found = {key: hit[0] for key, text in _shown(lang) if (hit := words.search(names.sub("", text)))}
    assert found == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_are_short(lang: str) -> None:
    """One glance on an old phone."""
    for key in catalogue(lang).keys:
        values: dict[str, Value] = {
            name: value if name == "count" or not isinstance(value, str) or value[:2] in ("20", "40") else ""
            for name, value in _sample(lang, key).items()
        }
        assert len(catalogue(lang).say(key, **values).plain) <= LONGEST, key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_asked_of_people_says_how(lang: str) -> None:
    """Everything that a person in the forum is told about a report asks for something that mends it, politely."""
    polite = "ohon" if lang == "id" else "lease"
    for one in {one.key for one in said() if one.key.split(".")[0] in ("evidence", "refused", "sealed", "report")}:
        assert polite in catalogue(lang).say(one, **_sample(lang, one)).plain, one


@pytest.mark.parametrize("lang", LANGUAGES)
def test_commands_in_texts_are_commands(lang: str) -> None:
    """What a text tells people to type is understood, in their language."""
    words = load_commands(lang)
    typed = {(key, word) for key, text in _shown(lang) for word in re.findall(r"!(\w+)", text)}
    assert len(typed) >= 8
    assert {(key, word) for key, word in typed if word not in words} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["doubt.past", "due.which", "help", "due.unread"])
def test_the_example_of_a_due_time_is_understood(lang: str, key: str) -> None:
    """Whoever copies the example gets what it says: tomorrow."""
    text = load_arguments(lang)["due"] if key == "help" else catalogue(lang).say(key, **_sample(lang, key)).plain
    example = re.search(r"(besok|tomorrow) \d\d[.:]\d\d", text)
    assert example is not None
    due = DueReader(load_due_words(lang)).find(example[0], datetime(2026, 11, 23, 9, tzinfo=WITA), WITA)
    assert due is not None and due.certain and (due.at.day, due.at.minute) == (24, 0)


def test_the_counts_of_a_card_read_as_promised() -> None:
    """Staff look for this line; its shape is part of the design."""
    values: dict[str, Value] = {"received": 28, "reported": 21, "owing": 7}
    assert catalogue("id").say("card.counts", **values).plain == "28 siap · 21 lapor · 7 belum"
    assert catalogue("en").say("card.counts", **values).plain == "28 acknowledged · 21 reported · 7 to go"


def test_what_must_be_understood_at_once() -> None:
    """The sentences that ring, word for word."""
    speak = catalogue("id").say
    due = "2026-11-23T16:00:00+08:00"
    assert speak("report.returned", number="L-7", name="Ketapang Contoh").plain == (
        "Mohon laporan L-7 dilengkapi, Ketapang Contoh. Kirim kembali keterangan beserta foto atau videonya"
        " sebagai balasan pesan ini."
    )
    assert speak("report.incomplete", number="L-7").plain == (
        "Laporan L-7 belum dapat dihitung karena foto atau videonya belum ada, Bapak/Ibu. Mohon kirim sebagai"
        " balasan pesan ini; setelah itu langsung dihitung."
    )
    assert speak("directive.remind", number="P-12", text="Bersih-bersih", due=due, count=3).plain == (
        "Mohon laporan P-12 (“Bersih-bersih”) dengan foto atau video, Bapak/Ibu. Batasnya Senin, 23 November 2026"
        " 16.00 WITA; masih 3 unit yang kami tunggu."
    )
    assert catalogue("en").say("emergency.ring", number="R-7", unit="Fire", text="Flood at the bridge").plain == (
        "🚨 Emergency R-7 from Fire: “Flood at the bridge” Please see to it at once."
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_letter_of_a_number_is_written_into_a_text(lang: str) -> None:
    """Letters are the policy's: an English-speaking city has D-12 where Soppeng has P-12."""
    assert re.findall(r"\b[A-Z]-\d+", _file(lang)) == []


# --- names of roles and kinds ---


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_role_and_kind_has_a_name(lang: str) -> None:
    """Nobody reads `subdistrict_head` on a card."""
    assert roles.load_role_names(lang).keys() == set(get_args(Role))
    assert roles.load_kind_names(lang).keys() == set(get_args(Kind))
    names = [*roles.load_role_names(lang).values(), *roles.load_kind_names(lang).values()]
    assert len(set(names)) == len(names)
    assert not any("_" in name for name in names)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("roles: {leader: A}\nkinds: {}\nacting: '{role}'\n", "missing or unknown roles: auditor"),
        ("roles: {}\n", "kinds"),
        ("roles: [\n", "roles.yaml"),
        ("names: {}\n", "unknown field"),
    ],
)
def test_a_broken_file_of_names_is_refused_with_its_fault(tmp_path: Path, content: str, fault: str) -> None:
    """One sentence that names file and fault."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "roles.yaml").write_text(content)
    with pytest.raises(roles.RolesError, match=fault):
        roles.load_role_names("en", tmp_path)


def test_names_that_are_empty_or_not_there_are_refused(tmp_path: Path) -> None:
    """A card without a role, or no file at all."""
    (tmp_path / "en").mkdir()
    original = (_TEXTS / "en" / "roles.yaml").read_text(encoding="utf-8")
    (tmp_path / "en" / "roles.yaml").write_text(original.replace("guest: Guest", 'guest: " "'))
    with pytest.raises(roles.RolesError, match="without a name: guest"):
        roles.load_role_names("en", tmp_path)
    with pytest.raises(roles.RolesError, match="cannot be read"):
        roles.load_role_names("id", tmp_path)
