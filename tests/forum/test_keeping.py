"""How long the record is kept: more counts at once, less waits for two people, and the forum hears just that."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum import cards, keeping
from bridge.lang.catalogue import load_catalogue
from bridge.ledger import outbox
from bridge.ledger.waiting import proposal_view
from bridge.model import facts as f
from bridge.model.situation import ProposalView
from tests.forum.desk import CONTROL, FORUM
from tests.forum.seasons import KEEP, SAID, Seasons, a_settled_week, whole


def test_a_legal_hold_stops_it_at_once_and_two_people_lift_it(tmp_path: Path) -> None:
    """Setting it takes one line; what it held does not go because a line is deleted."""
    desk = Seasons(tmp_path)
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(60)
    desk.reload("record: {keep: {messages: 60d, media: 40d}, hold: true}\n", 2)
    assert desk.facts(f.Keeping)[-1].hold
    assert [line.key for line in desk.said()[-1].lines] == ["record.held"]
    desk.days(30)
    assert "dahlia" in desk.words()
    desk.reload(KEEP, 3)
    assert desk.facts(f.Keeping)[-1].hold, "it waits for two people"
    number = desk.plan()
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    desk.days(1)
    assert desk.facts(f.Keeping)[-1].hold
    desk.say("bupati", f"!setuju {number}", room=CONTROL)
    assert not desk.facts(f.Keeping)[-1].hold
    desk.days(6)
    assert "dahlia" in desk.words()
    desk.days(3)
    assert "dahlia" not in desk.words()


def proposal(desk: Seasons, number: str) -> ProposalView:
    found = proposal_view(desk.store, "uji", number)
    assert found is not None
    return found


def lines(desk: Seasons) -> list[tuple[str, dict[str, object]]]:
    """What the newest announcement in the forum says of keeping, line by line."""
    say = [one for one in desk.said() if one.key.startswith("record.")][-1]
    return [(line.key, dict(line.values)) for line in say.lines]


def test_a_shorter_time_waits_for_two_people_and_then_a_week(tmp_path: Path) -> None:
    """The plan says how much would go; one person is not enough, not even twice or after some time."""
    desk = Seasons(tmp_path, policy="record: {keep: {messages: forever}}\n")
    a_settled_week(desk)
    desk.days(70)
    assert lines(desk) == [("record.kept_for_good", {})]
    desk.reload(KEEP, 2)
    number = desk.plan()
    card = cards.proposal_card(proposal(desk, number), desk.book)
    assert card[0].key == "proposal.retention" and card[0].values["messages"] == "60d"
    assert card[1].values["days"] == 7
    assert card[2].key == "proposal.because_retention"
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    desk.days(3)
    assert desk.facts(f.Keeping)[-1].messages == "forever" and desk.plan() == number
    desk.say("ahli-2", f"!setuju {number}", room=CONTROL)
    agreed = desk.facts(f.Keeping)[-1]
    assert (agreed.messages, agreed.media, agreed.by) == ("60d", "40d", "rule:retention+ahli-1+ahli-2")
    assert lines(desk) == [
        ("record.kept_both", {"messages": "60d", "media": "40d"}),
        ("record.kept_open", {}),
        ("record.kept_from", {"day": "2027-02-08"}),
    ]
    desk.days(6)
    assert all(word in desk.words() for word in SAID)
    desk.days(2)
    assert not [word for word in SAID if word in desk.words()]
    assert sum(fact.count for fact in desk.facts(f.Destroyed)) == card[1].values["count"]
    whole(desk)


def test_a_refused_plan_comes_back_only_with_another_file(tmp_path: Path) -> None:
    """Nobody is asked again every day; a longer time needs nobody."""
    desk = Seasons(tmp_path, policy="record: {keep: {messages: 2y}}\n")
    desk.days(1)
    desk.reload("record: {keep: {messages: 1y}}\n", 2)
    desk.say("ahli-1", f"!batal {desk.plan()}", room=CONTROL)
    desk.days(3)
    assert desk.plan() == ""
    desk.reload("record: {keep: {messages: 1y}}\n", 3)
    first = desk.plan()
    assert first
    desk.reload("record: {keep: {messages: 100d}}\n", 4)
    second = desk.plan()
    assert second not in ("", first), "the plan that is out of date was closed"
    desk.reload("record: {keep: {messages: 3y}}\n", 5)
    assert desk.plan() == ""
    assert desk.facts(f.Keeping)[-1].messages == "3y"
    desk.say("ahli-1", f"!setuju {second}", room=CONTROL)
    assert desk.facts(f.Keeping)[-1].messages == "3y"


def test_of_two_times_the_longer_counts_at_once_and_the_shorter_waits(tmp_path: Path) -> None:
    """Words longer and photos shorter: each its own way."""
    desk = Seasons(tmp_path, policy="record: {keep: {messages: 1y, media: 200d}}\n")
    desk.days(1)
    desk.reload("record: {keep: {messages: 2y, media: 100d}}\n", 2)
    agreed = desk.facts(f.Keeping)[-1]
    assert (agreed.messages, agreed.media) == ("2y", "200d")
    assert desk.plan()


def test_an_older_version_had_promised_to_keep_everything(tmp_path: Path) -> None:
    """A forum that was told what is recorded before this could be said is not surprised by an update."""
    desk = Seasons(tmp_path, start=False)
    desk.say("pupr-1", "Selamat pagi dahlia")
    outbox.post(desk.store, "uji", "record.announced", FORUM, "$old", desk.clock.now())
    desk.row("start", "start:1")
    desk.days(2)
    assert desk.facts(f.Keeping)[-1].messages == "forever"
    assert lines(desk) == [("record.kept_for_good", {})]
    assert desk.plan()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "id",
            "Pesan disimpan 60 hari, foto dan video 40 hari, dihitung dari tutup pekannya, "
            "lalu isinya dimusnahkan.",
        ),
        (
            "en",
            "Messages are kept for 60 days, photos and videos for 40 days, counted from the end of their week; "
            "then they are destroyed.",
        ),
    ],
)
def test_the_announcement_is_made_of_what_is_done(tmp_path: Path, language: str, said: str) -> None:
    """In either language, before anything else is said in the forum."""
    desk = Seasons(tmp_path, language=language)
    desk.days(1)
    first = desk.said()[0]
    assert first.key == "record.announced_plain"
    catalogue = load_catalogue(language, zone=desk.book.policy.forum.zone, salutation="Bapak/Ibu")
    plain = [catalogue.say(line.key, **line.values).plain for line in first.lines]  # type: ignore[arg-type]
    assert said in plain


def test_where_only_one_may_agree_nothing_is_shortened(tmp_path: Path) -> None:
    """An hour stands in for a second person elsewhere; what is destroyed cannot be brought back."""
    rights = "rights: {approve: [ahli-1]}\n"
    desk = Seasons(tmp_path, policy=f"{rights}record: {{keep: {{messages: 2y}}}}\n")
    desk.days(1)
    desk.reload(f"{rights}{KEEP}", 2)
    number = desk.plan()
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    desk.days(5)
    assert desk.plan() == number
    assert desk.facts(f.Keeping)[-1].messages == "2y"


def test_a_plan_that_the_policy_has_overtaken_is_not_carried_out(tmp_path: Path) -> None:
    """Somebody agrees just when the file was changed once more."""
    desk = Seasons(tmp_path, policy="record: {keep: {messages: 2y}}\n")
    desk.days(1)
    desk.reload(KEEP, 2)
    plan = proposal(desk, desk.plan())
    (tmp_path / "other").mkdir()
    other = Seasons(tmp_path / "other", policy="").book
    outcome = keeping.agreed(plan, "ahli-2", other, desk.clock.now(), "$c")
    assert [(fact.tag, fact.state) for fact in map(Told, outcome.facts)] == [("proposal", "expired")]
    outcome = keeping.agreed(plan, "ahli-2", desk.book, desk.clock.now(), "$c")
    assert [fact.tag for fact in map(Told, outcome.facts)] == ["proposal", "keeping"]


class Told:
    """A fact by its kind and state."""

    def __init__(self, fact: f.AnyFact) -> None:
        self.tag = fact.__struct_config__.tag
        self.state = getattr(fact, "state", "")
