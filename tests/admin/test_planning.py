"""`tudang policy plan` shows what then happens, word for word: in record, outbox and control room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.admin.planning import Plan, make_plan, read
from bridge.model import facts as f
from bridge.model.effects import Invite, Remove, Say, SetServers
from tests.admin.town import CONTROL, TWELVE, UNITS, Somebody, Town, changed, roster_text


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town")
    yield made
    made.close()


def planned(town: Town) -> Plan:
    return make_plan(town.settings, read(town.config), town.clock)


def sentences(version: f.FileVersion) -> list[str]:
    return [*version.changes, *version.effects, *version.waiting, *version.held]


def bullets(output: str) -> list[str]:
    return [line.removeprefix("  • ") for line in output.splitlines() if line.startswith("  • ")]


def an_edit() -> list[Somebody]:
    """Twelve people: one joins, one goes, one has another role."""
    people = [one for one in changed(TWELVE, "kadis1", "expert") if one.id != "kadis8"]
    return [*people, Somebody("camat", "subdistrict_head", "unit9")]


def test_the_plan_is_what_the_bridge_then_does(town: Town) -> None:
    """One joins, one goes, a role changes and a rule is switched on: one text, before and after."""
    town.write(an_edit())
    with town.policy.open("a") as file:
        file.write("membership: {notice: 20m}\nweek: {post_bundle: false}\n")
    shown = town.tudang("policy", "plan")
    assert shown.exit_code == 0
    assert town.facts(f.FileVersion)[-1].version == 1, "a plan records nothing"
    lines = bullets(shown.output)

    town.take()
    policy, roster = town.version("policy"), town.version("roster")
    assert lines == [*policy.changes, *roster.changes, *roster.effects, *roster.waiting]
    assert (policy.version, roster.version) == (2, 2)
    assert policy.changes == ("membership.notice: 15m becomes 20m.", "week.post_bundle: true becomes false.")
    assert "Kadis1 Contoh: Head of Agency UNIT1 becomes Expert." in roster.changes
    assert "Camat Contoh (@camat:contoh.id) is invited to the forum." in roster.effects
    assert roster.waiting == (
        "After a notice of 20 minutes, unless somebody cancels it: removal of Kadis8 Contoh (@kadis8:contoh.id)"
        " from the forum.",
    )
    # And that is what was done: in the outbox and in what waits.
    assert {one.user for one in town.effects(Invite)} == {"@camat:contoh.id", "@kadis1:contoh.id"}
    assert town.effects(Remove) == []
    (waits,) = [fact for fact in town.facts(f.Proposal) if fact.state == "open"]
    assert (waits.what, waits.users, waits.needs) == ("remove", ("@kadis8:contoh.id",), 0)


def test_a_server_that_is_shut_out_stands_in_the_plan_and_in_the_record(town: Town) -> None:
    """What the list of a room becomes is said before, and the bridge then writes just that."""
    with town.policy.open("a") as file:
        file.write('servers: {deny: ["jahat.example"]}\n')
    lines = bullets(town.tudang("policy", "plan").output)
    assert any("jahat.example" in line and "forum" in line for line in lines), lines
    town.take()
    policy = town.version("policy")
    assert lines == sentences(policy)
    (effect,) = town.effects(SetServers)
    assert list(effect.changes) == ["deny/jahat.example"]


def test_the_control_room_hears_the_same_sentences(town: Town) -> None:
    """With what was changed first, then what comes of it."""
    town.write(an_edit())
    lines = bullets(town.tudang("policy", "plan").output)
    town.take()
    said = [say for say in town.effects(Say) if say.key == "file.accepted"]
    assert [say.room for say in said] == [CONTROL]
    told = [line.values["line"] for line in said[0].lines if line.key == "file.line"]
    assert told == lines
    assert {line.key for line in said[0].lines} == {"file.line", "file.at_once", "file.waiting"}


def test_a_plan_of_another_folder_leaves_the_files_alone(town: Town, tmp_path: Path) -> None:
    """Before anything is copied into place."""
    draft = tmp_path / "draft"
    shutil.copytree(town.config, draft)
    (draft / "roster.yaml").write_text(roster_text(an_edit()))
    assert "Camat Contoh (@camat:contoh.id) is invited to the forum." in town.tudang("policy", "plan", draft).output
    assert "Nothing would change" in town.tudang("policy", "plan").output


def test_what_the_stage_holds_back_is_named_and_not_done(tmp_path: Path) -> None:
    """Below `enforce` nobody is touched, and the plan says what would be done there."""
    town = Town(tmp_path / "town", stage="watch")
    try:
        town.write([*TWELVE[:-1], Somebody("camat", "subdistrict_head", "unit9")])
        shown = town.tudang("policy", "plan").output
        assert "Held back by the stage watch" in shown
        assert "Done at once" not in shown and "Nothing is done to anybody at once." in shown
        town.take()
        roster = town.version("roster")
        assert roster.effects == roster.waiting == ()
        assert "Camat Contoh (@camat:contoh.id) is invited to the forum." in roster.held
        assert bullets(shown) == sentences(roster)
        assert town.effects(Invite) == [] and town.facts(f.Act) == []
    finally:
        town.close()


def test_many_who_would_go_wait_for_two_people(town: Town) -> None:
    """A shrunken roster removes nobody, and the plan says so before."""
    town.write(TWELVE[:5])
    shown = town.tudang("policy", "plan").output
    assert "Once 2 people agree: removal of Kadis2 Contoh (@kadis2:contoh.id)" in shown
    town.take()
    assert bullets(shown) == sentences(town.version("roster"))
    assert town.effects(Remove) == []
    assert [say.key for say in town.effects(Say)].count("membership.shrunken") == 1


def test_a_new_head_is_told_of_the_tasks_of_the_unit(town: Town) -> None:
    """Tasks follow the office, and the plan names to whom."""
    people = [one for one in TWELVE if one.id not in ("kadis7", "kadis8")]
    town.write([*people, Somebody("kadis7", "head", "unit8"), Somebody("kadis8", "head", "unit7")])
    shown = town.tudang("policy", "plan").output
    town.take()
    assert bullets(shown) == sentences(town.version("roster"))
    assert "Kadis7 Contoh answers for UNIT8 from now on; its open orders are theirs" in shown


def test_comments_alone_bring_nothing_about(town: Town) -> None:
    """A version, as the text is another, with nothing in it."""
    with town.roster.open("a") as file:
        file.write("# checked by the secretary\n")
    shown = town.tudang("policy", "plan").output
    assert "roster.yaml would be version 2, with 0 differences" in shown
    assert "Only comments or the order of lines differ" in shown and bullets(shown) == []
    town.take()
    assert sentences(town.version("roster")) == []


def test_files_edited_while_the_bridge_was_stopped_are_told_all_the_same(town: Town) -> None:
    """What takes force at a start is compared with what was in force before it."""
    town.write(an_edit())
    shown = bullets(town.tudang("policy", "plan").output)
    town.restart()
    town.take()
    assert sentences(town.version("roster")) == shown != []


def test_a_version_whose_force_was_never_recorded_is_told_at_the_next_start(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bridge was killed between keeping the text and bringing it before the rules."""
    town.write(an_edit())
    shown = bullets(town.tudang("policy", "plan").output)
    with monkeypatch.context() as patch:
        patch.setattr("bridge.ledger.forums.announce", lambda *words: None)
        town.take()
    assert town.version("roster").version == 1
    assert bullets(town.tudang("policy", "plan").output) == shown
    town.restart()
    town.take()
    roster = town.version("roster")
    assert (roster.version, sentences(roster)) == (2, shown)


def test_faulty_files_have_no_plan(town: Town) -> None:
    """Their lines are named, in the language of the policy."""
    town.roster.write_text("units: [\n")
    shown = town.tudang("policy", "plan")
    assert shown.exit_code == 1 and "would not take these files" in shown.output
    assert "roster.yaml:" in shown.output


def test_without_a_record_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    """One sentence that says what to do."""
    town = Town(tmp_path / "town", begun=False)
    shown = town.tudang("policy", "plan")
    assert shown.exit_code == 1 and "nothing is in force" in shown.output


def people_edited() -> st.SearchStrategy[list[Somebody]]:
    """Rosters that somebody could have made of the twelve; who leads and one expert stay, or no file would do."""
    roles = st.sampled_from(["leader", "deputy", "expert", "auditor", "head"])

    def edited(draw: st.DrawFn) -> list[Somebody]:
        gone = draw(st.sets(st.sampled_from([one.id for one in TWELVE[3:]]), max_size=5))
        people = [one for one in TWELVE if one.id not in gone]
        for who, role in draw(
            st.dictionaries(
                st.sampled_from([one.id for one in people[1:] if one.id != TWELVE[2].id]), roles, max_size=3
            )
        ).items():
            people = [
                Somebody(who, role, one.unit or "unit12" if role == "head" else None) if one.id == who else one
                for one in people
            ]
        more = draw(st.sets(st.sampled_from(UNITS[8:11]), max_size=3))
        return [*people, *(Somebody(f"baru-{unit}", "head", unit) for unit in sorted(more))]

    return st.composite(edited)()


@pytest.fixture(scope="module")
def old_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One that has seen many rosters."""
    made = Town(tmp_path_factory.mktemp("old") / "town")
    yield made
    made.close()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=people_edited())
def test_whatever_is_edited_the_plan_is_what_is_recorded(old_town: Town, people: list[Somebody]) -> None:
    """For any roster after any other: sentence by sentence, and each invitation and proposal is one of them."""
    town = old_town
    town.write(people)
    plan = planned(town)
    acts = len(town.facts(f.Act))
    town.take()
    if not plan.versions:
        return
    (foreseen,) = plan.versions
    recorded = town.version("roster")
    assert (foreseen.changes, foreseen.effects) == (recorded.changes, recorded.effects)
    assert (foreseen.waiting, foreseen.held) == (recorded.waiting, recorded.held)
    for act in town.facts(f.Act)[acts:]:
        assert any(act.user in sentence for sentence in recorded.effects)
    for proposal in town.facts(f.Proposal):
        if proposal.state == "open" and proposal.cause.endswith(f":{recorded.version}"):
            assert all(any(user in one for one in recorded.waiting) for user in proposal.users)
