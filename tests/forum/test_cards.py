"""Cards as people read them, in both languages: short, complete, and nothing foreign can act in them."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.books import make_book
from bridge.forum import cards, files
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.presence import NAMED, AdoptionView, Misspelt, Unlisted
from bridge.journey import words
from bridge.lang.catalogue import Catalogue, load_catalogue
from bridge.ledger.migrations import migrate
from bridge.ledger.projections import apply
from bridge.ledger.store import Store, sqlite_database
from bridge.ledger.work import directive_view
from bridge.model import facts as f
from bridge.model.clock import MovableClock, milliseconds
from bridge.model.effects import Line, Say
from bridge.model.situation import DirectiveView, ProposalView, RoomView, Situation, TaskView
from bridge.model.speech import Text
from bridge.policy.load import Configuration
from bridge.policy.models import Card, Forum, Names, Policy
from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile, Unit

WITA = ZoneInfo("Asia/Makassar")
DUE = milliseconds(datetime(2026, 11, 23, 16, 0, tzinfo=WITA))
LANGUAGES = ("id", "en")


def _roster() -> Roster:
    units = tuple(
        Unit(id=f"unit-{place:02}", name=f"Dinas Nomor {place}", short=f"Dinas {place}") for place in range(40)
    )
    persons = (
        Person(id="kenanga", name="Kenanga Contoh", identifiers=(Identifier(matrix="@wabup:hs"),)),
        Person(id="nuri", name="Nuri Contoh", identifiers=(Identifier(matrix="@nuri:hs"),)),
    )
    offices = (
        Office(person="kenanga", role="deputy", begins=date(2025, 2, 20)),
        Office(person="nuri", role="expert", begins=date(2025, 1, 1)),
    )
    return Roster(RosterFile(units=units, persons=persons, offices=offices), WITA)


@cache
def book(lang: str, lines: int = 12) -> Book:
    policy = Policy.model_validate(
        {
            "forum": Forum(name="Forum Contoh", language=lang),  # type: ignore[arg-type]
            "names": Names(roles={"deputy": "Wakil Bupati"}) if lang == "id" else Names(),
            "card": Card(lines=lines),
        }
    )
    clock = MovableClock(milliseconds(datetime(2026, 11, 20, 9, 0, tzinfo=WITA)))
    return make_book(
        Configuration(policy, _roster()), forum="f", rooms={}, bot="@bot:hs", clock=clock, rehearsal=False
    )


@cache
def catalogue(lang: str) -> Catalogue:
    return load_catalogue(lang, zone=WITA, salutation="Bapak/Ibu")


def rendered(lines: list[Line], lang: str = "id") -> Text:
    return words.card(catalogue(lang), lines)


def directive(
    states: dict[str, int] | None = None,
    *,
    text: str = "Seluruh OPD kerja bakti, lapor dengan foto paling lambat Senin jam 16.00",
    name: str = "Kenanga Contoh",
    to_all: bool = False,
    state: str = "open",
    due: int | None = DUE,
    due_certain: bool = True,
    late_after_siap: int = 0,
) -> DirectiveView:
    """P-12 of the deputy, with so many tasks per state."""
    tasks: list[TaskView] = []
    for task_state, number in (states or {}).items():
        for _ in range(number):
            acknowledged = "$siap" if task_state == "late" and late_after_siap > 0 else ""
            late_after_siap -= bool(acknowledged)
            tasks.append(
                TaskView(
                    directive="P-12",
                    unit=f"unit-{len(tasks):02}",
                    state=task_state,
                    acknowledged_by=acknowledged,
                )
            )
    return DirectiveView(
        number="P-12",
        event="$p12",
        room="!forum:hs",
        person="kenanga",
        name=name,
        role="deputy",
        text=text,
        to_all=to_all,
        state=state,
        due=due,
        due_certain=due_certain,
        thread=None,
        tasks=tuple(tasks),
    )


def test_the_card_of_an_order_to_all() -> None:
    """Who ordered what, to how many, until when, how it stands, and what to do."""
    order = directive({"open": 2, "acknowledged": 7, "reported": 17, "accepted": 4}, to_all=True)
    assert rendered(cards.directive_card(order, book("id"))).plain.splitlines() == [
        "📌 P-12 · Perintah Wakil Bupati, Kenanga Contoh",
        "“Seluruh OPD kerja bakti, lapor dengan foto paling lambat Senin jam 16.00”",
        "Untuk: 30 unit",
        "Batas: Senin, 23 November 2026 16.00 WITA",
        "28 siap · 21 lapor · 9 belum",
        "Sudah diterima: 4 laporan",
        "Siap: ketuk 👍. Melapor P-12: balas pesan ini dengan foto atau video.",
    ]


def test_the_same_card_in_english() -> None:
    """No Indonesian word is left, and the clock is that of the language."""
    order = directive({"reported": 1, "late": 1}, text="All units report", to_all=True)
    assert rendered(cards.directive_card(order, book("en")), "en").plain.splitlines() == [
        "📌 P-12 · Directive: Deputy Leader, Kenanga Contoh",
        "“All units report”",
        "For: 2 units",
        "Due: Monday, 23 November 2026 16:00 WITA",
        "1 acknowledged · 1 reported · 1 to go",
        "Past the due time: 1 unit",
        "Received: tap 👍. To report on P-12: reply to this message with a photo or video.",
    ]


def test_a_few_units_are_named_and_many_are_counted() -> None:
    """Up to six units recognise themselves on the card."""
    few = rendered(cards.directive_card(directive({"open": 3}), book("id"))).plain
    assert "Untuk: Dinas 0, Dinas 1, dan Dinas 2" in few
    six = rendered(cards.directive_card(directive({"open": 6}), book("id"))).plain
    assert "Dinas 5" in six
    seven = rendered(cards.directive_card(directive({"open": 7}), book("id"))).plain
    assert "Untuk: 7 unit" in seven and "Dinas 5" not in seven


def test_an_order_to_nobody_we_know_says_what_to_do() -> None:
    """No counts of nothing, and how the author gets reports after all."""
    text = rendered(cards.directive_card(directive(), book("id"))).plain
    assert "belum ada unit yang dikenali" in text and "balas pesan ini dengan nama unitnya" in text
    assert "siap ·" not in text


def test_without_a_due_time_and_with_a_guessed_one() -> None:
    """What we only read into the words is called so."""
    assert "Batas: tidak disebutkan" in rendered(cards.directive_card(directive(due=None), book("id"))).plain
    guessed = rendered(cards.directive_card(directive(due_certain=False), book("id"))).plain
    assert "16.00 WITA (perkiraan kami)" in guessed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_cancelled_order_says_so_and_nothing_else(lang: str) -> None:
    """Two lines: which it was, and that nothing is to be done."""
    order = directive({"cancelled": 30}, state="cancelled", to_all=True)
    lines = rendered(cards.directive_card(order, book(lang)), lang).plain.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(("P-12 dibatalkan.", "P-12 was cancelled."))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_order_to_forty_units_in_every_state_fits(lang: str) -> None:
    """At most twelve lines, and short enough to be read at a glance."""
    states = dict.fromkeys(("open", "acknowledged", "reported", "late", "accepted", "returned"), 6)
    order = directive({**states, "cancelled": 4}, to_all=True, text="Kerja bakti " * 400)
    text = rendered(cards.directive_card(order, book(lang)), lang).plain
    assert len(text.splitlines()) <= 12
    assert len(text) < 700
    assert "…”" in text


def test_a_policy_may_ask_for_shorter_cards() -> None:
    """`card.lines` of the policy cuts from below; the counts are never lost."""
    order = directive({"open": 1, "late": 1, "accepted": 1}, to_all=True)
    lines = rendered(cards.directive_card(order, book("id", 6))).plain.splitlines()
    assert len(lines) == 6
    assert "1 siap · 1 lapor · 2 belum" in lines


def test_counts_follow_what_units_did() -> None:
    """Reporting is receiving, too; a returned report is owed again; what was cancelled is nobody's."""
    order = directive({"open": 1, "acknowledged": 2, "reported": 3, "accepted": 4, "returned": 5, "cancelled": 6})
    assert cards.count(order) == cards.Counts(total=15, received=14, reported=7, owing=8, late=0, accepted=4)


def test_whoever_had_received_it_still_has_when_it_is_late() -> None:
    """The first number of a card does not fall because a time has passed."""
    assert cards.count(directive({"acknowledged": 2, "open": 1})).received == 2
    assert cards.count(directive({"late": 3}, late_after_siap=2)).received == 2


def test_the_ledger_remembers_who_had_received_it(tmp_path: Path) -> None:
    """The card is made from the ledger: there as well a passed due time takes nothing back."""
    store = Store(sqlite_database(tmp_path / "ledger.db"))
    migrate(store)
    store.begin()
    order = f.Directive(
        number="P-12",
        event="$p12",
        room="!forum:hs",
        person="kenanga",
        name="Kenanga Contoh",
        role="deputy",
        text="Lapor",
        units=("unit-00", "unit-01"),
        issued_at=0,
        evidence="media",
        confidence=1.0,
        policy_version=1,
        roster_version=1,
    )
    moves = [("unit-00", "open"), ("unit-01", "open"), ("unit-00", "acknowledged"), ("unit-00", "late")]
    apply(store, "f", order)
    for unit, state in moves:
        apply(store, "f", f.Task(directive="P-12", unit=unit, state=state, at=0, cause="$siap"))
    view = directive_view(store, "f", "P-12")
    store.rollback()
    store.close()
    assert view is not None
    assert cards.count(view).received == 1


HOSTILE = [
    "<b>x</b><img src=x onerror=alert(1)>",
    "</div><script>1</script>",
    "a & b &lt;c&gt;",
    "satu\nP-99 · Bupati, Palsu\n\n# judul",
    "\u202ekanan\u2066kiri\u2069 \u200fx",
    "tag\U000e0041\U000e0042 nul\x00 esc\x1b[31m",
    "\ud800 tunggal",
    "{number} {0.__class__} %s",
    "[tautan](https://example.org) **tebal** `kode`",
    "@room @wabup:hs",
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("value", HOSTILE)
def test_foreign_words_on_a_card_stay_words(lang: str, value: str) -> None:
    """A name or an order can bring no markup, no line of its own, and turn no text around."""
    order = directive({"open": 2}, text=value, name=value)
    _harmless(rendered(cards.directive_card(order, book(lang)), lang), lines=6)


@given(st.text(min_size=1), st.text(min_size=1))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_changes_the_shape_of_a_card(name: str, text: str) -> None:
    """Whatever is written: the same lines in the same places."""
    order = directive({"open": 2}, text=text, name=name)
    shown = rendered(cards.directive_card(order, book("id")))
    _harmless(shown, lines=6)
    assert shown.plain.splitlines()[4] == "0 siap · 0 lapor · 2 belum"


def _harmless(shown: Text, *, lines: int) -> None:
    assert len(shown.plain.split("\n")) == lines
    assert shown.html is not None
    assert len(shown.html.split("<br>")) == lines
    # The number is bold, lines are broken: no other markup is there.
    assert re.findall(r"<[^>]*>", shown.html) == ["<b>", "</b>"] + ["<br>"] * (lines - 1)
    for body in (shown.plain, shown.html):
        assert not re.search(
            r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x09\x0b-\x1f\x7f-\x9f]", body
        )
        assert not re.search("[\U000e0000-\U000e0fff]", body)
        body.encode()


# --- the control room ---


def proposal(what: str, users: int = 1, **fields: object) -> ProposalView:
    values: dict[str, object] = {
        "number": "A-3",
        "what": what,
        "room": "!forum:hs",
        "users": tuple(f"@orang{place}:hs" for place in range(users)),
        "persons": (),
        "detail": "",
        "state": "open",
        "needs": 1,
        "by": "nuri",
        "due": None,
        **fields,
    }
    return ProposalView(**values)  # type: ignore[arg-type]


def test_the_card_of_a_removal_says_whom_why_when_and_how_to_stop_it() -> None:
    """Anybody who moderates can act on the card alone."""
    one = proposal("remove", by="rule:unlisted", needs=0, due=DUE)
    assert rendered(cards.proposal_card(one, book("id"))).plain.splitlines() == [
        "A-3 · Akan dikeluarkan: @orang0:hs",
        "Sebab: tidak tercantum dalam roster.yaml.",
        "Berjalan sendiri Senin, 23 November 2026 16.00 WITA. Batalkan: ketuk ❌, atau ketik !batal A-3",
    ]


def test_the_card_of_a_removal_by_hand_names_the_person_and_the_reason() -> None:
    """Every act names a person; the second one sees the reason before agreeing."""
    one = proposal("remove", detail="Pindah tugas")
    assert rendered(cards.proposal_card(one, book("id"))).plain.splitlines() == [
        "A-3 · Akan dikeluarkan: @orang0:hs",
        "Keterangan: Pindah tugas",
        "Oleh: Nuri Contoh",
        "Perlu 1 orang lagi. Setuju: !setuju A-3. Tidak jadi: !batal A-3",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_of_many_removals_stays_short(lang: str) -> None:
    """Ten accounts are named, the number says how many there are."""
    text = rendered(cards.proposal_card(proposal("remove_many", 40, by="rule:shrunken", needs=2), book(lang)), lang)
    assert "40" in text.plain and "@orang9:hs" in text.plain and "@orang10:hs" not in text.plain
    assert len(text.plain.splitlines()) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("what", ["remove", "remove_many", "invite", "keep", "stage"])
@pytest.mark.parametrize("state", ["open", "done", "cancelled", "expired"])
def test_every_proposal_in_every_state_can_be_shown(lang: str, what: str, state: str) -> None:
    """No card stays behind because a text is missing; what is settled says so in its last line."""
    one = proposal(what, state=state, detail="tag" if what == "stage" else "", by="rule:knock")
    lines = rendered(cards.proposal_card(one, book(lang)), lang).plain.splitlines()
    assert "A-3" in lines[0] and "A-3" in lines[-1]
    assert len(lines) == (3 if state == "open" else 2)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_of_a_living_room(lang: str) -> None:
    """Who is here, who is not listed and whom that may be, who is absent, what the bot may not do, what to do."""
    view = AdoptionView(
        present=45,
        matched=2,
        unlisted=43,
        named=(
            Unlisted("@kenangga:hs", "Kenangga", ("Kenanga Contoh",)),
            *(Unlisted(f"@lain{place}:hs", "<b>Lain</b>\n" if place == 0 else "") for place in range(NAMED - 1)),
        ),
        absent=("Kenanga Contoh",),
        misspelt=(Misspelt("Kenanga Contoh", "@wabup:hs", "@wabub:hs"),),
        leader=False,
    )
    shown = rendered(cards.adoption_card(view, "watch", ["kick", "m.reaction"], book(lang)), lang)
    lines = shown.plain.splitlines()
    assert lines[0].startswith("👥 Forum Contoh") and "watch" in lines[0]
    assert lines[1].startswith("45 ") and " 2 " in lines[1] and " 43 " in lines[1]
    assert "Kenangga (@kenangga:hs)" in lines[2] and "Kenanga Contoh" in lines[2]
    assert "<b>Lain</b> (@lain0:hs)" in lines[3]
    assert sum(line.startswith("•") for line in lines) == NAMED + 1
    assert "kick" in shown.plain and "m.reaction" in shown.plain and "@wabub:hs" in shown.plain
    assert shown.html is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_wrong_with_a_file_stands_on_lines_of_its_own(lang: str) -> None:
    """The control room reads the first ten, and how many there are."""
    news = {"what": "roster", "problems": [f"roster.yaml:{line}: <x> salah" for line in range(1, 13)]}
    taken = Taken(kind="file", key="file:1", room="", at=0, body=msgspec.json.encode(news))
    control = dataclasses.replace(book(lang), rooms={"control": "!control:hs"})
    outcome = files.decide(taken, Situation(room=RoomView("", "unknown")), control, 0)
    (said,) = outcome.effects
    assert isinstance(said, Say) and said.room == "!control:hs"
    shown = rendered([Line(said.key, said.values), *said.lines], lang).plain.splitlines()
    assert "roster.yaml" in shown[0] and "12" in shown[0]
    assert shown[1] == "• roster.yaml:1: <x> salah" and shown[10] == "• roster.yaml:10: <x> salah"
    assert shown[11:] == ["• …"]
