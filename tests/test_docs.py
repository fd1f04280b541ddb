"""What the papers say is there, and what is there is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = (ROOT / "bridge" / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, before: str = "tudang") -> Iterator[str]:
    """Every command of the program, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_the_readme_knows_every_command_and_no_other() -> None:
    """An operator finds each command, and none that does not exist."""
    known = set(commands(main))
    assert sorted(command for command in known if not re.search(rf"{command}\b", README)) == []
    code = "\n".join([*re.findall(r"`([^`\n]+)`", README), *re.findall(r"^    (.+)$", README, re.MULTILINE)])
    typed = re.findall(r"tudang ((?:policy|roster) [a-z-]+|[a-z][a-z-]+)\b", code)
    assert sorted({f"tudang {words}" for words in typed} - known) == []


def test_every_command_and_option_says_what_it_is_for() -> None:
    """`--help` is complete."""

    def silent(group: click.Group) -> Iterator[str]:
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from silent(command)
            if not command.help:
                yield name
            for option in command.params:
                if isinstance(option, click.Option) and not option.help and option.name != "log_level":
                    yield f"{name} {option.opts[0]}"

    assert list(silent(main)) == []


def test_the_map_names_only_what_is_there() -> None:
    """Every file and folder that the map of the house names exists."""
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_*]+(?:/|\.(?:py|yaml|md)))`", MAP)
    assert len(named) > 30
    places = (ROOT / "bridge", ROOT)
    assert [name for name in named if not any(list(place.glob(name.rstrip("/"))) for place in places)] == []


def test_every_room_is_on_the_map() -> None:
    """A stranger finds each folder and module of the house on it."""
    house = ROOT / "bridge"
    rooms = [f"`{room.parent.name}/`" for room in house.glob("*/__init__.py")]
    modules = [f"`{module.name}`" for module in house.glob("*.py") if not module.name.startswith("__")]
    assert [place for place in [*rooms, *modules] if place not in MAP] == []


def test_pictures_and_links_of_the_readme_are_there() -> None:
    """No broken picture."""
    assert [link for link in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / link).exists()] == []
