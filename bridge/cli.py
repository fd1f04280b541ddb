"""What an operator types: ``tudang``, or ``python -m bridge``."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from bridge import __version__, cli_onboarding, cli_policy, logs
from bridge.settings import Settings, SettingsError, load_secrets, load_settings

if TYPE_CHECKING:
    # Commands import what they need when they are called: a check of two files needs no database.
    from bridge.admin.commands import Outcome

DEFAULT_CONFIG = Path("config/bridge.yaml")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The deployment's settings.",
)


def _settings(path: Path) -> Settings:
    try:
        return load_settings(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _end(done: Outcome) -> NoReturn:
    """Say what came of a command, on stderr if it was not done, and end with its code."""
    click.echo(done.text, err=done.code != 0)
    raise SystemExit(done.code)


@click.group()
@click.version_option(__version__, prog_name="tudang")
@click.pass_context
def main(context: click.Context) -> None:
    """Tudang: a coordination forum on Matrix, with a record that an auditor can check."""
    context.with_resource(logs.quiet())


@main.command()
@config_option
@click.option(
    "--rehearsal-clock",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take the time from this file, as scripts/run does; everything recorded is marked as a rehearsal.",
)
@click.option("--log-level", default="INFO", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]))
def run(config: Path, rehearsal_clock: Path | None, log_level: str) -> None:
    """Run the bridge until it is told to stop (Ctrl-C or SIGTERM)."""
    logs.set_up(log_level, people=sys.stderr.isatty())
    raise SystemExit(asyncio.run(_run(config, rehearsal_clock)))


async def _run(config: Path, rehearsal_clock: Path | None) -> int:
    """Hold the forum until told to stop, also while it still waits for its homeserver; returns the exit code."""
    holding = asyncio.create_task(_hold(config, rehearsal_clock))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, holding.cancel)
    try:
        return await holding
    except asyncio.CancelledError:
        return 0


async def _hold(config: Path, rehearsal_clock: Path | None) -> int:
    from bridge.model.clock import Clock, RehearsalClock, SystemClock
    from bridge.service import opened

    clock: Clock = SystemClock() if rehearsal_clock is None else RehearsalClock(rehearsal_clock)
    tick = 1.0 if rehearsal_clock is None else 0.2
    try:
        settings = load_settings(config)
        secrets = load_secrets(settings)
        async with opened(settings, secrets, clock, rehearsal=rehearsal_clock is not None, tick=tick) as bridge:
            await bridge.run()
    except Exception as error:
        return _told(error)
    return 0


def _told(error: Exception) -> int:
    """Say in a sentence why a bridge cannot run, and return the exit code; what is a defect is raised again."""
    from bridge.ledger.keyring import KeyringBroken, KeyringInUse
    from bridge.ledger.store import LedgerError
    from bridge.matrix.trust import CannotSign, IdentityConflict
    from bridge.model.ports import DeviceLost, MatrixError, TokenRevoked
    from bridge.policy.problems import Refused

    if isinstance(error, Refused):
        for problem in error.problems:
            click.echo(problem.text("en"), err=True)
        return 1
    if isinstance(error, TokenRevoked):
        click.echo(
            "The homeserver no longer accepts the bot's access token. Nothing was lost. Run `tudang new-device`, "
            "check the password (or make a new access token), and start again.",
            err=True,
        )
        return 3
    if isinstance(error, DeviceLost):
        click.echo(
            f"The bot's device is lost: {error}. Nothing of the record is. Run `tudang new-device` and start "
            "again.",
            err=True,
        )
        return 3
    known = (
        SettingsError,
        KeyringInUse,
        KeyringBroken,
        LedgerError,
        CannotSign,
        IdentityConflict,
        MatrixError,
        # A port that is taken, a folder that may not be written.
        OSError,
    )
    if not isinstance(error, known):
        raise error
    click.echo(f"Tudang cannot run: {error}", err=True)
    return 1


lang_option = click.option("--lang", type=click.Choice(["id", "en"]), help="Language; the policy's by default.")


@main.command()
@config_option
@lang_option
def trust(config: Path, lang: Literal["id", "en"] | None) -> None:
    """Show whether the bot's device is cross-signed, and its fingerprints; changes nothing."""
    from bridge.admin import commands
    from bridge.model.clock import SystemClock

    seen = commands.trust(_settings(config), SystemClock(), lang=lang)
    click.echo(seen.text)
    raise SystemExit(seen.code)


passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File whose text is the backup's passphrase.",
)


def _ask_passphrase(prompt: str, *, twice: bool) -> str | None:
    """Ask whoever sits at the terminal; nobody is asked in a script."""
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


@main.command()
@config_option
@lang_option
@click.option(
    "--full",
    is_flag=True,
    help="Verify the whole chain, not only its newest records, what follows from it, and every archived file.",
)
def doctor(config: Path, lang: Literal["id", "en"] | None, full: bool) -> None:
    """Show on one page whether everything is right, and what to do where it is not."""
    from rich.console import Console

    from bridge.admin.commands import doctor as look
    from bridge.model.clock import SystemClock

    raise SystemExit(look(_settings(config), Console(highlight=False), SystemClock(), lang=lang, full=full))


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@config_option
@passphrase_option
@click.option("--no-encryption", is_flag=True, help="Leave the backup, with the bot's keys in it, readable.")
@click.option("--without-media", is_flag=True, help="Leave out photos and videos.")
@lang_option
def backup(
    out: Path,
    config: Path,
    passphrase_file: Path | None,
    no_encryption: bool,
    without_media: bool,
    lang: Literal["id", "en"] | None,
) -> None:
    """Make a backup at OUT (a file, or a folder), while the bridge runs or not."""
    from bridge.admin import commands
    from bridge.model.clock import SystemClock

    done = commands.backup(
        _settings(config),
        config,
        out,
        SystemClock(),
        passphrase_file=passphrase_file,
        encryption=not no_encryption,
        media=not without_media,
        lang=lang,
        ask=lambda prompt: _ask_passphrase(prompt, twice=True),
    )
    _end(done)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@passphrase_option
@lang_option
def restore(file: Path, config: Path, passphrase_file: Path | None, lang: Literal["id", "en"] | None) -> None:
    """Restore the backup FILE into the empty state directory of the settings."""
    from bridge.admin import commands

    done = commands.restore(
        _settings(config),
        file,
        passphrase_file=passphrase_file,
        lang=lang,
        ask=lambda prompt: _ask_passphrase(prompt, twice=False),
    )
    _end(done)


@main.command()
@click.option("--to", required=True, metavar="URL", help='postgresql://USER@HOST/NAME, or "sqlite" to go back.')
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds the new database's password. Or set TUDANG_DATABASE_PASSWORD.",
)
@click.option("--rebuild", is_flag=True, help="Derive tables that do not fit the facts anew instead of refusing.")
@config_option
@lang_option
def migrate(
    to: str, password_file: Path | None, rebuild: bool, config: Path, lang: Literal["id", "en"] | None
) -> None:
    """Move the forum's ledger to another database, which must be empty; the bridge must be stopped."""
    from bridge.admin import moving

    _end(moving.migrate(_settings(config), to, password_file=password_file, rebuild=rebuild, lang=lang))


@main.command()
@config_option
@lang_option
def rebuild(config: Path, lang: Literal["id", "en"] | None) -> None:
    """Derive the tables that follow from the record anew; the bridge must be stopped."""
    from bridge.admin import moving

    _end(moving.rebuild_tables(_settings(config), lang=lang))


@main.command("new-device")
@config_option
@lang_option
def new_device(config: Path, lang: Literal["id", "en"] | None) -> None:
    """Forget a lost device: the next start logs in as a new one under the same identity."""
    from bridge.admin import commands

    _end(commands.new_device(_settings(config), lang=lang))


@main.group()
def policy() -> None:
    """Check what admins write."""


@policy.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language of the answer.")
def policy_check(paths: tuple[Path, ...], lang: str | None) -> None:
    """Check policy.yaml and roster.yaml: all errors at once, each with its line."""
    from bridge.policy.commands import check_command

    outcome = check_command(paths or (Path("config"),), "id" if lang == "id" else "en" if lang == "en" else None)
    click.echo(outcome.text)
    raise SystemExit(outcome.code)


@policy.command("schema")
@click.argument("kind", type=click.Choice(["policy", "roster"]), default="policy")
def policy_schema(kind: str) -> None:
    """Print the JSON Schema of a file, for editors."""
    from bridge.policy.commands import schema_command

    click.echo(schema_command("roster" if kind == "roster" else "policy").text)


@main.group()
def roster() -> None:
    """Help with writing roster.yaml."""


@roster.command("draft")
@click.argument("room")
@config_option
@lang_option
def roster_draft(room: str, config: Path, lang: Literal["id", "en"] | None) -> None:
    """Print a first roster.yaml from who is in ROOM (an alias or id); changes nothing."""
    from bridge.admin import commands
    from bridge.model.clock import SystemClock

    drafted = commands.draft_roster(_settings(config), room, SystemClock(), lang=lang)
    if isinstance(drafted, commands.Outcome):
        click.echo(drafted.text, err=True)
        raise SystemExit(drafted.code)
    click.echo(drafted.text, nl=False)
    for line in drafted.misfits:
        click.echo(line, err=True)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
def classify(file: Path) -> None:
    """Label messages of a JSON Lines file; needs no homeserver."""
    from bridge.forum.tagging.offline import classify_file
    from bridge.lang.lexicon import load

    with click.open_file(str(file), "rb") as lines:
        for line in classify_file(lines, load()):
            click.echo(line)


@main.command()
@config_option
@click.option("--week", required=True, help="The ISO week, as 2026-W47.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the bundle.")
def export(config: Path, week: str, out: Path | None) -> None:
    """Export a sealed week as a bundle that an auditor can verify."""
    from bridge.admin.export import export_bundle
    from bridge.database import database_of
    from bridge.evidence.archive import DiskArchive
    from bridge.ledger.chain import Broken
    from bridge.ledger.store import LedgerError
    from bridge.model.evidence import ArchiveUnwritable
    from bridge.policy.load import load
    from bridge.policy.problems import Refused
    from bridge.summary.export import NotSealed

    settings = _settings(config)
    if not re.fullmatch(r"\d{4}-W\d{2}", week):
        raise click.ClickException(f"{week!r} is not a week; write it as 2026-W47.")
    try:
        database = database_of(settings)
        if not database.exists():
            raise click.ClickException(f"There is no ledger in {database.name}; has the bridge run like this?")
    except (LedgerError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    try:
        limit = load(settings.config).policy.evidence.max_bytes
    except Refused:
        # An export does not depend on what the files say today.
        limit = 2**40
    archive = DiskArchive(settings.archive, max_bytes=limit)
    try:
        path = export_bundle(settings, settings.forum.record, week, archive, out or settings.exports)
    except NotSealed as error:
        sealed = ", ".join(error.sealed) or "none yet"
        raise click.ClickException(f"{week} is not sealed. Sealed weeks: {sealed}.") from error
    except Broken as error:
        raise click.ClickException(
            f"The ledger was changed at record {error.position} ({error.why}); nothing was exported. "
            "Keep it as it is and compare it with a backup."
        ) from error
    except (ArchiveUnwritable, LedgerError, OSError) as error:
        raise click.ClickException(f"Nothing was exported: {error}") from error
    click.echo(str(path))


@main.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--key", help="Fingerprint of the signer, from the letter or the notice board.")
@click.option("--previous", type=click.Path(path_type=Path), help="The bundle of an earlier week.")
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language of the answer.")
@config_option
def verify(bundle: Path, key: str | None, previous: Path | None, lang: str | None, config: Path) -> None:
    """Verify a bundle: 0 intact and from a known key, 2 intact but the signer unchecked, 1 not intact."""
    from bridge.summary.keys import known_fingerprint
    from bridge.summary.verify import verify as check

    known = None
    if key is None:
        with contextlib.suppress(SettingsError):
            known = known_fingerprint(load_settings(config).state)
    verdict = check(bundle, key, known, previous, lang)
    click.echo(verdict.sentence)
    for line in verdict.details:
        click.echo(line)
    raise SystemExit(verdict.code)


cli_policy.add_to(policy, roster)
cli_onboarding.add_to(main, roster)

if __name__ == "__main__":
    main()
