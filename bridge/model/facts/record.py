"""The line of the ledger that holds a fact."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True):
    """One line of a forum's ledger as stored and exported.

    ``body`` is the canonical JSON of the fact: keys sorted, no spaces, UTF-8, without the salt. The content hash
    is ``SHA-256(salt || body)`` with a salt of 16 random bytes, so that a destroyed content cannot be guessed back
    from its hash. The chain is ``link[n] = SHA-256(link[n-1] || position (8 bytes, big-endian) || kind (UTF-8) ||
    0x00 || content hash)`` with 32 zero bytes before the first record. ``body`` is None when its retention ended
    and the content was destroyed; the chain still verifies.
    """

    position: int
    kind: str
    at: int
    body: bytes | None
    salt: bytes | None
    content_hash: bytes
    link: bytes
