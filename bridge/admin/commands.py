"""`tudang doctor`, `trust`, `backup`, `restore`, `new-device`: functions that answer a text and an exit code."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bridge.admin.backup import Made, make_backup
from bridge.admin.doctor import examine
from bridge.admin.draft import draft
from bridge.admin.findings import Finding, mind, said, show, verdict, wrong
from bridge.admin.look_people import people_in
from bridge.admin.look_server import Server
from bridge.admin.restore import KEPT_CONFIG, Restored, become_new_device, restore_backup
from bridge.admin.saying import AdminProblem, catalogue_for, shown
from bridge.lang.catalogue import Catalogue, Value
from bridge.lang.roles import load_hints, load_role_names
from bridge.matrix.login import log_out
from bridge.model.clock import Clock, moment
from bridge.model.ports import MatrixError
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Source, check, read_source
from bridge.policy.types import Language
from bridge.settings import Secrets, Settings, SettingsError, load_secrets

SHORTEST_PASSPHRASE = 12
Ask = Callable[[str], str | None]
"""Asks a person for a passphrase, with this prompt; None when there is nobody to ask."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command prints and the code with which it ends: 0 done, 1 not."""

    text: str
    code: int


def doctor(settings: Settings, console: Console, clock: Clock, *, lang: Language | None, full: bool) -> int:
    """Write the page on ``console``; returns the exit code."""
    catalogue = catalogue_for(settings, lang)
    language: Language = "id" if catalogue.lang == "id" else "en"
    findings = asyncio.run(examine(settings, lang=language, now=clock.now(), full=full))
    show(findings, catalogue, console)
    return verdict(findings)


def trust(settings: Settings, clock: Clock, *, lang: Language | None) -> Outcome:
    """How others see the bot's device; code 0 when it is cross-signed. Only looks, also beside a running bridge."""
    catalogue = catalogue_for(settings, lang)
    lines = []
    findings = asyncio.run(_seen(settings, clock.now()))
    for finding in findings:
        sentence, advice = said(catalogue, finding)
        lines += [sentence, *([f"→ {advice}"] if advice else [])]
    return Outcome("\n".join(lines), int(all(finding.key != "trust.right" for finding in findings)))


async def _seen(settings: Settings, now: int) -> list[Finding]:
    secrets: Secrets | None = None
    with contextlib.suppress(SettingsError):
        # With a session there is no need of any.
        secrets = load_secrets(settings)
    try:
        server = Server(settings, secrets)
    except ValueError as error:
        return [wrong("homeserver.address", url=settings.homeserver.url, why=str(error))]
    try:
        if not settings.keys.exists() or not server.has_session:
            return [mind("trust.nothing")]
        reached = await server.reach(now)
        if reached[-1].key == "homeserver.unreachable":
            return reached
        account = await server.account()
        return [*account, *(await server.trust())] if server.user else account
    finally:
        await server.close()


@dataclass(frozen=True, slots=True)
class Drafted:
    """A roster, and what does not fit the policy yet."""

    text: str
    misfits: tuple[str, ...] = ()


def draft_roster(settings: Settings, room: str, clock: Clock, *, lang: Language | None) -> Drafted | Outcome:
    """Write a roster from who is in a room; an outcome with code 1 when that cannot be found out."""
    catalogue = catalogue_for(settings, lang)
    language: Language = "id" if catalogue.lang == "id" else "en"
    policy = read_source(settings.config / POLICY_NAME)
    try:
        people = asyncio.run(people_in(settings, room))
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    checked = check(policy, None).policy
    zone = checked.forum.zone if checked is not None else UTC
    role_names = dict(load_role_names(language))
    if checked is not None:
        role_names.update({str(role): name for role, name in checked.names.roles.items()})
    text = draft(
        people,
        room,
        today=moment(clock.now()).astimezone(zone).date(),
        hints=load_hints(language),
        role_names=role_names,
        say=catalogue,
    )
    together = check(None if policy.unreadable else policy, Source(ROSTER_NAME, text.encode()))
    errors = tuple(problem.text(language) for problem in together.problems if problem.severity == "error")
    return Drafted(text, (catalogue.say("draft.misfit").plain, *errors) if errors else ())


def backup(
    settings: Settings,
    settings_file: Path,
    out: Path,
    clock: Clock,
    *,
    passphrase_file: Path | None,
    encryption: bool,
    media: bool,
    lang: Language | None,
    ask: Ask,
) -> Outcome:
    """Make a backup. Without a passphrase file a person is asked for a passphrase, if there is one."""
    catalogue = catalogue_for(settings, lang)
    try:
        passphrase = None
        if encryption:
            passphrase = _new_passphrase(catalogue, passphrase_file, ask)
        elif passphrase_file is not None:
            raise AdminProblem("backup.both")
        made = make_backup(settings, settings_file, out, passphrase=passphrase, now=clock.now(), media=media)
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    return Outcome("\n".join(_made(catalogue, made)), 0)


def _made(catalogue: Catalogue, made: Made) -> list[str]:
    words: dict[str, Value] = {"path": str(made.path), "files": made.files, "size": round(made.size / 2**20, 1)}
    if made.encrypted:
        lines = [catalogue.say("backup.done", position=made.about.position, **words).plain]
    else:
        lines = [catalogue.say("backup.done_clear", **words).plain]
    if made.missing:
        shown = [*made.missing[:3], *(["…"] if len(made.missing) > 3 else [])]
        lines.append(catalogue.say("backup.missing", count=len(made.missing), files=shown).plain)
    return lines


def _new_passphrase(catalogue: Catalogue, file: Path | None, ask: Ask) -> str:
    passphrase = _passphrase(catalogue, file, ask)
    if passphrase is None:
        raise AdminProblem("backup.needs_passphrase")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise AdminProblem("backup.passphrase_short", path=str(file or "-"))
    return passphrase


def _passphrase(catalogue: Catalogue, file: Path | None, ask: Ask) -> str | None:
    if file is None:
        return ask(catalogue.say("backup.ask").plain)
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise AdminProblem("backup.passphrase_unreadable", path=str(file), why=why) from error


def restore(
    settings: Settings, backup_file: Path, *, passphrase_file: Path | None, lang: Language | None, ask: Ask
) -> Outcome:
    """Restore a backup into the empty state directory of the settings."""
    catalogue = catalogue_for(settings, lang)
    try:
        done = restore_backup(settings, backup_file, lambda: _passphrase(catalogue, passphrase_file, ask))
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    # The policy may have come with the backup, and with it the language.
    return Outcome("\n".join(_restored(catalogue_for(settings, lang), settings, done)), 0)


def _restored(catalogue: Catalogue, settings: Settings, done: Restored) -> list[str]:
    about = done.about
    seen = datetime.fromtimestamp((about.seen or about.made_at) / 1000, UTC).isoformat()
    lines = [catalogue.say("restore.done_cli", count=about.position, seen=seen, media=done.media).plain]
    lines.append(catalogue.say("restore.old_bridge").plain)
    if _has_token(settings):
        lines.append(catalogue.say("restore.token").plain)
    lines += [catalogue.say("restore.written", file=file).plain for file in done.written]
    folder = str(settings.state / KEPT_CONFIG)
    lines += [catalogue.say("restore.differs", file=file, folder=folder).plain for file in done.differing]
    if not about.media:
        lines.append(catalogue.say("restore.without_media", path=shown(settings.archive)).plain)
    if done.missing:
        lines.append(catalogue.say("restore.missing", count=len(done.missing)).plain)
    return lines


def new_device(settings: Settings, *, lang: Language | None) -> Outcome:
    """Forget a lost device; the next start logs in as a new one."""
    catalogue = catalogue_for(settings, lang)
    try:
        old = become_new_device(settings)
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    if old is not None:
        # Best done while its token is known; otherwise the next start removes it with the password.
        with contextlib.suppress(MatrixError):
            asyncio.run(log_out(old))
    lines = [catalogue.say("device.done").plain]
    if _has_token(settings):
        lines.append(catalogue.say("device.token").plain)
    return Outcome("\n".join(lines), 0)


def _has_token(settings: Settings) -> bool:
    try:
        return load_secrets(settings).access_token is not None
    except SettingsError:
        return False
