"""Commands with which an admin begins: `tudang init`, `tudang enrol`, `tudang roster import`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--language", type=click.Choice(["id", "en"]), default="id", show_default=True, help="What it speaks."
)
@click.option("--forum", metavar="NAME", help="The forum's name as people see it.")
@click.option("--homeserver", metavar="URL", help="Address of the homeserver, as https://matrix.example.org.")
@click.option("--user", metavar="@BOT:SERVER", help="The bot's account.")
def init(
    folder: Path, language: Literal["id", "en"], forum: str | None, homeserver: str | None, user: str | None
) -> None:
    """Make the deployment folder DIR, outside the code: settings, policy, roster, a systemd unit."""
    from bridge.admin.deploy import Wanted
    from bridge.admin.deploy import init as make

    wanted = Wanted(language, forum=forum, homeserver=homeserver, user=user)
    done = make(folder, wanted, datetime.now(UTC).astimezone().date())
    click.echo(done.text, err=done.code != 0)
    raise SystemExit(done.code)


def add_to(main: click.Group, roster: click.Group) -> None:
    """Give the program these commands."""
    main.add_command(init)
