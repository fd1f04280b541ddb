"""A stream that only a passphrase opens: argon2id makes the key, XChaCha20-Poly1305 seals chunk after chunk.

The file is a head (magic, version, argon2id's cost and salt, a check value, the stream's header) and then chunks
of 64 KiB, each with 17 bytes of its own; libsodium's secretstream binds their order, and the last one is marked as
the last. So a wrong passphrase, a changed byte and a missing end are told apart, and memory does not grow.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import BinaryIO

import msgspec
from nacl import bindings as sodium
from nacl.pwhash import argon2id

MAGIC = b"TUDANG-BACKUP\x01"
_HEAD = struct.Struct(">14sII16s16s24s")
HEAD = _HEAD.size
CHUNK = 64 * 1024
_SEALED = CHUNK + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_MOST_MEMORY = 1024 * 1024 * 1024
_MOST_ROUNDS = 20


class WrongPassphrase(Exception):
    """The passphrase does not open the file."""


class Damaged(Exception):
    """The file is not what was written. ``why``: `truncated`, `changed` or `longer`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Cost(msgspec.Struct, frozen=True):
    """What it costs to try one passphrase: rounds, and memory in bytes."""

    rounds: int = argon2id.OPSLIMIT_MODERATE
    memory: int = argon2id.MEMLIMIT_MODERATE


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins so was sealed with a passphrase."""
    return beginning.startswith(MAGIC)


def _keys(passphrase: str, salt: bytes, cost: Cost) -> tuple[bytes, bytes]:
    """The stream's key, and a value that shows a wrong passphrase before anything is read."""
    root = argon2id.kdf(32, passphrase.encode(), salt, opslimit=cost.rounds, memlimit=cost.memory)
    key = hashlib.blake2b(root, digest_size=32, person=b"tudang stream").digest()
    check = hashlib.blake2b(root, digest_size=16, person=b"tudang check").digest()
    return key, check


class Sealer:
    """A writer whose bytes leave sealed. Only after :meth:`close` is the file whole."""

    def __init__(self, out: BinaryIO, passphrase: str, *, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        salt = os.urandom(16)
        key, check = _keys(passphrase, salt, cost)
        self._out = out
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        self._bound: bytes | None = _HEAD.pack(MAGIC, cost.rounds, cost.memory, salt, check, header)
        self._waiting = bytearray()
        out.write(self._bound)

    def write(self, data: bytes) -> int:
        self._waiting += data
        # One chunk is always kept back: the last one is marked.
        while len(self._waiting) > CHUNK:
            self._push(bytes(self._waiting[:CHUNK]), sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal the end."""
        self._push(bytes(self._waiting), sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL)
        self._waiting.clear()

    def _push(self, chunk: bytes, tag: int) -> None:
        # The first chunk vouches for the head as well.
        bound, self._bound = self._bound, None
        self._out.write(sodium.crypto_secretstream_xchacha20poly1305_push(self._state, chunk, ad=bound, tag=tag))


class Opener:
    """A reader of what a :class:`Sealer` wrote. Raises :class:`WrongPassphrase` and :class:`Damaged`.

    What :meth:`read` returned is authentic, but only :meth:`finish` says that nothing is missing at the end.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise Damaged("truncated")
        _, rounds, memory, salt, check, header = _HEAD.unpack(head)
        if not (1 <= rounds <= _MOST_ROUNDS and 8192 <= memory <= _MOST_MEMORY):
            raise Damaged("changed")
        key, right = _keys(passphrase, salt, Cost(rounds, memory))
        if check != right:
            raise WrongPassphrase
        self._file = file
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)
        self._bound: bytes | None = head
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._pull()
        size = len(self._ready) if size < 0 else size
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    def finish(self) -> None:
        """Read to the end, whatever stands there."""
        while not self._ended:
            self._ready.clear()
            self._pull()

    def _pull(self) -> None:
        sealed = self._file.read(_SEALED)
        if not sealed:
            raise Damaged("truncated")
        bound, self._bound = self._bound, None
        try:
            chunk, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, sealed, ad=bound)
        except (RuntimeError, ValueError) as refused:
            # A chunk that is cut short does not open either: what stands at the end of the file was cut off.
            raise Damaged("truncated" if len(sealed) < _SEALED else "changed") from refused
        self._ready += chunk
        if tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL:
            self._ended = True
            if self._file.read(1):
                raise Damaged("longer")
