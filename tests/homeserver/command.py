"""`tudang` as an operator runs it: a process of its own in the time of this machine, for a forum on a Synapse."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.homeserver.forum import Forum


async def started(forum: Forum, *arguments: str, **secrets: str) -> asyncio.subprocess.Process:
    """`tudang run`, or another command; ``secrets`` go into the environment (the bot's access token by default)."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bridge",
        *(arguments or ("run", "--log-level", "ERROR")),
        "--config",
        str(forum.root / "bridge.yaml"),
        env={**os.environ, **(secrets or {"TUDANG_ACCESS_TOKEN": forum.bot.access_token})},
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process, patience: float = 40.0) -> tuple[int, str]:
    """Its exit code and what it said to its operator."""
    _, said = await asyncio.wait_for(process.communicate(), patience)
    return process.returncode or 0, said.decode()
