"""Restoring: what comes back, each way in which a restore is refused, and a new device."""

from __future__ import annotations

import hashlib
import io
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.admin.backup import Made
from bridge.admin.restore import become_new_device
from bridge.admin.vessel import CHUNK, HEAD, Sealer
from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.crypto.inbound import RoomKey
from bridge.matrix.crypto.vault import Vault
from bridge.matrix.trust import Identity
from tests.admin.backups import CHEAP, PASSPHRASE, back_up, inside, lost, refused, restore
from tests.admin.house import BOT, DEVICE, NOW, PHOTO, ROOM, SEEDS, House

# Coming back


def test_a_restore_brings_everything_back(house: House) -> None:
    """Byte for byte, private, and marked as a state that comes back."""
    made = back_up(house)
    done = restore(lost(house), made.path)
    state, before = house.state, house.root / "lost"
    for name in ("keys.secret", "signing.key", "fingerprint"):
        assert (state / name).read_bytes() == (before / name).read_bytes()
    photo = hashlib.sha256(PHOTO).hexdigest()
    assert (state / "archive" / photo[:2] / photo).read_bytes() == PHOTO
    assert not (state / "session.json").exists()
    for path in state.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert done.media == 1
    coming = house.come_back_mark()
    assert coming is not None
    assert (coming.why, coming.device, coming.since, coming.position) == ("backup", DEVICE, NOW, 4)


def test_the_identity_and_old_sessions_open_after_a_restore(house: House) -> None:
    """The same seeds under the same secret, and the inbound sessions."""
    made = back_up(house)
    restore(lost(house), made.path)
    keyring = SqliteKeyring(house.state / "keys.db")
    vault = Vault(keyring, secret_key(house.state / "keys.secret"))
    assert vault.get(Identity, "identity", BOT, "seeds") == Identity(*SEEDS)
    assert vault.get(RoomKey, "inbound", ROOM, "session/1", "@bupati:contoh.id") == RoomKey("pickle", "curve", "ed")
    keyring.close()


def test_what_was_on_its_way_counts_as_tried(house: House) -> None:
    """After a copy nobody knows whether it was sent: it is looked for before it is sent again."""
    store = house.open_ledger()
    store.run(
        "INSERT INTO outbox (id, forum, lane, room, effect, ref, merge, state, txn, device, cause, created,"
        " not_before, attempts, reserved, error)"
        " VALUES (1,'uji',2,'!r','{}','','','waiting','t1','','c',77,0,0,'','')"
    )
    store.close()
    made = back_up(house)
    restore(lost(house), made.path)
    store = Store(sqlite_database(house.state / "ledger.db", read_only=True))
    assert store.all("SELECT first_try, device FROM outbox") == [(77, "lost")]
    store.close()


def test_policy_and_roster_come_back_where_they_are_missing(house: House) -> None:
    """What an admin wrote since is never written over; the other version stands beside the state."""
    made = back_up(house)
    config = house.root / "config"
    (config / "roster.yaml").unlink()
    (config / "policy.yaml").write_text("forum: {name: Lain}\n", encoding="utf-8")
    done = restore(lost(house), made.path)
    assert done.written == (str(config / "roster.yaml"),)
    assert done.differing == (str(config / "policy.yaml"),)
    assert (config / "policy.yaml").read_text(encoding="utf-8") == "forum: {name: Lain}\n"
    assert "Forum Uji" in (house.state / "restored-config" / "policy.yaml").read_text(encoding="utf-8")


def test_without_media_says_so(house: House) -> None:
    """The small nightly backup: everything but photos."""
    made = back_up(house, media=False)
    assert not [name for name in inside(made) if name.startswith("archive/")]
    done = restore(lost(house), made.path)
    assert (done.about.media, done.media) == (False, 0)


def test_an_empty_state_folder_will_do(house: House) -> None:
    """A folder that an installer made beforehand."""
    made = back_up(house)
    lost(house).state.mkdir()
    restore(house, made.path)
    assert (house.state / "ledger.db").exists()


# Refusals: one sentence, and nothing half restored


def nothing_restored(house: House) -> bool:
    return not house.state.exists() and not list(house.root.glob(".state*"))


def test_a_state_that_is_not_empty_is_refused(house: House) -> None:
    """Even one file is somebody's."""
    made = back_up(house)
    lost(house).state.mkdir()
    (house.state / "catatan.txt").write_text("penting")
    assert refused(lambda: restore(house, made.path)) == "restore.not_empty"
    assert [path.name for path in house.state.iterdir()] == ["catatan.txt"]


@pytest.mark.parametrize(
    ("passphrase", "key"), [("salah sama sekali", "restore.wrong_passphrase"), (None, "restore.needs_passphrase")]
)
def test_a_wrong_passphrase_restores_nothing(house: House, passphrase: str | None, key: str) -> None:
    """Nor does none."""
    made = back_up(house)
    assert refused(lambda: restore(lost(house), made.path, passphrase)) == key
    assert nothing_restored(house)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_truncated_backup_restores_nothing(house: House, encrypted: bool, part: float) -> None:
    """Half a download."""
    made = back_up(house, passphrase=PASSPHRASE if encrypted else None)
    data = made.path.read_bytes()
    # A tar ends with empty blocks that nobody misses.
    content = len(data) if encrypted else len(data.rstrip(b"\0"))
    made.path.write_bytes(data[: int(content * part)])
    assert refused(lambda: restore(lost(house), made.path)) == "restore.truncated"
    assert nothing_restored(house)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_flipped_byte_restores_nothing(house: House, encrypted: bool, part: float) -> None:
    """A bad disk, or somebody's hand."""
    made = back_up(house, passphrase=PASSPHRASE if encrypted else None)
    data = bytearray(made.path.read_bytes())
    expected = {"restore.changed", "restore.ledger_broken", "restore.other_user", "restore.other_forum"}
    if encrypted:
        at = int(len(data) * part)
        data[at] ^= 1
        # The last chunk is a short one: whether it was cut or changed cannot be told, and the sentence says both.
        last = (len(data) - HEAD) // (CHUNK + 17) * (CHUNK + 17) + HEAD
        expected = {"restore.truncated" if at >= last else "restore.changed"}
    else:
        # In the clear, only bytes of files are looked for here: between two of them there is padding.
        with tarfile.open(made.path) as tar:
            members = [member for member in tar if member.size > 100]
        member = members[int(len(members) * part)]
        data[member.offset_data + member.size // 2] ^= 1
    made.path.write_bytes(bytes(data))
    assert refused(lambda: restore(lost(house), made.path)) in expected
    assert nothing_restored(house)


def test_another_file_is_no_backup(house: House) -> None:
    """Nor is one that is not there."""
    other = house.root / "foto.jpg"
    other.write_bytes(PHOTO)
    assert refused(lambda: restore(lost(house), other)) == "restore.no_backup_file"
    assert refused(lambda: restore(house, house.root / "tidak-ada")) == "restore.no_backup"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [("id: uji", "id: lain", "restore.other_forum"), ("@tudang:", "@lain:", "restore.other_user")],
)
def test_another_forums_backup_is_refused(house: House, old: str, new: str, key: str) -> None:
    """Two forums of one agency are easily mixed up."""
    made = back_up(house)
    house.file.write_text(house.file.read_text().replace(old, new))
    assert refused(lambda: restore(lost(house), made.path)) == key
    assert nothing_restored(house)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("UPDATE fact SET body = X'7b7d' WHERE position = 2", "restore.chain_broken"),
        ("UPDATE fact SET body = 'a text' WHERE position = 2", "restore.chain_broken"),
        ("DELETE FROM fact WHERE position = 2", "restore.chain_broken"),
        ("UPDATE meta SET value = '99' WHERE name = 'schema'", "restore.ledger_broken"),
    ],
)
def test_a_backup_of_a_changed_ledger_is_refused(house: House, change: str, key: str) -> None:
    """The chain is verified before it is trusted again."""
    store = house.open_ledger()
    store.run(change)
    store.close()
    made = back_up(house)
    assert refused(lambda: restore(lost(house), made.path)) == key
    assert nothing_restored(house)


def tampered(made: Made, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A backup that somebody who knows the passphrase has put together anew."""
    held = inside(made)
    change(held)
    plain = io.BytesIO()
    with tarfile.open(mode="w|", fileobj=plain, format=tarfile.PAX_FORMAT) as tar:
        for name, data in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    path = made.path.with_name("tampered")
    with path.open("wb") as file:
        sealer = Sealer(file, PASSPHRASE, cost=CHEAP)
        sealer.write(plain.getvalue())
        sealer.close()
    return path


@pytest.mark.parametrize("name", ["../escape", "/tmp/escape", "keys.db-wal", "archive/ab/short", "bin/tudang"])
def test_only_known_names_are_unpacked(house: House, name: str) -> None:
    """A backup from elsewhere cannot put a file anywhere else."""

    def add(held: dict[str, bytes]) -> None:
        end = held.pop("manifest.json")
        held[name] = b"x"
        held["manifest.json"] = end

    path = tampered(back_up(house), add)
    assert refused(lambda: restore(lost(house), path)) == "restore.changed"
    assert nothing_restored(house)
    assert not (house.root / "escape").exists()


def test_a_file_that_the_list_does_not_have_is_refused(house: House) -> None:
    """The list says what there was, in its order."""

    def swap(held: dict[str, bytes]) -> None:
        held["keys.secret"] = b"x" * 32

    path = tampered(back_up(house), swap)
    assert refused(lambda: restore(lost(house), path)) == "restore.changed"
    assert nothing_restored(house)


# A new device


def test_a_new_device_keeps_identity_and_old_sessions(house: House) -> None:
    """Everything of the lost device goes, and the ledger looks at what was on its way."""
    old = become_new_device(house.settings)
    assert old is not None
    assert old.device_id == DEVICE
    assert not (house.state / "session.json").exists()
    keyring = SqliteKeyring(house.state / "keys.db")
    assert sorted(keyring.tables()) == ["identity", "inbound"]
    keyring.close()
    coming = house.come_back_mark()
    assert coming is not None
    assert (coming.why, coming.device) == ("device", DEVICE)


def test_a_new_device_before_the_first_start_keeps_what_the_restore_noted(house: House) -> None:
    """The record still knows how much of it was lost."""
    made = back_up(house)
    restore(lost(house), made.path)
    become_new_device(house.settings)
    coming = house.come_back_mark()
    assert coming is not None
    assert (coming.why, coming.position) == ("backup", 4)


def test_a_running_bridge_keeps_its_device(house: House) -> None:
    """Nothing is taken from under it."""
    keyring = SqliteKeyring(house.state / "keys.db")
    try:
        assert refused(lambda: become_new_device(house.settings)) == "device.in_use"
    finally:
        keyring.close()
    assert (house.state / "session.json").exists()
    assert house.come_back_mark() is None
