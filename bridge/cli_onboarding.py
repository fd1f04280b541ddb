"""Commands with which an admin begins: `tudang init`, `tudang enrol`, `tudang roster import`."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from bridge.settings import Settings, SettingsError, load_settings

Lang = Literal["id", "en"] | None
DEFAULT_CONFIG = Path("config/bridge.yaml")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The deployment's settings.",
)
lang_option = click.option("--lang", type=click.Choice(["id", "en"]), help="Language; the policy's by default.")


def _settings(path: Path) -> Settings:
    try:
        return load_settings(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _author() -> str:
    """Who runs the command: behind sudo, who called it."""
    caller = os.environ.get("SUDO_USER") or os.environ.get("DOAS_USER")
    return caller or getpass.getuser()


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


@click.command()
@click.argument("person", required=False)
@config_option
@click.option("--all-missing", is_flag=True, help="Everybody who holds an office and has no account; first a plan.")
@click.option("--write", is_flag=True, help="With --all-missing: make the accounts and sheets.")
@click.option("--user", metavar="@NAME:SERVER", help="The account, if not the person's id on the bot's homeserver.")
@click.option("--reset", is_flag=True, help="Give an existing account a new password; logs all its devices out.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the sheets.")
@click.option("--phone", help="The expert's phone number on the sheet. Or set TUDANG_EXPERT_PHONE.")
@click.option("--server", help="What Element asks for, where the homeserver's name does not lead to it.")
@click.option("--admin-url", metavar="URL", help="Where the admin API is, if not at homeserver.url.")
@click.option(
    "--admin-token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds a homeserver admin's access token. Or set TUDANG_ADMIN_TOKEN.",
)
@lang_option
def enrol(
    person: str | None,
    config: Path,
    all_missing: bool,
    write: bool,
    user: str | None,
    reset: bool,
    out: Path | None,
    phone: str | None,
    server: str | None,
    admin_url: str | None,
    admin_token_file: Path | None,
    lang: Lang,
) -> None:
    """Make the account of PERSON (an id or name of the roster) and a sheet to hand over.

    Without a homeserver admin's token it says what to ask the homeserver's admin for, and the sheet has room for
    the password.
    """
    from bridge.admin import enrol as desk
    from bridge.admin.saying import AdminProblem, catalogue_for
    from bridge.model.clock import SystemClock

    settings = _settings(config)
    say = catalogue_for(settings, lang, "onboarding.yaml")
    wanted = desk.Wanted(
        person, everybody=all_missing, write=write, user=user, reset=reset, out=out, server=server, api=admin_url
    )
    try:
        wanted = desk.with_token(wanted, admin_token_file)
        number = phone if phone is not None else os.environ.get("TUDANG_EXPERT_PHONE")
        if number is None and sys.stdin.isatty() and (write or not all_missing):
            number = click.prompt(say.say("enrol.ask_phone").plain, default="", show_default=False, err=True)
        wanted = desk.with_phone(wanted, number)
    except AdminProblem as problem:
        click.echo(problem.sentence(say), err=True)
        raise SystemExit(1) from problem
    done = desk.enrol(settings, wanted, SystemClock(), author=_author(), lang=lang)
    click.echo(done.text, err=done.code != 0)
    raise SystemExit(done.code)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@click.option("--write", is_flag=True, help="Write roster.yaml; without this only the plan is shown.")
@click.option("--sheet", help="The sheet of the workbook, if not the first one with a heading row.")
@click.option("--from", "begins", metavar="DAY", help="First day of offices for which the file names none.")
@click.option(
    "--end-missing",
    metavar="DAY",
    help="The file lists everybody: offices of the roles in it that are not in the file end on this day.",
)
@lang_option
def roster_import(
    file: Path,
    config: Path,
    write: bool,
    sheet: str | None,
    begins: str | None,
    end_missing: str | None,
    lang: Lang,
) -> None:
    """Show what FILE, a staff list as .csv or .xlsx, would change in roster.yaml; --write writes it."""
    from bridge.admin import importing
    from bridge.model.clock import SystemClock

    wanted = importing.Wanted(file, write=write, sheet=sheet, begins=begins, end_missing=end_missing)
    done = importing.import_roster(_settings(config), wanted, SystemClock(), author=_author(), lang=lang)
    click.echo(done.text, err=done.code != 0)
    raise SystemExit(done.code)


def add_to(main: click.Group, roster: click.Group) -> None:
    """Give the program these commands."""
    main.add_command(init)
    main.add_command(enrol)
    roster.add_command(roster_import)
