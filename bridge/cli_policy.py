"""Commands about the admin's files: `tudang policy` and `tudang roster` plan, edit, history, show and diff."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bridge.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    # Commands import what they need when they are called.
    from bridge.lang.catalogue import Catalogue

Lang = Literal["id", "en"] | None
Command = Callable[..., None]

DEFAULT_CONFIG = Path("config/bridge.yaml")
TEXTS = "files.yaml"


def _asked(command: Command) -> Command:
    """Options of every command here: whose settings, in which language."""
    lang = click.option("--lang", type=click.Choice(["id", "en"]), help="Language; the policy's by default.")
    config = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        default=DEFAULT_CONFIG,
        show_default=True,
        help="The deployment's settings.",
    )
    return config(lang(command))


def _begin(config: Path, lang: Lang) -> tuple[Settings, Catalogue]:
    from bridge.admin.saying import catalogue_for

    try:
        settings = load_settings(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return settings, catalogue_for(settings, lang, TEXTS)


class _Terminal:
    """The person at the terminal, with their own editor."""

    def __init__(self, yes: bool) -> None:
        self._yes = yes

    def edit(self, path: Path) -> None:
        from bridge.admin.editing import EditorFailed

        try:
            # VISUAL, then EDITOR, then what the system has.
            click.edit(filename=str(path))
        except click.ClickException as error:
            raise EditorFailed(error.format_message().rstrip(".")) from error

    def tell(self, text: str) -> None:
        click.echo(text)

    def choose(self, question: str, answers: str) -> str:
        """With --yes nobody is asked: good changes are taken, others are kept beside the file."""
        if self._yes:
            return "y" if "y" in answers else "k"
        choice = click.Choice(list(answers), case_sensitive=False)
        return str(click.prompt(question, type=choice, show_choices=False)).lower()


def _os_user() -> str:
    """Who runs the command: behind sudo, who called it."""
    for name in ("SUDO_USER", "DOAS_USER"):
        if caller := os.environ.get(name):
            return caller
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


@click.command("plan")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, exists=True))
@_asked
def plan(folder: Path | None, config: Path, lang: Lang) -> None:
    """Show exactly what the files of DIR would change if the bridge took them now; changes nothing.

    DIR is the folder of policy.yaml and roster.yaml, by default the one that the settings name. The sentences are
    those that the record will hold, in the forum's language.
    """
    from bridge.admin.planning import lines_of, make_plan, problems_of, read
    from bridge.admin.saying import AdminProblem
    from bridge.model.clock import SystemClock
    from bridge.policy.problems import Refused

    settings, words = _begin(config, lang)
    try:
        made = make_plan(settings, read(folder or settings.config), SystemClock())
    except Refused as refused:
        errors = sum(problem.severity == "error" for problem in refused.problems)
        click.echo(words.say("plan.faulty", count=errors).plain, err=True)
        for line in problems_of(refused, words.lang):
            click.echo(line, err=True)
        raise SystemExit(1) from refused
    except AdminProblem as problem:
        click.echo(problem.sentence(words), err=True)
        raise SystemExit(1) from problem
    if settings.forum.preview:
        click.echo(words.say("plan.preview").plain)
    for line in lines_of(made, words):
        click.echo(line)


def _edit(what: str) -> click.Command:
    @click.command("edit")
    @click.option(
        "--author", metavar="NAME", help="Who makes the change, for the record; by default your user name."
    )
    @click.option("--yes", is_flag=True, help="Take good changes without asking; for scripts.")
    @_asked
    def command(author: str | None, yes: bool, config: Path, lang: Lang) -> None:
        from bridge.admin.editing import Desk, edit
        from bridge.admin.saying import AdminProblem
        from bridge.model.clock import SystemClock

        settings, words = _begin(config, lang)
        user = _os_user()
        name = f"{author} ({user})" if author and author.strip() else user
        try:
            code = edit(Desk(settings, _Terminal(yes), name, SystemClock(), words), what)
        except AdminProblem as problem:
            click.echo(problem.sentence(words), err=True)
            code = 1
        raise SystemExit(code)

    command.help = (
        f"Edit {what}.yaml safely: on a copy, checked, with its plan shown, and put in place whole.\n\n"
        "Uses the editor in VISUAL or EDITOR. A running bridge takes the new file by itself."
    )
    return command


def _history(what: str) -> click.Command:
    @click.command("history")
    @_asked
    def command(config: Path, lang: Lang) -> None:
        from bridge.admin import versions

        settings, words = _begin(config, lang)
        _print(words, lambda: "\n".join(versions.history(settings, what, words)) + "\n")

    command.help = f"List every version of {what}.yaml that was in force: number, when, who, differences, SHA-256."
    return command


def _show(what: str) -> click.Command:
    @click.command("show")
    @click.argument("version", type=click.IntRange(min=1))
    @_asked
    def command(version: int, config: Path, lang: Lang) -> None:
        from bridge.admin import versions

        settings, words = _begin(config, lang)
        _print(words, lambda: versions.show(settings, what, version))

    command.help = f"Print a version of {what}.yaml, byte for byte as it was in force."
    return command


def _diff(what: str) -> click.Command:
    @click.command("diff")
    @click.argument("version", type=click.IntRange(min=1))
    @click.argument("other", type=click.IntRange(min=1), required=False)
    @_asked
    def command(version: int, other: int | None, config: Path, lang: Lang) -> None:
        from bridge.admin import versions

        settings, words = _begin(config, lang)
        _print(words, lambda: "\n".join(versions.diff(settings, what, version, other, words)) + "\n")

    command.help = (
        f"Show what a version of {what}.yaml changed, in sentences and line by line.\n\n"
        "With two numbers it shows how these versions differ."
    )
    return command


def _print(words: Catalogue, text: Callable[[], str | bytes]) -> None:
    from bridge.admin.saying import AdminProblem

    try:
        written = text()
    except AdminProblem as problem:
        click.echo(problem.sentence(words), err=True)
        sys.exit(1)
    click.echo(written, nl=False)


def add_to(policy: click.Group, roster: click.Group) -> None:
    """Give the program these commands."""
    policy.add_command(plan)
    for what, group in (("policy", policy), ("roster", roster)):
        for make in (_edit, _history, _show, _diff):
            group.add_command(make(what))
