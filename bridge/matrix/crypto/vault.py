"""Typed, encrypted records over the keyring, and steps: writes that belong together.

Every value is sealed with the secret key (XSalsa20-Poly1305), so that a copied database is worth nothing without
the key file. A :class:`Step` is read like the vault itself and committed in one transaction of the keyring. Nothing
awaits between opening a step and committing it: that is what keeps concurrent callers apart.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from bridge.model.ports import Keyring

Record = TypeVar("Record", bound=msgspec.Struct)
Name = tuple[str, ...]


class WrongKey(Exception):
    """The secret key does not open this store."""


class Vault:
    """Reads of one keyring with one secret key (32 bytes)."""

    def __init__(self, keyring: Keyring, secret_key: bytes) -> None:
        self._keyring = keyring
        self._box = SecretBox(secret_key)
        self.pickle_key = secret_key
        """For vodozemac's own pickles, which want a key as well."""

    def get(self, shape: type[Record], table: str, *key: str) -> Record | None:
        value = self._keyring.get(table, *key)
        return None if value is None else self._open(shape, value)

    def scan(self, shape: type[Record], table: str, *prefix: str) -> list[tuple[Name, Record]]:
        return [(key, self._open(shape, value)) for key, value in self._keyring.scan(table, *prefix)]

    def names(self, table: str, *prefix: str) -> list[Name]:
        """The keys of a scan, without opening the values."""
        return [key for key, _ in self._keyring.scan(table, *prefix)]

    def has(self, table: str, *key: str) -> bool:
        return self._keyring.get(table, *key) is not None

    def step(self) -> Step:
        return Step(self, self._keyring)

    def seal(self, record: msgspec.Struct) -> bytes:
        return bytes(self._box.encrypt(msgspec.msgpack.encode(record)))

    def _open(self, shape: type[Record], value: bytes) -> Record:
        try:
            return msgspec.msgpack.decode(self._box.decrypt(value), type=shape)
        except CryptoError as wrong:
            raise WrongKey("the secret key file does not belong to this key store") from wrong


class Step:
    """Writes that are committed together or not at all; its own reads see them already."""

    def __init__(self, vault: Vault, keyring: Keyring) -> None:
        self._vault = vault
        self._keyring = keyring
        self._puts: dict[str, dict[Name, msgspec.Struct]] = {}
        self._deletes: set[tuple[str, Name]] = set()

    def get(self, shape: type[Record], table: str, *key: str) -> Record | None:
        if (table, key) in self._deletes:
            return None
        pending = self._puts.get(table, {}).get(key)
        if pending is not None:
            return _checked(pending, shape)
        return self._vault.get(shape, table, *key)

    def scan(self, shape: type[Record], table: str, *prefix: str) -> list[tuple[Name, Record]]:
        rows = dict(self._vault.scan(shape, table, *prefix))
        for key, record in self._puts.get(table, {}).items():
            if key[: len(prefix)] == prefix:
                rows[key] = _checked(record, shape)
        return [(key, record) for key, record in rows.items() if (table, key) not in self._deletes]

    def put(self, record: msgspec.Struct, table: str, *key: str) -> None:
        self._deletes.discard((table, key))
        self._puts.setdefault(table, {})[key] = record

    def delete(self, table: str, *key: str) -> None:
        self._puts.get(table, {}).pop(key, None)
        self._deletes.add((table, key))

    def commit(self) -> None:
        """Write it all, durably; nothing to write costs nothing."""
        if any(self._puts.values()) or self._deletes:
            self._keyring.write(
                [
                    (table, key, self._vault.seal(record))
                    for table, rows in self._puts.items()
                    for key, record in rows.items()
                ],
                sorted(self._deletes),
            )
            self._puts.clear()
            self._deletes.clear()


def _checked(record: msgspec.Struct, shape: type[Record]) -> Record:
    if not isinstance(record, shape):
        raise TypeError(f"{type(record).__name__} where {shape.__name__} was asked for")
    return record


class Mark(msgspec.Struct, frozen=True):
    """A row whose being there says it all; ``at`` in milliseconds since the epoch."""

    at: int = 0
    note: str = ""
