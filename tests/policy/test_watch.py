"""Changed files come into force; bad or half-saved ones change nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.policy.load import load
from bridge.policy.watch import Rejected, Reloaded, Stirs, TakenBack, stirs_of, watch

POLICY = "forum: {name: Forum}\n"
ROSTER = """
persons:
  - {id: ani, name: Ani}
  - {id: budi, name: Budi}
offices:
  - {person: ani, role: leader, from: 2025-01-01}
  - {person: budi, role: expert, from: 2025-01-01}
"""
Step = Callable[[], None]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    return tmp_path


class Hands:
    """Somebody who edits: one step before each notification, and one during each pause of the reader."""

    def __init__(self, before: list[Step], meanwhile: list[Step] | None = None) -> None:
        self.before = before
        self.meanwhile = meanwhile or []
        self.pauses = 0

    async def stirs(self) -> Stirs:
        for step in self.before:
            step()
            yield

    async def pause(self) -> None:
        self.pauses += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()


async def told(config: Path, hands: Hands) -> list[Reloaded | Rejected | TakenBack]:
    in_force = load(config).digests
    return [change async for change in watch(config, in_force, hands.stirs(), pause=hands.pause)]


def writing(path: Path, text: str) -> Step:
    return lambda: void(path.write_text(text))


def void(_: object) -> None:
    return None


async def test_a_good_change_is_reloaded_once(config: Path) -> None:
    """Notifications without a change say nothing."""
    change = writing(config / "policy.yaml", "forum: {name: New}\n")
    found = await told(config, Hands([change, change, change]))
    assert [type(one) for one in found] == [Reloaded]
    assert isinstance(found[0], Reloaded)
    assert found[0].policy.forum.name == "New"
    assert found[0].roster.person("ani") is not None
    assert found[0].digests == load(config).digests


async def test_an_untouched_directory_says_nothing(config: Path) -> None:
    """What is in force is not told again."""
    assert await told(config, Hands([lambda: None, lambda: None])) == []


async def test_a_bad_change_is_rejected_once_with_its_lines(config: Path) -> None:
    """And a later good one comes into force."""
    bad = writing(config / "policy.yaml", "forum: {name: New}\nstage: x\n")
    good = writing(config / "policy.yaml", "forum: {name: Newer}\n")
    found = await told(config, Hands([bad, bad, good]))
    assert [type(one) for one in found] == [Rejected, Reloaded]
    assert isinstance(found[0], Rejected)
    assert [(p.key, p.line) for p in found[0].problems] == [("choice", 2)]


async def test_a_bad_change_taken_back_leaves_what_is_in_force(config: Path) -> None:
    """Nothing comes into force anew, all is well again, and the same fault made again is told again."""
    bad = writing(config / "policy.yaml", "forum: [\n")
    back = writing(config / "policy.yaml", POLICY)
    found = await told(config, Hands([bad, back, bad]))
    assert [type(one) for one in found] == [Rejected, TakenBack, Rejected]


async def test_a_file_being_written_is_waited_for(config: Path) -> None:
    """An editor that empties the file first and fills it in pieces is not reported."""
    path = config / "roster.yaml"
    pieces = [ROSTER[:40], ROSTER[:90], ROSTER + "  # end\n"]
    hands = Hands([writing(path, "")], [writing(path, piece) for piece in pieces])
    found = await told(config, hands)
    assert [type(one) for one in found] == [Reloaded]


async def test_a_file_renamed_into_place_is_one_change(config: Path) -> None:
    """The moment in which the file does not exist is not reported."""
    new = config / ".policy.yaml.swp"
    new.write_text("forum: {name: New}\n")
    hands = Hands(
        [(config / "policy.yaml").unlink], [lambda: None, lambda: void(new.rename(config / "policy.yaml"))]
    )
    found = await told(config, hands)
    assert [type(one) for one in found] == [Reloaded]


async def test_a_file_that_stays_away_is_rejected(config: Path) -> None:
    """A missing roster removes nobody: it is a problem like any other."""
    found = await told(config, Hands([(config / "roster.yaml").unlink]))
    assert [type(one) for one in found] == [Rejected]
    assert isinstance(found[0], Rejected)
    assert [p.key for p in found[0].problems] == ["not_found"]


async def test_a_file_that_never_holds_still_is_not_waited_for_without_end(config: Path) -> None:
    """The writing itself will bring the next notification."""
    path = config / "policy.yaml"
    hands = Hands([lambda: void(path.write_text("x"))])
    count = iter(range(10_000))

    async def pause() -> None:
        path.write_text("x" * next(count))

    hands.pause = pause  # type: ignore[method-assign]
    assert await told(config, hands) == []


async def test_the_real_directory_is_noticed(config: Path) -> None:
    """With the file system's own notifications, or by looking now and then."""
    in_force = load(config).digests
    changes = watch(config, in_force, stirs_of(config, look_every=0.2))
    (config / "policy.yaml").write_text("forum: {name: New}\n")
    found = await anext(aiter(changes))
    assert isinstance(found, Reloaded)
    assert found.policy.forum.name == "New"
