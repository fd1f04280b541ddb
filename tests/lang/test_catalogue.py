"""The bot's texts: both languages complete, nothing foreign can act in them, faults found when loaded."""

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lang.catalogue import (
    Catalogue,
    CatalogueError,
    TextError,
    differences,
    harmless,
    load_catalogue,
    pill,
)
from bridge.model.speech import Text

WITA = ZoneInfo("Asia/Makassar")
ID = load_catalogue("id", zone=WITA, salutation="Bapak/Ibu")
EN = load_catalogue("en", zone=WITA)


def catalogue(lang: str = "en", salutation: str = "", **texts: Any) -> Catalogue:
    return Catalogue(lang, texts, zone=WITA, salutation=salutation)


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    """Nobody finds a sentence of the other language, or none at all."""
    assert differences(ID, EN) == []


def test_differences_are_named() -> None:
    """A translator reads which key or value is missing."""
    one = catalogue(a="x", b="{n}")
    other = catalogue("id", c="x", b="{m}")
    assert differences(one, other) == [
        "a is only in en",
        "c is only in id",
        "b takes n in en and m in id",
    ]


def test_an_order_for_evidence_is_courteous_and_says_until_when() -> None:
    """A time given in ISO text is read in the forum's zone."""
    said = ID.say("report.ask_evidence", number="L-7", until="2026-11-20T09:10:00+00:00")
    assert said == Text("Mohon kirim foto atau video untuk laporan L-7, Bapak/Ibu. Kami tunggu sampai 17.10 WITA.")


def test_the_title_of_a_week() -> None:
    """As the issue writes it, in both languages and into ISO week 53."""
    assert ID.say("week.head", starts="2026-11-16", week="2026-W47", count=1234, hash="ab").plain == (
        "🔒 Pekan Senin 16 – Minggu 22 November 2026 (2026-W47) ditutup dengan 1.234 catatan. Sidik: ab"
    )
    assert EN.say("week.head", starts="2026-12-28", week="2026-W53", count=1, hash="ab").plain == (
        "🔒 Monday 28 December 2026 – Sunday 3 January 2027 (2026-W53) is sealed with 1 record. Hash: ab"
    )


def test_plurals_follow_the_language() -> None:
    """English has two forms, Indonesian one; numbers are written as the language does."""
    assert EN.say("card.to_many", count=1).plain == "For: 1 unit"
    assert EN.say("card.to_many", count=2).plain == "For: 2 units"
    assert EN.say("card.to", units=["Parks", "Fire"]).plain == "For: Parks and Fire"
    assert ID.say("card.to_many", count=1200).plain == "Untuk: 1.200 unit"
    assert ID.say("card.to", units=["a", "b", "c"]).plain == "Untuk: a, b, dan c"


def test_markup_in_a_value_stays_text() -> None:
    """A message of a member cannot put a link, a picture or a mention into what the bot says."""
    said = ID.say(
        "card.title", number="P-12", kind="Perintah", role="Bupati", name='<img src=x onerror="a()">&{number}'
    )
    assert said.plain == '📌 P-12 · Perintah Bupati, <img src=x onerror="a()">&{number}'
    assert said.html == "📌 <b>P-12</b> · Perintah Bupati, &lt;img src=x onerror=&quot;a()&quot;&gt;&amp;{number}"


def test_a_value_cannot_turn_or_break_the_line() -> None:
    """Bidirectional overrides, control characters and line breaks would let a value forge a line of a card."""
    assert harmless("a\u202eb\u2066c\x00d\x1b[1m\ufeff") == "abcd[1m"
    assert harmless("satu\ndua\u2028tiga\r\n\tempat") == "satu dua tiga empat"
    assert harmless("\ud800x") == "x"
    assert harmless("👩‍🌾 tani") == "👩‍🌾 tani"
    assert harmless("❤️‍🔥 siap") == "❤️‍🔥 siap"
    assert harmless("Bu\u200bpa\u200cti\u200d \u2060Con\u00adtoh\u3164") == "Bupati Contoh"


@given(st.text())
def test_no_value_leaves_markup_or_an_invisible_order_behind(value: str) -> None:
    """Whatever is put in: one line, no tag, no bidirectional control, valid UTF-8."""
    said = catalogue(k={"text": "<{v}>", "html": "<i>{v}</i>"}).say("k", v=value)
    assert said.html is not None
    inner = said.html.removeprefix("<i>").removesuffix("</i>")
    assert not re.search(r"[<>\"\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f]", inner)
    said.plain.encode()


def test_a_person_is_a_pill_and_turns_a_plain_text_into_html() -> None:
    """The template itself is escaped then, line breaks are kept, the user id cannot leave its link."""
    hello = catalogue(k="1 < 2\n{who}")
    said = hello.say("k", who=pill('@a"b:example.org', "<Kadis>"))
    assert said == Text(
        "1 < 2\n<Kadis>",
        '1 &lt; 2<br><a href="https://matrix.to/#/%40a%22b%3Aexample.org">&lt;Kadis&gt;</a>',
    )
    listed = hello.say("k", who=[pill("@a:b", "A"), "<B>"])
    assert listed.html == '1 &lt; 2<br><a href="https://matrix.to/#/%40a%3Ab">A</a> and &lt;B&gt;'


def test_no_way_into_objects_through_a_template() -> None:
    """Fields are names and known forms; attributes, items, conversions and format widths are faults."""
    for template in ("{a.b}", "{a[0]}", "{a!r}", "{a:>1000000}", "{0}", "{}", "{", "}", "{A}"):
        with pytest.raises(CatalogueError):
            catalogue(k=template)
    assert catalogue(k="{{a}} {a}").say("k", a="x").plain == "{a} x"


def test_all_faults_of_a_language_are_said_at_once() -> None:
    """Whoever edits texts mends them in one go."""
    with pytest.raises(CatalogueError) as raised:
        catalogue(
            a="{x.y}",
            b={"by": "count", "other": "{count}"},
            c={"text": "{a}", "html": "{b}"},
            d="  ",
            e="{at:moment}",
            f={"text": "only text"},
        )
    lines = str(raised.value).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["a", "b", "c", "d", "e", "f"]
    assert "the plural forms are one, other" in lines[1]


def test_wrong_or_missing_values_are_refused() -> None:
    """A sentence with a hole is never sent."""
    with pytest.raises(TextError, match="without number, until"):
        ID.say("report.ask_evidence")
    with pytest.raises(TextError, match="unknown x"):
        ID.say("report.ask_evidence", number="L-7", until="2026-11-20T09:10:00+00:00", x=1)
    with pytest.raises(TextError, match="no offset"):
        ID.say("report.ask_evidence", number="L-7", until="2026-11-20T09:10:00")
    with pytest.raises(TextError, match="count is a number"):
        ID.say("card.to_many", count="2")
    with pytest.raises(TextError, match="there is no text"):
        ID.say("no.such")
    with pytest.raises(TextError, match="not texts"):
        catalogue(k="{a}").say("k", a=True)


def test_the_salutation_is_available_everywhere_and_is_escaped() -> None:
    """It comes from the policy, so it is treated as any value."""
    said = catalogue(salutation="Bpk & Ibu", k={"text": "Hai {salutation}", "html": "Hai {salutation}"}).say("k")
    assert said == Text("Hai Bpk & Ibu", "Hai Bpk &amp; Ibu")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a: x\nb: y\na: z\n", "line 3: a stands there twice"),
        ("- a\n", "the file holds keys and texts"),
        ("a:\n  - b\n", "a text is no list"),
        ("a: [\n", "expected"),
        ("A b: x\n", "small letters"),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(tmp_path: Path, content: str, fault: str) -> None:
    """Also a key written twice, of which YAML would silently drop one."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "texts.yaml").write_text(content)
    with pytest.raises(CatalogueError, match=fault):
        load_catalogue("en", zone=WITA, folder=tmp_path)


def test_a_missing_file_or_language_is_refused(tmp_path: Path) -> None:
    """One clear error, no traceback of a parser."""
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_catalogue("en", zone=WITA, folder=tmp_path)
    with pytest.raises(CatalogueError, match="no such language"):
        catalogue("xx-nowhere", k="x")


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    """`no` is a word and 21:00 a time of day."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "texts.yaml").write_text("a: no\nb: 21:00\n")
    loaded = load_catalogue("en", zone=WITA, folder=tmp_path)
    assert (loaded.say("a").plain, loaded.say("b").plain) == ("no", "21:00")
