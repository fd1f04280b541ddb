"""Commands: how they are recognised, who may give them where, and what is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.forum import commands
from bridge.forum.command import SPECS, Command
from bridge.lang.commands import CommandsError, load_commands, load_reasons
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import CancelTimer, Invite, Refresh, Remove, Retract, Say, Timer
from bridge.model.situation import Outcome
from tests.forum.house import (
    AUDIT,
    BOT,
    CONTROL,
    DAY,
    DIRECT,
    FORUM,
    MINUTE,
    NOON,
    House,
    book_of,
    effects,
    facts,
    keys,
    person,
    roster_of,
    said,
    staff,
)

BOOK = book_of(roster_of(staff(4)))
ENGLISH = book_of(roster_of(staff(4)), language="en")
HOUR = 60 * MINUTE


def parse(text: str, *, direct: bool = False, control: bool = False) -> Command | None:
    return commands.parse(text, BOOK, direct=direct, control=control)


def living(stage: str = "remind") -> House:
    """A forum with everybody and one outsider inside, adopted, past its first days."""
    house = House(book_of(roster_of(staff(8))))
    listed = [user for due in house.book.roster.persons_due(moment(NOON)) for user in due.user_ids]
    house.fill([*listed, "@ajudan:hs"])
    house.fill(["@ahli:hs", "@pakar:hs"], CONTROL)
    house.first_sight()
    house.first_sight(CONTROL)
    if stage != "watch":
        house.record(f.Stage(stage=stage, was="watch", by="ahli", at=NOON, cause="$"))
    return house


def with_order(house: House, states: dict[str, str] | None = None, confirmed: bool = True) -> House:
    """P-1 of the deputy to four units; each unit's task in the given state, with reports where they were made."""
    units = tuple(f"unit{n}" for n in range(1, 5))
    house.record(
        f.Directive(
            number="P-1",
            event="$order",
            room=FORUM,
            person="wabup",
            name="Wabup Contoh",
            role="deputy",
            text="Kerja bakti massal di semua wilayah",
            units=units,
            issued_at=NOON - HOUR,
            due=NOON + 5 * HOUR,
            confirmed=confirmed,
        ),
        *(
            f.Task(directive="P-1", unit=unit, state="open", at=NOON - HOUR, via="message", cause="$order")
            for unit in units
        ),
    )
    for place, (unit, state) in enumerate((states or {}).items(), start=1):
        report = None
        if state in ("reported", "accepted"):
            report = f"L-{place}"
            house.record(
                f.Report(
                    number=report,
                    event=f"$report{place}",
                    room=FORUM,
                    person=f"kadis{unit[4:]}",
                    name="Kadis Contoh",
                    unit=unit,
                    role="head",
                    text="Sudah dilaksanakan",
                    directive="P-1",
                    reported_at=NOON,
                    state=state,
                )
            )
        house.record(
            f.Task(directive="P-1", unit=unit, state=state, at=NOON, via="message", report=report, cause="$r")
        )
    return house


def answer(outcome: Outcome, language: int = 0) -> str:
    """The one answer as people read it."""
    (say,) = effects(outcome, Say)
    return said(House.texts[language], say)


# --- recognising ---


@pytest.mark.parametrize("text", ["!P-12", "!P12", "!p 12", "! p-12", "!#P12", "#P12", "#p-12"])
def test_a_number_is_a_command_in_the_forum_only_when_marked(text: str) -> None:
    """With "!" before it, or written exactly as #P12."""
    assert parse(text) == Command(name="number", number="P-12")


@pytest.mark.parametrize(
    "text", ["P-12", "P12", "p 12", "#P12 sudah", "P-12 siap", "bantuan", "status", "/bantuan"]
)
def test_talk_in_the_forum_is_no_command(text: str) -> None:
    """Bare words are talk, and "/" belongs to the clients."""
    assert parse(text) is None


@pytest.mark.parametrize("text", ["P-12", "P12", "p 12", "#P12", "p-12 ", "P–12"])
def test_a_number_alone_is_a_command_in_the_control_room_and_in_direct_chats(text: str) -> None:
    """There nobody talks in numbers."""
    assert parse(text, control=True) == Command(name="number", number="P-12")
    assert parse(text, direct=True) == Command(name="number", number="P-12")


def test_only_letters_in_use_make_numbers() -> None:
    """X-12 is nobody's number, and an English forum has other letters."""
    assert parse("X-12", direct=True) is None
    assert commands.parse("D12", ENGLISH, direct=True) == Command(name="number", number="D-12")
    assert commands.parse("P12", ENGLISH, direct=True) is None


def test_bare_words_are_commands_in_a_direct_chat_only() -> None:
    """Never in a room, the control room included."""
    assert parse("Bantuan", direct=True) == Command(name="help", word="Bantuan")
    assert parse("setuju A-3", direct=True) == Command(name="approve", word="setuju", number="A-3")
    assert parse("bantuan", control=True) is None
    assert parse("setuju A-3", control=True) is None


@pytest.mark.parametrize("text", ["batal saja ya pak", "setuju sekali", "tugas kami sudah selesai", "terima kasih"])
def test_a_sentence_that_begins_with_a_command_word_is_a_sentence(text: str) -> None:
    """Bare words count only when nothing but what the command takes follows."""
    assert parse(text, direct=True) is None


def test_what_follows_a_command_is_its_number_and_the_rest() -> None:
    """Commands of several words are found before those of one."""
    assert parse("!terima semua P-12") == Command(name="accept_all", word="terima semua", number="P-12")
    assert parse("!batas  p12\nbesok 17.00") == Command(name="due", word="batas", number="P-12", rest="besok 17.00")
    assert parse("!keluarkan @a:hs pindah tugas") == Command(
        name="remove", word="keluarkan", rest="@a:hs pindah tugas"
    )


def test_an_unknown_command_is_one_only_if_it_is_like_one_or_stands_alone() -> None:
    """An exclamation mark before an order does not swallow the order."""
    assert parse("!bantaun") == Command(name="unknown", word="bantaun", near="bantuan")
    assert parse("!xyzzy") == Command(name="unknown", word="xyzzy")
    assert parse("!PENTING besok semua OPD apel pukul 7") is None
    assert parse("!!!") is None


@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_any_text_is_talk_or_a_command(text: str, direct: bool, control: bool) -> None:
    """Nothing that people type raises, and numbers come in one form."""
    found = commands.parse(text, BOOK, direct=direct, control=control)
    if found is not None and found.number is not None:
        letter, digits = found.number.split("-")
        assert letter in BOOK.series
        assert str(int(digits)) == digits


def test_every_command_has_words_in_every_language_and_every_word_a_command() -> None:
    """The words are data; none leads nowhere. An English-speaking city finds no Indonesian word."""
    for language in ("id", "en"):
        named = set(load_commands(language).values())
        assert named | {"number"} == set(SPECS)
        assert set(commands.HANDLERS) | {"help"} == set(SPECS)
        assert load_reasons(language)
    assert "bantuan" not in load_commands("en")
    assert load_commands("id", "en")["help"] == "help"


def test_a_word_that_means_two_things_is_refused(tmp_path: object) -> None:
    """The file is named, and the word."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "xx").mkdir()
    (folder / "xx" / "commands.yaml").write_text("commands: {help: [a], list: [A]}\nreasons: {}\n")
    with pytest.raises(CommandsError, match="'a' stands for help and for list"):
        load_commands("xx", folder=folder)


# --- who, where ---


def test_help_shows_what_this_person_may_do_here() -> None:
    """A head sees no moderation, an expert in the control room does; the forum gets one line."""
    house = living()
    head = answer(house.say("@kadis1:hs", "bantuan", DIRECT))
    assert "daftar" in head
    assert "keluarkan" not in head
    expert = answer(house.say("@ahli:hs", "!bantuan"))
    assert "!keluarkan @nama:server alasan" in expert
    assert "terima semua" not in expert
    short = answer(house.say("@bupati:hs", "!bantuan", FORUM))
    assert "\n" not in short
    assert "!terima semua" in short
    assert "keluarkan" not in short


def test_help_in_english_has_english_words() -> None:
    """Help is made of the data of the language."""
    house = House(ENGLISH)
    shown = answer(house.say("@bupati:hs", "help", DIRECT), language=1)
    assert "accept all D-12" in shown
    assert "terima" not in shown


def test_an_unlisted_person_gets_one_sentence() -> None:
    """Authority comes from the roster."""
    assert keys(living().say("@ajudan:hs", "!status", FORUM)) == ["command.unlisted"]


def test_a_right_that_is_missing_is_said_in_one_courteous_sentence() -> None:
    """Nothing is done, and nobody is scolded."""
    house = with_order(living(), {"unit1": "reported"})
    outcome = house.say("@kadis1:hs", "!terima semua P-1", FORUM)
    assert keys(outcome) == ["command.no_right"]
    assert outcome.facts == []


def test_moderation_is_not_done_before_everybody() -> None:
    """In the forum it points to the control room."""
    outcome = living().say("@ahli:hs", "!keluarkan @kadis1:hs pindah", FORUM)
    assert keys(outcome) == ["command.elsewhere"]
    assert outcome.facts == []


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    """One sentence, no dump of the help."""
    shown = answer(living().say("@kadis1:hs", "!daftra", FORUM))
    assert "!daftar" in shown
    assert "\n" not in shown


# --- how things stand ---


def test_the_forum_reads_counts_and_the_control_room_names() -> None:
    """Nobody is shamed before everybody."""
    house = with_order(living(), {"unit1": "reported", "unit2": "acknowledged", "unit3": "late"})
    forum, control = house.say("@wabup:hs", "!daftar", FORUM), house.say("@ahli:hs", "!daftar")
    assert "P-1 · 3 belum" in answer(forum)
    assert "UNIT3" not in answer(forum)
    assert "UNIT2, UNIT3, dan UNIT4" in answer(control)
    number = answer(house.say("@ahli:hs", "P-1"))
    assert "Lewat batas: UNIT3" in number
    in_forum = answer(house.say("@wabup:hs", "#P1", FORUM))
    assert "dari 4 unit, 1 sudah lapor, 3 belum" in in_forum
    assert "UNIT" not in in_forum


def test_a_head_reads_only_about_the_own_unit() -> None:
    """In a direct chat a unit hears of itself."""
    house = with_order(living(), {"unit1": "reported", "unit3": "late"})
    assert keys(house.say("@kadis1:hs", "daftar", DIRECT)) == ["list.own_empty"]
    assert "Kerja bakti massal" in answer(house.say("@kadis3:hs", "daftar", DIRECT))
    shown = answer(house.say("@kadis3:hs", "P-1", DIRECT))
    assert "batasnya sudah lewat" in shown
    assert "UNIT" not in shown


def test_status_says_the_stage_and_what_waits_where_it_may() -> None:
    """Counts in the forum; the stage and open cards in the control room, an auditor reads them too."""
    house = with_order(living(), {"unit1": "reported"})
    house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah tugas")
    assert keys(house.say("@kadis1:hs", "!status", FORUM)) == ["status.counts"]
    control = answer(house.say("@auditor:hs", "!status", AUDIT))
    assert "Tahap: remind" in control
    assert "A-1" in control


def test_status_without_orders() -> None:
    """Nothing is open, and that is said."""
    house = living()
    assert keys(house.say("@kadis1:hs", "!status", FORUM)) == ["status.nothing_open"]
    assert keys(house.say("@kadis1:hs", "!daftar", FORUM)) == ["list.empty"]


def test_every_kind_of_number_is_answered() -> None:
    """Reports, decisions, what waits, and numbers that do not exist."""
    house = with_order(living(), {"unit1": "reported"})
    house.record(
        f.Decision(
            number="K-1",
            event="$k",
            room=FORUM,
            person="bupati",
            name="B",
            role="leader",
            text="Jumat apel",
            decided_at=NOON,
        )
    )
    number = facts(house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah"), f.Proposal)[0].number
    assert "L-1: sudah lapor" in answer(house.say("@kadis1:hs", "!L-1", FORUM))
    assert "Jumat apel" in answer(house.say("@kadis1:hs", "!K-1", FORUM))
    assert keys(house.say("@kadis1:hs", f"!{number}", FORUM)) == ["number.elsewhere"]
    assert keys(house.say("@ahli:hs", number)) == ["number.proposal_open"]
    assert keys(house.say("@kadis1:hs", "!P-99", FORUM)) == ["number.unknown"]


@pytest.mark.parametrize(
    "state", ["waiting", "reported", "incomplete", "accepted", "returned", "withdrawn", "unknown"]
)
def test_every_state_of_a_report_has_its_words(state: str) -> None:
    """In both languages; a missing text would fail here."""
    house = with_order(living(), {"unit1": "reported"})
    house.record(f.ReportChanged(number="L-1", state=state, at=NOON, by="rule:test", cause="$"))
    assert keys(house.say("@ahli:hs", "L-1")) == [f"number.report_{state}"]


@pytest.mark.parametrize("state", ["open", "acknowledged", "reported", "late", "accepted", "returned"])
def test_every_state_of_a_task_has_its_words(state: str) -> None:
    """As the unit itself reads it."""
    house = with_order(living(), {"unit1": state})
    (say,) = effects(house.say("@kadis1:hs", "P-1", DIRECT), Say)
    assert say.lines[-1].key == f"number.own_{state}"


# --- orders and reports ---


def test_a_leader_accepts_all_reports_of_an_order_at_once() -> None:
    """Nobody has to tap forty times; what is not reported stays open."""
    house = with_order(living(), {"unit1": "reported", "unit2": "reported", "unit3": "late"})
    outcome = house.say("@bupati:hs", "!terima semua P-1", FORUM)
    assert [(one.number, one.state, one.by) for one in facts(outcome, f.ReportChanged)] == [
        ("L-1", "accepted", "bupati"),
        ("L-2", "accepted", "bupati"),
    ]
    assert {(one.unit, one.state) for one in facts(outcome, f.Task)} == {
        ("unit1", "accepted"),
        ("unit2", "accepted"),
    }
    assert {CancelTimer("accept:L-1"), CancelTimer("accept:L-2")} <= set(outcome.timers)
    assert [one.card for one in effects(outcome, Refresh)] == ["P-1"]
    assert keys(house.say("@bupati:hs", "!terima semua P-1", FORUM)) == ["accept_all.nothing"]
    assert keys(house.say("@bupati:hs", "!terima semua", FORUM)) == ["accept_all.which"]
    assert keys(house.say("@bupati:hs", "!terima semua P-7", FORUM)) == ["number.no_directive"]


def test_a_doubted_order_is_confirmed() -> None:
    """By an expert in the control room; then it has its card."""
    house = with_order(living(), confirmed=False)
    outcome = house.say("@ahli:hs", "!konfirmasi P-1")
    assert [one.state for one in facts(outcome, f.DirectiveChanged)] == ["confirmed"]
    assert "P-1.card" in [one.ref for one in effects(outcome, Refresh)]
    assert keys(house.say("@ahli:hs", "!konfirmasi P-1")) == ["confirm.not_needed"]


def test_a_due_time_is_changed_and_nobody_is_late_under_the_old_one() -> None:
    """The new time is shown, its reminders set, and late tasks are open again."""
    house = with_order(living(), {"unit3": "late"})
    outcome = house.say("@wabup:hs", "!batas P-1 besok 17.00", FORUM)
    (changed,) = facts(outcome, f.DirectiveChanged)
    assert changed.due == NOON + DAY + 5 * HOUR
    assert [(one.unit, one.state) for one in facts(outcome, f.Task)] == [("unit3", "open")]
    named = {timer.name: timer.due for timer in outcome.timers if isinstance(timer, Timer)}
    assert named["due:P-1"] == NOON + DAY + 5 * HOUR + 30 * MINUTE
    assert "Sabtu, 21 November 2026 17.00 WITA" in answer(outcome)


def test_a_due_time_that_cannot_be_read_or_is_past_changes_nothing() -> None:
    """One sentence says what to write."""
    house = with_order(living())
    unread = house.say("@wabup:hs", "!batas P-1 kapan-kapan", FORUM)
    past = house.say("@wabup:hs", "!batas P-1 1 November 2026 pukul 12.00", FORUM)
    assert (keys(unread), keys(past)) == (["due.unread"], ["due.over"])
    assert unread.facts == past.facts == []


def test_an_order_is_taken_back_by_its_giver_or_an_expert() -> None:
    """Another leader is told who may; afterwards its chip is gone and its tasks end."""
    house = with_order(living())
    assert keys(house.say("@bupati:hs", "!cabut P-1", FORUM)) == ["withdraw.not_yours"]
    outcome = house.say("@wabup:hs", "!cabut P-1", FORUM)
    assert {one.state for one in facts(outcome, f.Task)} == {"cancelled"}
    assert [one.ref for one in effects(outcome, Retract)] == ["P-1.chip"]
    assert keys(house.say("@ahli:hs", "!cabut P-1")) == ["withdraw.already"]


# --- stages ---


def test_a_stage_is_raised_one_step_by_two_people() -> None:
    """Asked by one who moderates, agreed to by another who may approve; never by the same."""
    house = living("watch")
    asked = house.say("@ahli:hs", "!tahap tag")
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.what, proposal.detail, proposal.needs) == ("stage", "tag", 1)
    assert house.stage == "watch"
    assert keys(house.say("@ahli:hs", f"!setuju {proposal.number}")) == ["proposal.same_person"]
    assert keys(house.say("@kadis1:hs", f"setuju {proposal.number}", DIRECT)) == ["command.no_right"]
    agreed = house.say("@bupati:hs", f"setuju {proposal.number}", DIRECT)
    (stage,) = facts(agreed, f.Stage)
    assert (stage.stage, stage.was, stage.by, stage.second) == ("tag", "watch", "ahli", "bupati")
    assert house.stage == "tag"
    assert keys(house.say("@ahli:hs", f"!setuju {proposal.number}")) == ["proposal.closed"]


def test_no_stage_is_skipped_and_only_moderators_ask() -> None:
    """The sentence says which comes next."""
    house = living("watch")
    assert keys(house.say("@ahli:hs", "!tahap remind")) == ["stage.one_step"]
    assert keys(house.say("@ahli:hs", "!tahap lari")) == ["stage.unknown"]
    assert keys(house.say("@ahli:hs", "!tahap watch")) == ["stage.same"]
    assert keys(house.say("@ahli:hs", "!tahap")) == ["status.stage_watch"]
    assert keys(house.say("@wabup:hs", "tahap tag", DIRECT)) == ["command.no_right"]


def test_a_stage_is_lowered_at_once_by_one_person() -> None:
    """The brake needs nobody else, and any number of steps."""
    house = living("remind")
    outcome = house.say("@ahli:hs", "!tahap watch")
    assert [fact.stage for fact in facts(outcome, f.Stage)] == ["watch"]
    assert house.stage == "watch"


def test_enforce_is_refused_while_anyone_present_is_undecided() -> None:
    """Each is listed, kept or removed first; whoever is kept stays for good."""
    house = living("remind")
    refused = house.say("@ahli:hs", "!tahap enforce")
    assert keys(refused) == ["stage.undecided"]
    assert "@ajudan:hs" in answer(refused)
    kept = house.say("@ahli:hs", "!pertahankan @ajudan:hs")
    assert [(one.what, one.users, one.state) for one in facts(kept, f.Proposal)] == [
        ("keep", ("@ajudan:hs",), "done")
    ]
    asked = house.say("@ahli:hs", "!tahap enforce")
    agreed = house.say("@pakar:hs", f"!setuju {facts(asked, f.Proposal)[0].number}")
    assert house.stage == "enforce"
    assert not effects(agreed, Remove)
    assert not facts(house.reload(), f.Proposal)


def test_enforce_is_refused_while_no_leader_is_in_the_room() -> None:
    """Also when the leader went after it was asked for."""
    house = living("remind")
    house.say("@ahli:hs", "!pertahankan @ajudan:hs")
    asked = house.say("@ahli:hs", "!tahap enforce")
    house.member("@bupati:hs", "leave")
    number = facts(asked, f.Proposal)[0].number
    assert keys(house.say("@pakar:hs", f"!setuju {number}")) == ["stage.no_leader"]
    assert keys(house.say("@pakar:hs", "!tahap enforce")) == ["stage.no_leader"]
    assert house.stage == "remind"


def test_where_one_person_is_alone_an_hour_stands_for_the_second() -> None:
    """Recorded, shown on the card, and to be cancelled until then."""
    house = House(book_of(roster_of([person("ahli", "expert"), person("kadis1", "head", "unit1")])))
    house.fill(["@ahli:hs", "@kadis1:hs"])
    house.first_sight()
    asked = house.say("@ahli:hs", "tahap tag", DIRECT)
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.needs, proposal.due) == (0, NOON + HOUR)
    assert keys(asked) == ["proposal.in_an_hour"]
    assert house.stage == "watch"
    (over,) = house.due_timers(asked)
    assert house.stage == "tag"
    assert facts(over, f.Stage)[0].second is None


# --- people ---


def test_a_removal_by_command_needs_a_reason_and_a_second_person() -> None:
    """The person reads the reason and whom to ask; a rule does not call them back."""
    house = living()
    assert keys(house.say("@ahli:hs", "!keluarkan @kadis4:hs")) == ["remove.why"]
    asked = house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah ke provinsi")
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.needs, proposal.by, proposal.detail) == (1, "ahli", "pindah ke provinsi")
    assert not effects(asked, Remove)
    agreed = house.say("@pakar:hs", f"!setuju {proposal.number}")
    (removal,) = effects(agreed, Remove)
    assert removal.user == "@kadis4:hs"
    assert "pindah ke provinsi" in removal.reason
    (act,) = facts(agreed, f.Act)
    assert (act.rule, act.by, act.person, act.policy_version) == ("command", "pakar", "kadis4", 0)
    house.member("@kadis4:hs", "leave", by=BOT)
    house.record(f.Stage(stage="enforce", was="remind", by="ahli", at=NOON, cause="$"))
    house.now += 2 * DAY
    assert "@kadis4:hs" not in [one.user for one in effects(house.midnight(), Invite)]


def test_a_leader_is_removed_only_by_three_different_persons() -> None:
    """Who asked cannot also be one of the two who agree."""
    house = living()
    number = facts(house.say("@ahli:hs", "!keluarkan @wabup:hs masa jabatan selesai"), f.Proposal)[0].number
    first = house.say("@pakar:hs", f"!setuju {number}")
    assert keys(first) == ["proposal.one_more"]
    assert keys(house.say("@ahli:hs", f"!setuju {number}")) == ["proposal.same_person"]
    assert keys(house.say("@pakar:hs", f"!setuju {number}")) == ["proposal.same_person"]
    assert effects(house.say("@bupati:hs", f"setuju {number}", DIRECT), Remove)


def test_the_bot_is_not_removed_and_nobody_in_watch() -> None:
    """In `watch` nothing is changed, by command neither."""
    assert keys(living().say("@ahli:hs", f"!keluarkan {BOT} coba")) == ["command.not_me"]
    assert keys(living("watch").say("@ahli:hs", "!keluarkan @kadis1:hs coba")) == ["command.only_watching"]


def test_a_person_is_named_by_account_by_local_part_or_by_mention() -> None:
    """As clients write them; a mention's shown name is no part of the reason."""
    house = living()
    house.state("@kadis2:hs", "join", name="Pak Budi")
    by_part = house.say("@ahli:hs", "!keluarkan @kadis1 pindah tugas")
    by_mention = house.say("@ahli:hs", "!keluarkan Pak Budi: pindah tugas", mentions=["@kadis2:hs"])
    assert facts(by_part, f.Proposal)[0].users == ("@kadis1:hs",)
    assert facts(by_mention, f.Proposal)[0].users == ("@kadis2:hs",)
    assert facts(by_mention, f.Proposal)[0].detail == "pindah tugas"
    assert keys(house.say("@ahli:hs", "!keluarkan Budi pindah")) == ["command.whom"]
    assert keys(house.say("@ahli:hs", "!keluarkan @tiada:hs pindah")) == ["remove.not_here"]


def test_the_same_removal_waits_once() -> None:
    """A second command points to the card that is there."""
    house = living()
    house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas")
    assert keys(house.say("@pakar:hs", "!keluarkan @kadis1:hs pindah tugas")) == ["proposal.waits_already"]


def test_an_outsider_is_invited_with_a_second_person_and_a_listed_one_at_once() -> None:
    """The roster is consent enough for those whom it names."""
    house = living()
    house.member("@kadis1:hs", "leave")
    assert effects(house.say("@ahli:hs", "!undang @kadis1:hs"), Invite)
    asked = house.say("@ahli:hs", "!undang @narasumber:kampus.id")
    assert not effects(asked, Invite)
    agreed = house.say("@bupati:hs", f"setuju {facts(asked, f.Proposal)[0].number}", DIRECT)
    assert [one.user for one in effects(agreed, Invite)] == ["@narasumber:kampus.id"]
    assert keys(house.say("@ahli:hs", "!undang @kadis2:hs")) == ["invite.here"]


def test_consent_without_a_number_asks_which() -> None:
    """Or answers the card that it replies to."""
    house = living()
    assert keys(house.say("@pakar:hs", "!setuju")) == ["proposal.nothing_waits"]
    number = facts(house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas"), f.Proposal)[0].number
    assert number in answer(house.say("@pakar:hs", "!setuju"))
    assert keys(house.say("@pakar:hs", "!setuju A-99")) == ["proposal.none"]
    house.store.run(
        "INSERT INTO posted (forum, ref, room, event, at, edited, shown, gone) VALUES ('f',?,?,'$card',0,0,'',0)",
        (f"{number}.proposal", CONTROL),
    )
    agreed = house.say("@pakar:hs", "!setuju", reply_to="$card")
    assert effects(agreed, Remove)


def test_in_the_control_room_the_card_is_the_answer() -> None:
    """No second message says what the card shows; in a direct chat one line does."""
    house = living()
    assert keys(house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas")) == []
    assert keys(house.say("@ahli:hs", "keluarkan @kadis2:hs pindah tugas", DIRECT)) == ["proposal.put"]


def test_every_answer_replies_to_its_command_and_rings_nobody() -> None:
    """Answers are notices where they were asked for."""
    house = with_order(living(), {"unit1": "reported"})
    for text in ("!bantuan", "!status", "!daftar", "!P-1", "!xyzzy"):
        (say,) = effects(house.say("@kadis1:hs", text, FORUM), Say)
        assert say.room == FORUM
        assert say.reply_to
        assert not say.rings
        assert not say.mentions
