"""A broken roster never empties the room: nobody is removed, one alert, and health says so until it is mended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bridge.files import readable
from bridge.model import facts as f
from bridge.model.effects import Remove, Say
from bridge.policy import watch
from bridge.policy.problems import Refused
from tests.admin.test_planning import an_edit
from tests.admin.town import TWELVE, Town, roster_text
from tests.waiting import until


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is looked at without a notification too, more often here than on a mount."""
    monkeypatch.setattr(watch, "stirs_of", partial(watch.stirs_of, look_every=0.2))


@pytest.mark.parametrize(
    "broken",
    ["", roster_text(TWELVE)[:700], "persons: []\n", None],
    ids=["empty", "half saved", "without its parts", "gone"],
)
async def test_a_broken_roster_removes_nobody_and_is_told_once(town: Town, broken: str | None) -> None:
    """What was in force stays; when the file is mended, that is noticed too."""
    files = town.files
    watching = asyncio.create_task(files.watch())
    try:
        await asyncio.sleep(0)
        if broken is None:
            town.roster.unlink()
        else:
            town.roster.write_text(broken)
        await until(lambda: files.faults, "the fault is noticed")
        await town.decide()
        assert files.faults[0].startswith("roster.yaml:")
        assert town.effects(Remove) == [] and town.facts(f.Act) == []
        told = [say for say in town.effects(Say) if say.key == "file.rejected"]
        assert [say.values["file"] for say in told] == ["roster"]
        assert len(files.book.roster.file.persons) == 12
        town.write(TWELVE)
        await until(lambda: not files.faults, "the mended file is noticed")
        await town.decide()
        assert [fact.version for fact in town.facts(f.FileVersion) if fact.what == "roster"] == [1]
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def test_a_bridge_that_starts_beside_broken_files_goes_on_with_the_last_good_ones(town: Town) -> None:
    """Half a file saved at the moment of a power cut is no reason to be gone in the morning."""
    town.write(an_edit())
    town.take()
    town.roster.write_text("units: [\n")
    configuration = readable(town.settings)
    assert configuration.roster.person("camat") is not None
    town.restart()
    asyncio.run(town.take_these(configuration))
    assert [fact.version for fact in town.facts(f.FileVersion) if fact.what == "roster"] == [1, 2]
    assert town.effects(Remove) == []


def test_where_nothing_was_ever_in_force_broken_files_are_refused(tmp_path: Path) -> None:
    """There is nothing to go on with."""
    house = Town(tmp_path / "house", begun=False)
    house.policy.write_text("forum: [\n")
    with pytest.raises(Refused):
        readable(house.settings)
