"""A deployment on disk without a homeserver: settings, policy, roster, a ledger with records, keys, an archive."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from bridge.ledger import forums, meta, record, restored
from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.crypto.inbound import RoomKey
from bridge.matrix.crypto.vault import Mark, Vault
from bridge.matrix.login import Credentials
from bridge.matrix.trust import Identity, Standing
from bridge.model import facts as f
from bridge.model.situation import Outcome
from bridge.settings import Settings, load_settings
from bridge.summary.keys import load_or_make_key

NOW = 1_795_129_200_000
"""Friday 20 November 2026, 07.00 in Makassar."""

BOT = "@tudang:contoh.id"
ROOM = "!forum:contoh.id"
CONTROL = "!kendali:contoh.id"
TOKEN = "syt_rahasia_sekali"
DEVICE = "LAMA"
SEEDS = (b"m" * 32, b"s" * 32, b"u" * 32)
PHOTO = b"\xff\xd8 a photo" * 1000

POLICY = "forum:\n  name: Forum Uji\n  language: {language}\n  timezone: Asia/Makassar\nstage: enforce\n"
ROSTER = """units:
  - {id: dlh, name: Dinas Lingkungan Hidup, short: DLH}
persons:
  - {id: bupati, name: Bupati Contoh, identifiers: [{matrix: "@bupati:contoh.id"}]}
  - {id: ahli, name: Ahli Contoh, identifiers: [{matrix: "@ahli:contoh.id"}]}
  - {id: dlh, name: Kepala Contoh, identifiers: [{matrix: "@dlh:contoh.id"}]}
offices:
  - {person: dlh, role: head, unit: dlh, from: 2025-01-01}
  - {person: bupati, role: leader, from: 2025-01-01}
  - {person: ahli, role: expert, from: 2025-01-01}
"""


class House:
    """One deployment in ``root``; nothing in it runs."""

    def __init__(self, root: Path, *, language: str = "en") -> None:
        self.root = root
        self.file = root / "bridge.yaml"
        config = root / "config"
        config.mkdir(parents=True)
        (config / "policy.yaml").write_text(POLICY.format(language=language), encoding="utf-8")
        (config / "roster.yaml").write_text(ROSTER, encoding="utf-8")
        (root / "password").write_text("rahasia\n", encoding="utf-8")
        self.file.write_text(
            f"""homeserver:
  url: http://127.0.0.1:9
  user: "{BOT}"
  password_file: password
state: state
config: config
forum:
  id: uji
  rooms: {{forum: "{ROOM}", control: "{CONTROL}"}}
web: {{port: 0}}
""",
            encoding="utf-8",
        )

    @property
    def settings(self) -> Settings:
        """The settings, read anew."""
        return load_settings(self.file)

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.root / "state"

    def run_once(self, *, records: int = 3) -> None:
        """What a bridge that ran leaves behind."""
        self.state.mkdir(mode=0o700)
        self.write_ledger(records)
        self.write_keys()
        credentials = Credentials("http://127.0.0.1:9", BOT, DEVICE, TOKEN)
        self.private("session.json", msgspec.json.encode(credentials))
        load_or_make_key(self.state / "signing.key", lambda size: b"k" * size)
        self.archive(PHOTO)

    def private(self, name: str, data: bytes) -> Path:
        """A file of the state directory that only its owner may read."""
        path = self.state / name
        path.touch(0o600)
        path.write_bytes(data)
        return path

    def archive(self, data: bytes) -> Path:
        """A file in the archive."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.state / "archive" / sha256[:2] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def open_ledger(self) -> Store:
        """The ledger, to be written by a test."""
        store = Store(sqlite_database(self.state / "ledger.db"))
        migrate(store)
        return store

    def write_ledger(self, records: int) -> None:
        """A ledger whose photo is the evidence of a report."""
        store = self.open_ledger()
        store.begin()
        forums.ensure(store, "uji", "enforce", False)
        meta.put(store, "token", "s1_1")
        meta.put(store, "synced", str(NOW))
        for number in range(1, records + 1):
            self.add(store, started(number))
        photo = f.EvidenceJudged(
            event="$foto", verdict="ok", sha256=hashlib.sha256(PHOTO).hexdigest(), archived=True, at=NOW
        )
        self.add(store, photo)
        store.commit()
        store.close()

    @staticmethod
    def add(store: Store, fact: f.AnyFact) -> None:
        """Record a fact."""
        record.record(store, "uji", Outcome(facts=[fact]), now=NOW, cause="test", letters=frozenset("PLKRA"))

    def write_keys(self) -> None:
        """Keys of every kind."""
        keyring = SqliteKeyring(self.state / "keys.db")
        vault = Vault(keyring, secret_key(self.state / "keys.secret"))
        step = vault.step()
        step.put(Identity(*SEEDS), "identity", BOT, "seeds")
        step.put(Standing(True), "identity", BOT, "standing", DEVICE)
        step.put(RoomKey("pickle", "curve", "ed"), "inbound", ROOM, "session/1", "@bupati:contoh.id")
        for table in ("account", "olm", "outbound", "audience", "owing", "device", "seen", "epoch", "wedged"):
            step.put(Mark(NOW, f"secret of {table}"), table, BOT, DEVICE)
        step.commit()
        keyring.close()

    def come_back_mark(self) -> restored.ComingBack | None:
        """What the ledger remembers of being a copy."""
        store = Store(sqlite_database(self.state / "ledger.db", read_only=True))
        try:
            return restored.marked(store)
        finally:
            store.close()


def started(number: int) -> f.Started:
    """A fact like any other."""
    return f.Started(version=str(number), at=NOW)
