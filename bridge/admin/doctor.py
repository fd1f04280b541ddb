"""`tudang doctor`: one page on whether everything is right, and what to do where it is not.

It only reads, beside a running bridge or without one, and whatever is missing or broken is a line on the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec

from bridge.admin.findings import Finding, mind, right, wrong
from bridge.admin.look_reports import look_at_reports
from bridge.admin.look_server import Server
from bridge.admin.look_state import Looked, look_at_backup, look_at_clock, look_at_disk, look_at_ledger
from bridge.admin.saying import shown
from bridge.model.clock import moment
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Checked, check, read_source
from bridge.policy.types import Language
from bridge.settings import Secrets, Settings, SettingsError, load_secrets
from bridge.web.health import Health

NEWEST_RECORDS = 5_000
"""Records of the chain that are walked unless all are asked for."""

SHOWN = 5
HEALTH_SECONDS = 5.0


async def examine(settings: Settings, *, lang: Language, now: int, full: bool = False) -> list[Finding]:
    """Look at everything. ``now`` is this machine's time in milliseconds; ``lang`` is for the problems of files.

    Never raises for what it finds.
    """
    findings: list[Finding] = []
    secrets: Secrets | None = None
    try:
        secrets = load_secrets(settings)
    except SettingsError as error:
        findings.append(wrong("account.secret", why=" ".join(str(error).split())))
    folder = Path(shown(settings.config))
    checked = check(read_source(folder / POLICY_NAME), read_source(folder / ROSTER_NAME))
    findings += look_at_files(checked, settings, lang, now)
    looked = await asyncio.to_thread(look_at_ledger, settings, records=None if full else NEWEST_RECORDS)
    findings += looked.findings
    findings += await look_at_bridge(settings)
    skew = None
    try:
        server = Server(settings, secrets)
    except ValueError as error:
        findings.append(wrong("homeserver.address", url=settings.homeserver.url, why=str(error)))
    else:
        found, skew = await _visit(server, checked, looked, now)
        # A secret that cannot be read was said already.
        findings += [f for f in found if secrets is not None or f.key != "account.no_secret"]
    findings += await look_at_reports(settings, secrets)
    zone = checked.policy.forum.timezone if checked.policy is not None else "UTC"
    findings += look_at_clock(looked, skew, zone, now)
    findings += await asyncio.to_thread(look_at_disk, settings)
    findings += look_at_backup(settings, now, rehearsal=looked.rehearsal)
    return findings


async def _visit(server: Server, checked: Checked, looked: Looked, now: int) -> tuple[list[Finding], float | None]:
    try:
        findings = await server.reach(now)
        if findings[-1].key == "homeserver.unreachable":
            return findings, None
        findings += await server.account()
        if server.user:
            findings += await server.trust()
            stage = looked.stage
            if stage == "unknown" and checked.policy is not None:
                stage = checked.policy.stage
            findings += await server.rooms(checked.roster, stage, now, looked.replaced)
        return findings, server.skew
    finally:
        await server.close()


def look_at_files(checked: Checked, settings: Settings, lang: Language, now: int) -> list[Finding]:
    """Policy and roster, as `tudang policy check` sees them."""
    findings: list[Finding] = []
    errors = [problem for problem in checked.problems if problem.severity == "error"]
    warnings = [problem for problem in checked.problems if problem.severity != "error"]
    for problem in errors[:SHOWN]:
        findings.append(wrong("policy.error", text=problem.text(lang)))
    if errors:
        findings.append(wrong("policy.errors", count=len(errors), path=shown(settings.config)))
    for problem in warnings[:SHOWN]:
        findings.append(mind("policy.warning", text=problem.text(lang)))
    policy, roster = checked.policy, checked.roster
    if policy is not None and roster is not None and not errors:
        at = moment(now)
        due = roster.persons_due(at)
        words = {"persons": len(due), "units": len(roster.units()), "stage": policy.stage}
        findings.insert(0, right("policy.right", forum=policy.forum.name, **words))
        able = {role for one in due if one.user_ids for role in one.standing.roles}
        findings += [mind(f"policy.no_{role}") for role in ("leader", "expert") if role not in able]
        silent = [one.standing.person.name for one in due if not one.user_ids]
        named = settings.forum.rooms.groups
        findings += [
            mind("policy.room_unknown", room=room, groups=sorted(named) or ["-"])
            for room in policy.rooms
            if room not in named
        ]
        if silent:
            # Somebody without an account is reached by other people; nothing is wrong with the file.
            findings.append(right("policy.no_account", count=len(silent), who=_some(silent)))
    return findings


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])]


async def look_at_bridge(settings: Settings) -> list[Finding]:
    """Whether the bridge runs, and what it says of itself."""
    health = await _ask(settings)
    if health is not None and health.forum != settings.forum.record:
        return [wrong("bridge.other", port=settings.web.port, forum=health.forum)]
    if health is None:
        if not _is_held(settings.keys):
            return [mind("bridge.stopped")]
        if settings.web.port == 0:
            return [right("bridge.silent_port")]
        return [wrong("bridge.silent", listen=settings.web.listen, port=settings.web.port)]
    findings = []
    if health.last_sync_age is not None:
        findings.append(
            right("bridge.right", stage=health.stage, seconds=round(health.last_sync_age), version=health.version)
        )
    findings += [wrong("bridge.unwell", why=reason) for reason in health.reasons]
    return findings or [mind("bridge.starting")]


async def _ask(settings: Settings) -> Health | None:
    """What `/healthz` answers; None when nobody does."""
    if settings.web.port == 0:
        return None
    listen = settings.web.listen
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(listen, listen)  # noqa: S104
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=HEALTH_SECONDS)) as session,
            session.get(f"http://{host}:{settings.web.port}/healthz") as answer,
        ):
            return msgspec.json.decode(await answer.read(), type=Health)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None


def _is_held(keys: Path) -> bool:
    """Whether a process holds the key store."""
    try:
        descriptor = os.open(keys.with_name(keys.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared and given back at once: a bridge that is just starting would have to meet this very moment.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return False
