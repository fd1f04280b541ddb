"""A backup on disk: what is in it, what never is, and what it leaves behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
from pathlib import Path

import msgspec
import pytest

from bridge.admin import contents
from bridge.admin.backup import Made, make_backup
from bridge.ledger.keyring import SqliteKeyring
from bridge.ledger.ledger import Ledger
from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store, sqlite_database
from tests.admin.backups import CHEAP, PASSPHRASE, back_up, inside, lost, refused, restore
from tests.admin.house import BOT, NOW, PHOTO, TOKEN, House, started

AREA = "evidence:\n  checks:\n    area: wilayah.geojson\n"
SQUARE = '{"type": "Polygon", "coordinates": [[[119, -5], [120, -5], [120, -4], [119, -5]]]}'

# What is in it


def test_a_backup_holds_what_must_survive(house: House) -> None:
    """Ledger, kept keys, signing key, policy and roster, archive, and a list with the hash of each."""
    made = back_up(house)
    held = inside(made)
    photo = hashlib.sha256(PHOTO).hexdigest()
    assert set(held) == {
        "about.json", "config/policy.yaml", "config/roster.yaml", "config/bridge.yaml", "signing.key",
        "fingerprint", "keys.secret", "keys.db", "ledger.db", f"archive/{photo[:2]}/{photo}", "manifest.json",
    }  # fmt: skip
    manifest = msgspec.json.decode(held.pop("manifest.json"), type=contents.Manifest)
    held.pop("about.json")
    assert {entry.name: entry.sha256 for entry in manifest.files} == {
        name: hashlib.sha256(data).hexdigest() for name, data in held.items()
    }
    assert made.missing == ()


def test_the_area_that_the_policy_names_comes_along(house: House) -> None:
    """Without it the policy could not take force again; it is given back with it."""
    folder = house.settings.config
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text() + AREA)
    (folder / "wilayah.geojson").write_text(SQUARE)
    made = back_up(house)
    assert inside(made)["config/wilayah.geojson"] == SQUARE.encode()
    again = lost(house)
    shutil.rmtree(again.settings.config, ignore_errors=True)
    restore(again, made.path)
    assert (again.settings.config / "wilayah.geojson").read_text() == SQUARE


def test_what_may_not_come_back_is_not_in_it(house: House, tmp_path: Path) -> None:
    """No access token, no password, no account, channels or ratchets of the device (DESIGN, P7)."""
    held = inside(back_up(house))
    everything = b"".join(held.values())
    assert TOKEN.encode() not in everything
    assert b"rahasia\n" not in everything
    keys = tmp_path / "keys.db"
    keys.write_bytes(held["keys.db"])
    keyring = SqliteKeyring(keys)
    assert sorted(keyring.tables()) == ["identity", "inbound"]
    assert [key for key, _ in keyring.scan("identity")] == [(BOT, "seeds")]
    keyring.close()


def test_nothing_of_it_shows_without_the_passphrase(house: House) -> None:
    """Not even file names, the forum or the bot."""
    made = back_up(house)
    data = made.path.read_bytes()
    secret = (house.state / "keys.secret").read_bytes()
    for part in (b"ledger.db", b"tudang:contoh", secret, PHOTO[:32], b"manifest", PASSPHRASE.encode()):
        assert part not in data[14:]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_backup_in_clear_is_a_tar(house: House) -> None:
    """Said on purpose, it can be looked into by any tool."""
    made = back_up(house, passphrase=None)
    assert not made.encrypted
    assert inside(made)["keys.secret"] == (house.state / "keys.secret").read_bytes()


async def test_it_is_made_beside_a_running_bridge(house: House) -> None:
    """The ledger is being written and the key store is held: the copy is one whole state all the same."""
    keyring = SqliteKeyring(house.state / "keys.db")
    ledger = Ledger(house.state / "ledger.db")
    try:
        under_way = asyncio.Event()

        async def keep_writing() -> None:
            for number in range(300):
                if number == 5:
                    under_way.set()
                await ledger.write(lambda store, number=number: house.add(store, started(number)))  # type: ignore[misc]

        writing = asyncio.create_task(keep_writing())
        await under_way.wait()
        made = await asyncio.to_thread(back_up, house)
        await writing
    finally:
        ledger.close()
        keyring.close()
    copy = house.root / "copy.db"
    copy.write_bytes(inside(made)["ledger.db"])
    store = Store(sqlite_database(copy, read_only=True))
    head = verify_chain(store, "uji")
    store.close()
    assert (head.position, head.link.hex()) == (made.about.position, made.about.link)


def test_nothing_is_left_beside_it(house: House) -> None:
    """Plain copies and half a backup do not stay behind, and the state remembers the backup."""
    before = {path.name for path in house.state.iterdir()}
    made = back_up(house)
    # Whoever looks at a SQLite database in WAL mode leaves its two companions there.
    companions = {f"{name}.db-{what}" for name in ("ledger", "keys") for what in ("wal", "shm")}
    assert {path.name for path in house.state.iterdir()} - before - companions == {"last-backup.json"}
    assert list(made.path.parent.iterdir()) == [made.path]


def test_a_photo_that_the_archive_lost_is_listed(house: House) -> None:
    """The backup is made, says which one, and a restore says so again."""
    photo = hashlib.sha256(PHOTO).hexdigest()
    (house.state / "archive" / photo[:2] / photo).unlink()
    made = back_up(house)
    assert made.missing == (photo,)
    assert restore(lost(house), made.path).missing == (photo,)


def test_a_photo_that_the_disk_spoilt_is_listed(house: House) -> None:
    """It is kept as it is, but nobody takes it for whole."""
    photo = hashlib.sha256(PHOTO).hexdigest()
    (house.state / "archive" / photo[:2] / photo).write_bytes(b"spoilt")
    made = back_up(house)
    assert made.missing == (photo,)
    restore(lost(house), made.path)
    assert (house.state / "archive" / photo[:2] / photo).read_bytes() == b"spoilt"


def test_what_stands_there_is_never_written_over(house: House) -> None:
    """Neither a backup of before, nor is a folder made."""
    made = back_up(house)

    def make(out: Path) -> Made:
        return make_backup(house.settings, house.file, out, passphrase=PASSPHRASE, now=NOW, cost=CHEAP)

    assert refused(lambda: make(made.path)) == "backup.exists"
    assert refused(lambda: make(house.root / "nowhere" / "a")) == "backup.no_folder"


def test_a_forum_that_never_ran_has_nothing_to_back_up(tmp_path: Path) -> None:
    """A sentence, not an empty backup."""
    assert refused(lambda: back_up(House(tmp_path / "new"))) == "backup.no_ledger"


def test_a_full_disk_leaves_no_half_backup(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old ones stay, and nothing stands under the new name."""

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("bridge.admin.backup.os.fsync", full)
    assert refused(lambda: back_up(house)) == "backup.disk_full"
    assert list((house.root / "out").iterdir()) == []
    assert not list(house.state.glob(".backup-*"))
