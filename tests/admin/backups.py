"""Backups of a house: made, looked into, restored and refused."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.admin.backup import Made, make_backup
from bridge.admin.restore import Restored, restore_backup
from bridge.admin.saying import AdminProblem, load_texts
from bridge.admin.vessel import Cost, Opener
from tests.admin.house import NOW, House

PASSPHRASE = "duduk bersama di balai desa"
CHEAP = Cost(rounds=1, memory=8192)


def back_up(house: House, *, passphrase: str | None = PASSPHRASE, media: bool = True) -> Made:
    out = house.root / "out"
    out.mkdir(exist_ok=True)
    return make_backup(house.settings, house.file, out, passphrase=passphrase, now=NOW, media=media, cost=CHEAP)


def restore(house: House, backup: Path, passphrase: str | None = PASSPHRASE) -> Restored:
    return restore_backup(house.settings, backup, lambda: passphrase)


def inside(made: Made, passphrase: str = PASSPHRASE) -> dict[str, bytes]:
    """What a backup holds, by name."""
    plain = io.BytesIO()
    with made.path.open("rb") as file:
        plain.write(Opener(file, passphrase).read() if made.encrypted else file.read())
    plain.seek(0)
    with tarfile.open(fileobj=plain) as tar:
        return {member.name: (body.read() if (body := tar.extractfile(member)) else b"") for member in tar}


def lost(house: House) -> House:
    """The same settings on a machine that lost its state."""
    house.state.rename(house.root / "lost")
    return house


def refused(work: Callable[[], object]) -> str:
    """The key of the sentence with which something was refused; it can be said in both languages."""
    with pytest.raises(AdminProblem) as problem:
        work()
    for lang in ("en", "id"):
        sentence = problem.value.sentence(load_texts(lang))
        assert "\n" not in sentence
        assert len(sentence) < 400
    return problem.value.key
