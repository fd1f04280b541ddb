"""Learning secrets and words where they are made or used, for the whole session, without the tests' help.

What is wrapped is the constructor or the one function through which such a thing has to pass, in this process.
Processes of their own leave theirs in files, which `surfaces.learn` reads.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nacl.signing
from _pytest.capture import CaptureFixture
from _pytest.raises import RaisesExc
from click.testing import CliRunner

from bridge.admin import enrol
from bridge.admin.vessel import Opener, Sealer
from bridge.matrix.crypto.inbound import Inbound
from bridge.matrix.crypto.vault import Vault
from bridge.matrix.parse import Reader
from bridge.matrix.requests import Requests
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from bridge.rehearsal.wire import Wire
from bridge.settings import Secrets
from tests.fakes.homeserver import PASSWORD, FakeHomeserver
from tests.fakes.world import World
from tests.secrecy.known import Known

RANDOM = {
    "bridge.ledger.keyring": "pickle key",
    "bridge.journey.bundles": "one-time link token",
    "bridge.rehearsal.homeserver": "registration secret",
    "bridge.rehearsal.device": "pickle key",
    "bridge.rehearsal.stage": "password",
}
"""Modules whose random text or bytes are secrets, and of what kind. (The salts of the chain are published.)"""

Said = Callable[[str, str], None]
"""(where, text): something was put out."""


def watch(known: Known, said: Said, before_removal: Callable[[Path], None]) -> None:
    """Wrap everything; for the rest of the process."""
    _random(known)
    before(nacl.signing.SigningKey, "__init__", lambda self, seed, *a, **k: known.add("signing seed", seed))
    before(Requests, "__init__", lambda self, url, token=None: known.add("access token", token))
    before(Wire, "__init__", lambda self, url, session, token=None: known.add("access token", token))
    before(Vault, "__init__", lambda self, keyring, key: known.add("pickle key", key))
    before(Inbound, "own", lambda self, step, room, letter, key: known.add("room key", key))
    before(Sealer, "__init__", lambda self, out, passphrase, **k: known.add("passphrase", passphrase))
    before(Opener, "__init__", lambda self, file, passphrase, *a, **k: known.add("passphrase", passphrase))
    before(Secrets, "__init__", lambda self, **given: _given(known, given))
    after(enrol, "first_password", lambda made, *a, **k: known.add("first password", made))
    after(FakeHomeserver, "token", lambda token, *a, **k: known.add("access token", token))
    before(FakeHomeserver, "user", lambda self, name, password=PASSWORD: known.add("password", password))
    for name in ("register", "login"):
        after_await(EmbeddedHomeserver, name, lambda account: _account(known, account))
    _words(known)
    _output(said)
    before(shutil, "rmtree", lambda path, *a, **k: before_removal(Path(path)))


def _given(known: Known, given: dict[str, Any]) -> None:
    known.add("password", given.get("password"))
    known.add("access token", given.get("access_token"))


def _account(known: Known, account: Any) -> None:
    known.add("access token", account.access_token)
    known.add("password", account.password)


def _random(known: Known) -> None:
    for name in ("token_bytes", "token_urlsafe", "token_hex"):
        real = getattr(secrets, name)

        def made(*args: Any, real: Any = real) -> Any:
            value = real(*args)
            kind = RANDOM.get(str(sys._getframe(1).f_globals.get("__name__")))
            if kind is not None:
                known.add(kind, value)
            return value

        setattr(secrets, name, functools.wraps(real)(made))


def _words(known: Known) -> None:
    """What people say: on the fake homeserver, from the clients of the rehearsal, and what a bridge reads."""

    def content(sent: Any) -> None:
        inner = sent.get("letter", sent) if isinstance(sent, dict) else {}
        known.heard(inner.get("body") if isinstance(inner, dict) else None)

    before(World, "append", lambda self, room, sender, kind, sent, **k: content(sent))
    before(StaffClient, "send", lambda self, room, kind, sent, *a, **k: content(sent))
    after(Reader, "event", lambda event, *a, **k: content(event.content) if event is not None else None)


def _output(said: Said) -> None:
    """What tests read away before pytest sees it, what other processes said, and errors that tests expect."""
    after(CaptureFixture, "readouterr", lambda read, *a, **k: said("output", f"{read.out}\n{read.err}"))
    after(CliRunner, "invoke", lambda result, *a, **k: said("output of a command", result.output))
    after(subprocess.Popen, "communicate", lambda both, *a, **k: _both(said, both))
    after_await(asyncio.subprocess.Process, "communicate", lambda both: _both(said, both))

    def expected(self: Any, kind: Any, error: BaseException | None, trace: Any) -> None:
        while error is not None:
            said("an error", f"{type(error).__name__}: {error}\n{error!r}")
            error = error.__cause__ or error.__context__

    before(RaisesExc, "__exit__", expected)


def _both(said: Said, both: Any) -> None:
    for text in both:
        if text:
            said("output of a process", text if isinstance(text, str) else text.decode("utf-8", "replace"))


def before(owner: Any, name: str, look: Callable[..., None]) -> None:
    """Let ``look`` see the arguments of every call of a method or function."""
    real = getattr(owner, name)

    @functools.wraps(real)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        look(*args, **kwargs)
        return real(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, look: Callable[..., None]) -> None:
    """Let ``look`` see the result of every call of a method."""
    real = getattr(owner, name)

    @functools.wraps(real)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        look(result)
        return result

    setattr(owner, name, wrapped)


def after_await(owner: Any, name: str, look: Callable[[Any], None]) -> None:
    """The same for a coroutine method."""
    real = getattr(owner, name)

    @functools.wraps(real)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = await real(*args, **kwargs)
        look(result)
        return result

    setattr(owner, name, wrapped)
