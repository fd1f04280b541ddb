"""The ladder of the rules on messages: reminded, warned, muted, proposed for removal, and the leader asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from bridge.model.effects import Redact, Remove, Say, SetLevels
from tests.forum.conducting import LADDER, burst, conduct, private, rule, sent, steps, text, touched
from tests.forum.delivering import World, deliver
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text, user

HOUR = 60 * 60 * 1000


def test_twelve_texts_in_twenty_seconds_are_one_private_reminder(tmp_path: Path) -> None:
    """With the policy as it comes: told alone, courteously, once, and the room hears nothing."""
    desk = Desk(tmp_path)
    burst(desk, "dlh-1", 16)
    told = private(desk)
    assert [(say.person, say.key, say.rings) for say in told] == [("dlh-1", "conduct.flood", False)]
    assert [line.key for line in told[0].lines] == ["conduct.contact"]
    assert steps(desk) == ["remind"]
    assert desk.said(FORUM) == []
    assert touched(desk) == []


def test_eleven_texts_are_no_flood(tmp_path: Path) -> None:
    """Nor are twelve in a longer time."""
    desk = Desk(tmp_path)
    burst(desk, "dlh-1", 11)
    burst(desk, "pupr-1", 20, seconds=2)
    assert private(desk) == [] and steps(desk) == []


def test_twelve_photos_of_a_report_are_no_flood(tmp_path: Path) -> None:
    """Photos count once together, so that those who work are not told to stop."""
    desk = Desk(tmp_path)
    desk.say("dlh-1", "Lapor, TPA sudah dibersihkan")
    for number in range(12):
        desk.photo("dlh-1", f"IMG{number}.jpg")
        desk.clock.advance(1)
    assert private(desk) == [] and steps(desk) == []


def test_twelve_stickers_are_a_flood(tmp_path: Path) -> None:
    """They are no report."""
    desk = Desk(tmp_path)
    for _ in range(12):
        desk.put(desk.message("dlh-1", {"body": "🙂", "url": "mxc://desk/s", "info": {}}, kind="m.sticker"))
        desk.clock.advance(1)
    assert steps(desk) == ["remind"]


def test_orders_of_a_leader_one_after_the_other_are_no_flood(tmp_path: Path) -> None:
    """The deputy orders a clean-up agency by agency: nobody hears anything of it, not even the control room."""
    desk = Desk(tmp_path)
    for number in range(14):
        desk.say("wabup", f"DLH segera bersihkan pasar {number}, laporkan hari ini jam 16.00 disertai foto")
        desk.clock.advance(1)
    assert len(desk.facts(f.Directive)) == 14
    assert steps(desk) == []


def test_reactions_and_taking_back_are_no_messages(tmp_path: Path) -> None:
    """Tapping twenty orders, and deleting slips, is no flood."""
    desk = Desk(tmp_path)
    said = burst(desk, "pupr-1", 8)
    for event in said:
        desk.redact("dlh-1", desk.react("dlh-1", event, "👍"))
    burst(desk, "dlh-1", 4)
    assert steps(desk) == []


def test_a_cry_for_help_is_never_told_to_be_quiet(tmp_path: Path) -> None:
    """Whoever reports a flood in twelve short messages meant to."""
    desk = Desk(tmp_path)
    for number in range(14):
        desk.say("citta-1", f"Banjir di Citta pak, {number} warga terjebak di atap")
        desk.clock.advance(1)
    assert private(desk, "citta-1") == []


def test_two_people_talking_at_once_are_no_flood(tmp_path: Path) -> None:
    """Each has a pace of their own."""
    desk = Desk(tmp_path)
    for _ in range(11):
        burst(desk, "dlh-1", 1, seconds=0.5)
        burst(desk, "pupr-1", 1, seconds=0.5)
    assert steps(desk) == []


def test_an_edit_storm_is_one_reminder(tmp_path: Path) -> None:
    """Edits have a limit of their own and do not count as messages."""
    desk = Desk(tmp_path)
    event = desk.say("dlh-1", "Selamat pagi")
    for number in range(30):
        desk.edit("dlh-1", event, f"Selamat pagi {number}")
        desk.clock.advance(1)
    assert [say.key for say in private(desk)] == ["conduct.edits"]
    assert steps(desk) == ["remind"]


def test_the_steps_are_climbed_one_by_one(tmp_path: Path) -> None:
    """Each time one further; the removal waits for two people, and the leader is asked at the end."""
    desk = Desk(tmp_path, policy=policy_text(LADDER))
    for _ in range(5):
        burst(desk, "dlh-1")
        desk.move(minutes=5)
    assert steps(desk) == ["remind", "warn", "mute", "remove", "ask"]
    acts = desk.facts(f.Act)
    assert [(act.verb, act.by, act.rule) for act in acts[:2]] == [
        ("warn", "rule:conduct.flood", "conduct.flood"),
        ("mute", "rule:conduct.flood", "conduct.flood"),
    ]
    muted = desk.effects(SetLevels)[0]
    assert muted.changes == {f"users/{user('dlh-1')}": -1}
    assert acts[1].until == acts[1].at + HOUR
    proposal = desk.facts(f.Proposal)[0]
    assert (proposal.what, proposal.state, proposal.needs, proposal.by) == (
        "remove",
        "open",
        2,
        "rule:conduct.flood",
    )
    assert desk.effects(Remove) == []
    lines = [[line.key for line in say.lines] for say in private(desk, "dlh-1")]
    assert lines == [
        ["conduct.contact"],
        ["conduct.warned", "conduct.contact"],
        ["conduct.muted", "conduct.contact"],
        ["conduct.proposed", "conduct.contact"],
    ]
    assert [say.key for say in private(desk, "bupati")] == ["conduct.ask_leader"]
    assert desk.said(FORUM) == [], "nobody is shamed before the others"
    assert desk.heard(CONTROL)[:1] == ["conduct.control_asked"]


def test_two_people_can_agree_to_the_removal(tmp_path: Path) -> None:
    """It has people behind it, and then it is done."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [remove]}"))
    burst(desk, "dlh-1")
    number = desk.facts(f.Proposal)[0].number
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    assert desk.effects(Remove) == []
    desk.say("ahli-2", f"!setuju {number}", room=CONTROL)
    assert [(gone.user, gone.room) for gone in desk.effects(Remove)] == [(user("dlh-1"), FORUM)]


def test_a_removal_that_waits_is_not_proposed_again(tmp_path: Path) -> None:
    """One card, however often it is met meanwhile."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [remove]}"))
    for _ in range(3):
        burst(desk, "dlh-1")
        desk.move(minutes=5)
    assert len(desk.facts(f.Proposal)) == 1


def test_three_hits_across_a_restart_reach_the_third_step(tmp_path: Path) -> None:
    """What is remembered stands in the ledger, not in a process."""
    policy = policy_text(LADDER)
    first = Desk(tmp_path, policy=policy)
    burst(first, "dlh-1")
    first.move(minutes=5)
    burst(first, "dlh-1")
    now = first.clock.now()
    first.store.close()
    again = Desk(Store(sqlite_database(tmp_path / "desk.db")), policy=policy)
    again._serial = iter(range(10_000, 20_000))  # type: ignore[assignment]
    again.clock.set(now)
    again.move(minutes=5)
    burst(again, "dlh-1")
    assert steps(again) == ["remind", "warn", "mute"]
    assert len(again.effects(SetLevels)) == 1


def test_what_was_met_long_ago_is_forgotten(tmp_path: Path) -> None:
    """After thirty days the ladder starts from below."""
    desk = Desk(tmp_path, policy=policy_text(LADDER))
    burst(desk, "dlh-1")
    desk.move(hours=29 * 24)
    burst(desk, "dlh-1")
    desk.move(hours=31 * 24)
    burst(desk, "dlh-1")
    assert steps(desk) == ["remind", "warn", "remind"]


def test_two_accounts_of_a_person_are_one_person(tmp_path: Path) -> None:
    """The window and the ladder are the person's; a mute is for both accounts."""
    from tests.forum.desk import roster_text

    second = '{id: dlh-1, name: "Dlh-1 Contoh", identifiers: [{matrix: "@dlh-1:desk"}, {matrix: "@dlh-hp:desk"}]}'
    first = '{id: dlh-1, name: "Dlh-1 Contoh", identifiers: [{matrix: "@dlh-1:desk"}]}'
    roster = roster_text()
    assert first in roster
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [mute]}"), roster=roster.replace(first, second))
    burst(desk, "dlh-1", 6)
    burst(desk, "@dlh-hp:desk", 6)
    assert steps(desk) == ["mute"]
    paths = {path for effect in desk.effects(SetLevels) for path in effect.changes}
    assert paths == {"users/@dlh-1:desk", "users/@dlh-hp:desk"}


def test_somebody_who_is_muted_is_not_muted_again(tmp_path: Path) -> None:
    """What was on its way counts no more: what the first mute found must stay what is put back."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [mute]}, pause: 1s"))
    burst(desk, "dlh-1", 40)
    assert len(desk.effects(SetLevels)) == 1


def test_an_undone_step_counts_no_more(tmp_path: Path) -> None:
    """Undoing reverses the count, too: the next time is the same step, not the one after it."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [warn, mute]}"))
    burst(desk, "dlh-1")
    warned = desk.facts(f.Act)[0]
    desk.say("ahli-1", f"!urungkan {warned.number}", room=CONTROL)
    assert [act.undoes for act in desk.facts(f.Act)] == ["", warned.number]
    desk.move(minutes=5)
    burst(desk, "dlh-1")
    assert steps(desk) == ["warn", "warn"]


def test_a_mute_by_a_rule_ends_by_itself_and_gives_back_what_was_there(tmp_path: Path) -> None:
    """An hour later the expert writes again at level 25, whatever the rule made of it."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [mute]}"))
    world = World(desk, {user("ahli-1"): 25})
    burst(desk, "ahli-1")
    deliver(desk, world)
    assert world.levels[FORUM]["users"][user("ahli-1")] == -1
    desk.move(minutes=59)
    deliver(desk, world)
    assert world.levels[FORUM]["users"][user("ahli-1")] == -1
    desk.move(minutes=2)
    deliver(desk, world)
    assert world.levels[FORUM]["users"][user("ahli-1")] == 25
    assert [act.verb for act in desk.facts(f.Act)] == ["mute", "unmute"]


def test_a_leader_who_floods_is_only_noted(tmp_path: Path) -> None:
    """It stands on the control room's card of the day; the leader hears nothing, and nothing is done."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [mute]}"))
    for person in ("bupati", "wabup", "auditor-1"):
        burst(desk, person, 16)
    assert steps(desk) == ["spared"] * 3
    assert desk.heard(CONTROL) == []
    assert [line.key for line in desk.day()][-2:] == ["conduct.line_flood", "conduct.nothing_done"]
    assert private(desk) == [] and touched(desk) == []


def test_an_outsider_is_only_noted(tmp_path: Path) -> None:
    """Whom the roster does not know nobody can speak with; membership looks after them."""
    desk = Desk(tmp_path, policy=conduct("flood: {steps: [mute]}"))
    burst(desk, "@tamu:desk", 16)
    assert desk.heard(CONTROL) == []
    assert [line.key for line in desk.day()][-2:] == ["conduct.line_flood", "conduct.nothing_done"]
    assert private(desk) == [] and touched(desk) == []


@pytest.mark.parametrize("stage", ["watch", "tag", "remind"])
def test_below_enforce_nobody_hears_or_feels_anything(tmp_path: Path, stage: str) -> None:
    """Not even the control room: and nothing is remembered against anybody."""
    desk = Desk(tmp_path, stage=stage, policy=policy_text(LADDER))
    for _ in range(3):
        burst(desk, "dlh-1", 14)
        desk.move(minutes=5)
    assert steps(desk) == [] and touched(desk) == []
    assert desk.effects(Say) == []


def test_what_is_old_when_it_is_read_is_one_note_in_the_morning(tmp_path: Path) -> None:
    """After a downtime nobody is reminded, muted or redacted for last night; the control room reads of it once."""
    words = "rules: [{name: uji, words: [jual beli], steps: [mute], redact: true}]"
    desk = Desk(tmp_path, policy=conduct(f"flood: {{steps: [mute]}}, {words}"))
    events = [sent(desk.message("dlh-1", text(f"pesan {n}")), 3600 - n) for n in range(14)]
    desk.put(*events, sent(desk.message("pupr-1", text("ada jual beli motor")), 1800))
    assert set(steps(desk)) == {"late"}
    assert private(desk) == [] and touched(desk) == [] and desk.said(CONTROL) == []
    desk.move(hours=24)
    said = desk.said(CONTROL)
    assert [say.key for say in said] == ["conduct.digest"]
    assert [line.key for line in said[0].lines][-1] == "conduct.line_words"
    assert all(not say.rings for say in said)
    desk.move(hours=48)
    assert len(desk.said(CONTROL)) == 1, "it is said once"
    burst(desk, "dlh-1")
    assert steps(desk)[-1] == "mute", "what was late is not held against anybody"


def test_messages_of_hours_that_arrive_at_once_are_no_flood(tmp_path: Path) -> None:
    """They are judged by when they were sent, not by when the bridge came back."""
    desk = Desk(tmp_path)
    desk.put(*(sent(desk.message("dlh-1", text(f"pesan {n}")), 500 - 30 * n) for n in range(15)))
    assert steps(desk) == []


def test_a_homeserver_cannot_claim_the_future(tmp_path: Path) -> None:
    """Claimed times after they were received are not believed: the burst is one all the same."""
    desk = Desk(tmp_path)
    desk.put(*(sent(desk.message("dlh-1", text(f"pesan {n}")), -3600 * n) for n in range(12)))
    assert steps(desk) == ["remind"]


def test_the_whole_ledger_can_be_derived_again(tmp_path: Path) -> None:
    """Steps, edits and times follow from the facts alone."""
    from bridge.ledger import projections
    from tests.faults.checks import dump

    desk = Desk(tmp_path, policy=policy_text(LADDER))
    burst(desk, "dlh-1")
    desk.edit("dlh-1", desk.say("dlh-1", "Halo"), "Halo semua")
    before = dump(desk.store)
    assert before["conduct"] and before["edit"]
    desk.store.begin()
    projections.rebuild(desk.store)
    desk.store.commit()
    assert dump(desk.store) == before


PROTECTED = ("bupati", "wabup", "auditor-1", "@tudang:desk")
SAYINGS = ("jual beli motor", "j\u200bual be\u200bli", "pesan biasa", "lihat https://contoh.example/x", "x" * 300)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PROTECTED, "dlh-1", "@tamu:desk"]), st.sampled_from(SAYINGS), st.integers(0, 300)
        ),
        min_size=8,
        max_size=24,
    ),
    st.sampled_from(["[mute]", "[remove]", "[warn, mute, remove, ask]", "[]"]),
)
def test_no_rule_ever_acts_on_leaders_auditors_or_the_bot(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str, int]], ladder: str
) -> None:
    """Whatever they say, however fast, whatever the policy: nothing is done to them (P4)."""
    content = (
        f"{{name: uji, words: [jual beli], links_outside: [], longer_than: 200, steps: {ladder}, redact: true}}"
    )
    policy = conduct(f"pause: 1s, flood: {{messages: 3, steps: {ladder}}}, rules: [{content}]")
    policy = policy.replace("redact: true}", "redact: true, except: []}")
    desk = Desk(tmp_path_factory.mktemp("desk"), policy=policy)
    for person, words, seconds in said:
        desk.say(person, words)
        desk.clock.advance(seconds)
    guarded = {user(person) if not person.startswith("@") else person for person in PROTECTED}
    assert {act.user for act in desk.facts(f.Act)}.isdisjoint(guarded)
    assert {name for fact in desk.facts(f.Proposal) for name in fact.users}.isdisjoint(guarded)
    own = {fact.event for fact in desk.facts(f.Message) if fact.sender in guarded}
    assert {effect.event for effect in desk.effects(Redact)}.isdisjoint(own)
    assert {say.person for say in private(desk) if say.key != "conduct.ask_leader"} <= {"dlh-1"}


def test_a_rule_may_take_the_message_out_as_well(tmp_path: Path) -> None:
    """Only where the policy says so; the person is told, and the record keeps the message."""
    desk = Desk(tmp_path, policy=rule("words: [jual beli], redact: true"))
    event = desk.say("dlh-1", "jual beli motor")
    assert [(one.event, one.room) for one in desk.effects(Redact)] == [(event, FORUM)]
    assert [act.verb for act in desk.facts(f.Act)] == ["redact"]
    assert [line.key for line in private(desk, "dlh-1")[0].lines] == ["conduct.redacted", "conduct.contact"]
    assert desk.facts(f.Message)[0].event == event
