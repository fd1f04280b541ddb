"""An embedded Synapse: real, small, on 127.0.0.1 only, in an environment of its own.

It keeps everything under one directory (SQLite database, media, secrets, log) and can be stopped, killed and
started again on the same data and port. Nothing leaves the machine: there is no federation listener, no allowed
federation partner, no key server and no URL preview.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import hmac
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import aiohttp
import msgspec
import yaml

from bridge.model.event import Json
from bridge.rehearsal.wire import Wire

START_SECONDS = 90.0
STOP_SECONDS = 20.0
_LOG_LIMIT = 8 * 1024 * 1024
_UNLIMITED = {"per_second": 1_000_000, "burst_count": 1_000_000}


class HomeserverFailed(Exception):
    """The embedded homeserver could not be started or does not answer; the message says what to look at."""


class Account(msgspec.Struct, frozen=True):
    """A registered user with one logged-in device."""

    user_id: str
    device_id: str
    access_token: str
    password: str


class EmbeddedHomeserver:
    """One Synapse process under ``root``, run by ``python`` (of an environment made from the homeserver's lock).

    ``port`` None picks a free one at the first start and keeps it. ``limits_lifted`` False leaves Synapse's default
    rate limits in force. ``root`` belongs to one instance at a time, which a lock file enforces.
    """

    def __init__(
        self,
        root: Path,
        python: Path,
        port: int | None = None,
        *,
        server_name: str = "localhost",
        limits_lifted: bool = True,
    ) -> None:
        self.root = root
        self.server_name = server_name
        self._python = python
        self._wanted_port = port
        self._port: int | None = None
        self._limits_lifted = limits_lifted
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """The base address for clients."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port; known from the first start on."""
        if self._port is None:
            raise HomeserverFailed("The embedded homeserver has not been started yet.")
        return self._port

    @property
    def log(self) -> Path:
        """Where Synapse's warnings and errors go."""
        return self.root / "homeserver.log"

    @property
    def running(self) -> bool:
        """Whether our process is alive."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start (again) and return once /_matrix/client/versions answers. Raises :class:`HomeserverFailed`."""
        if self.running:
            return
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        try:
            await self._stop_leftover()
            self._port = await self._choose_port()
            self._write_files()
            self._process = self._spawn()
            self._pid_file.write_text(str(self._process.pid))
            await self._until_answering()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Stop cleanly (SIGTERM), or by force when that takes too long."""
        if self._process is not None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await _ended(self._process)
            except TimeoutError:
                self._process.kill()
                await _ended(self._process)
        self._forget()

    async def kill(self) -> None:
        """End the process at once with SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            await _ended(self._process)
        self._forget()

    async def restart(self) -> None:
        """Stop cleanly and start again on the same data and port."""
        await self.stop()
        await self.start()

    async def register(
        self, localpart: str, password: str | None = None, *, admin: bool = False, displayname: str | None = None
    ) -> Account:
        """Register a user by the shared-secret admin API and return it with a logged-in device.

        No log-in is spent, so default log-in limits do not matter. Lost connections and 5xx are retried.
        Raises ``MatrixError``, with ``M_USER_IN_USE`` when the localpart is taken.
        """
        chosen = password or secrets.token_urlsafe(18)
        secret = (self.root / "registration.secret").read_text().strip()

        async with aiohttp.ClientSession() as session:
            wire = Wire(self.url, session)
            nonce = str((await wire.call("GET", "/_synapse/admin/v1/register"))["nonce"])
            parts = (nonce, localpart, chosen, "admin" if admin else "notadmin")
            mac = hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
            body: Json = {
                "nonce": nonce,
                "username": localpart,
                "password": chosen,
                "admin": admin,
                "mac": mac,
                "displayname": displayname or localpart,
            }
            return _account(await wire.call("POST", "/_synapse/admin/v1/register", body), chosen)

    async def login(self, localpart: str, password: str, device_id: str | None = None) -> Account:
        """Log in with a password; a new device unless ``device_id`` names one. Raises ``MatrixError``."""
        body: Json = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": localpart},
            "password": password,
        }
        if device_id is not None:
            body["device_id"] = device_id
        async with aiohttp.ClientSession() as session:
            answer = await Wire(self.url, session).call("POST", "/_matrix/client/v3/login", body)
        return _account(answer, password)

    # The process.

    @property
    def _pid_file(self) -> Path:
        return self.root / "homeserver.pid"

    @property
    def _config(self) -> Path:
        return self.root / "homeserver.yaml"

    def _spawn(self) -> subprocess.Popen[bytes]:
        # Not asyncio's subprocess: this object must work from whichever event loop a test runs in.
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(self._python), "-m", "synapse.app.homeserver", "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                umask=0o077,
                # A Ctrl-C in the terminal is for us: we stop the homeserver after everything that uses it.
                start_new_session=True,
            )

    async def _until_answering(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while self.running:
                    try:
                        async with session.get(f"{self.url}/_matrix/client/versions") as answer:
                            if answer.status == 200:
                                return
                    except aiohttp.ClientError:
                        pass
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise HomeserverFailed(
                f"The embedded homeserver did not answer within {START_SECONDS:.0f} seconds; see {self.log}."
            ) from None
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise HomeserverFailed(f"The embedded homeserver ended while starting; {self.log} ends with:\n{last}")

    async def _stop_leftover(self) -> None:
        """End a Synapse of this very root that outlived a killed parent."""
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return
        if str(self._config) in _command_line(pid):
            os.kill(pid, signal.SIGKILL)
            for _ in range(500):
                if str(self._config) not in _command_line(pid):
                    break
                await asyncio.sleep(0.02)
        self._pid_file.unlink()

    def _take_lock(self) -> None:
        handle = (self.root / "homeserver.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise HomeserverFailed(
                f"Another process already runs the embedded homeserver in {self.root}."
            ) from None
        self._lock = handle

    def _forget(self) -> None:
        self._process = None
        self._pid_file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _choose_port(self) -> int:
        remembered = self.root / "port"
        kept = self._wanted_port or (int(remembered.read_text()) if remembered.exists() else None)
        if kept is not None:
            # A homeserver that was killed a moment ago may still be letting go of it.
            for _ in range(100):
                if _is_free(kept):
                    return kept
                await asyncio.sleep(0.03)
        if self._wanted_port is not None:
            raise HomeserverFailed(f"Port {kept} on 127.0.0.1 is in use by another program.")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        remembered.write_text(str(port))
        return port

    # Its files.

    def _write_files(self) -> None:
        _once(self.root / "signing.key", lambda: f"ed25519 a_{secrets.token_hex(2)} {_seed()}\n")
        for name in ("registration.secret", "macaroon.secret", "form.secret"):
            _once(self.root / name, lambda: secrets.token_urlsafe(36) + "\n")
        (self.root / "log.yaml").write_text(yaml.safe_dump(_LOG_CONFIG))
        self._config.write_text(yaml.safe_dump(self._configuration(), sort_keys=False))

    def _configuration(self) -> Json:
        configuration: Json = {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "report_stats": False,
            "log_config": str(self.root / "log.yaml"),
            "listeners": [
                {
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client", "media"]}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.root / "homeserver.db")}},
            "media_store_path": str(self.root / "media"),
            "pid_file": str(self.root / "synapse.pid"),
            "signing_key_path": str(self.root / "signing.key"),
            "registration_shared_secret_path": str(self.root / "registration.secret"),
            "macaroon_secret_key_path": str(self.root / "macaroon.secret"),
            "form_secret_path": str(self.root / "form.secret"),
            "enable_registration": False,
            # Throw-away accounts on this machine only: the usual 12 rounds take a quarter of a second each.
            "bcrypt_rounds": 4,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "url_preview_enabled": False,
            "presence": {"enabled": False},
            "max_upload_size": "100M",
            "user_directory": {"search_all_users": True},
        }
        if self._limits_lifted:
            configuration.update(_no_limits())
        return configuration


async def _ended(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:  # noqa: ASYNC110  (a process has no event to wait for that every loop shares)
        await asyncio.sleep(0.02)


def _account(answer: Json, password: str) -> Account:
    return Account(
        user_id=str(answer["user_id"]),
        device_id=str(answer["device_id"]),
        access_token=str(answer["access_token"]),
        password=password,
    )


def _once(path: Path, make: Callable[[], str]) -> None:
    """Write a secret file, mode 0600, unless it is already there."""
    if path.exists():
        return
    unfinished = path.with_name(path.name + ".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(make())
    unfinished.replace(path)


def _seed() -> str:
    """A new Ed25519 seed in the unpadded base64 of Synapse's signing key files."""
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _command_line(pid: int) -> str:
    """The command line of a process, empty when there is none with this id."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout


def _no_limits() -> Json:
    """Every rate limit of Synapse 1.163, raised out of reach."""
    plain = (
        "rc_message rc_registration rc_registration_token_validity rc_admin_redaction rc_joins_per_room "
        "rc_key_requests rc_3pid_validation rc_third_party_invite rc_media_create rc_delayed_event_mgmt "
        "rc_room_creation rc_reports rc_user_directory rc_profile"
    )
    limits: Json = dict.fromkeys(plain.split(), _UNLIMITED)
    limits["rc_login"] = dict.fromkeys(("address", "account", "failed_attempts"), _UNLIMITED)
    limits["rc_joins"] = dict.fromkeys(("local", "remote"), _UNLIMITED)
    limits["rc_invites"] = dict.fromkeys(("per_room", "per_user", "per_issuer"), _UNLIMITED)
    limits["rc_presence"] = {"per_user": _UNLIMITED}
    return limits


_LOG_CONFIG: Json = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
