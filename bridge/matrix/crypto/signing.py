"""Canonical JSON and signatures, as the specification's appendices define them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

from vodozemac import Ed25519PublicKey, Ed25519Signature

from bridge.model.event import Json

Signer = Callable[[bytes], str]
"""Signs bytes with an Ed25519 key; the signature in unpadded base64."""


def canonical(value: Json) -> bytes:
    """Canonical JSON. Raises ValueError for what has none (a lone surrogate)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def encode_base64(data: bytes) -> str:
    """Unpadded base64."""
    return base64.b64encode(data).decode().rstrip("=")


def decode_base64(text: str) -> bytes:
    """Base64, padded or not. Raises ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise ValueError("not base64") from bad


def signed(value: Json, user_id: str, key_id: str, sign: Signer) -> Json:
    """A copy of ``value`` with one more signature: ``key_id`` is `ed25519:...`."""
    signatures = {user: dict(keys) for user, keys in value.get("signatures", {}).items()}
    signatures.setdefault(user_id, {})[key_id] = sign(canonical(_signable(value)))
    return {**value, "signatures": signatures}


def is_signed(value: Json, user_id: str, key_id: str, public_key: str) -> bool:
    """Whether ``value`` carries a valid signature by this key of this user. False for any malformed input."""
    try:
        signature = Ed25519Signature.from_base64(value["signatures"][user_id][key_id])
        Ed25519PublicKey.from_base64(public_key).verify_signature(canonical(_signable(value)), signature)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return True


def _signable(value: Json) -> Json:
    return {key: part for key, part in value.items() if key not in ("signatures", "unsigned")}
