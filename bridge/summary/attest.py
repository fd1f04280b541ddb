"""The signature: a DSSE envelope (v1) around an in-toto Statement (v1), signed with Ed25519.

The statement's subjects are all files of the bag but the envelope itself, its predicate names the week and the
heads of the chain. The signature is over the pre-authentication encoding, never over the JSON of the envelope.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import msgspec

from bridge.summary.derive import LAYOUT
from bridge.summary.keys import SigningKey, fingerprint, signature_holds
from bridge.summary.stored_zip import Member
from bridge.summary.week import Week

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:tudang:week:v1"


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    digest: Digest


class HeadOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    position: int
    link: str


class Predicate(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    week: str
    forum: str
    previous: HeadOf
    cut: HeadOf
    count: int
    layout: int


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"type_": "_type"}):
    type_: str
    subject: tuple[Subject, ...]
    predicateType: str  # noqa: N815
    predicate: Predicate


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payloadType: str  # noqa: N815
    payload: str
    signatures: tuple[Signature, ...]


class BadEnvelope(Exception):
    """``why``: `form` (no envelope with one signature) or `wrong` (the signature does not hold)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def predicate(week: Week) -> Predicate:
    """What is said about the files: the week and its stretch of the chain."""
    return Predicate(
        week=week.seal.week,
        forum=week.seal.forum_name,
        previous=HeadOf(week.opening.position, week.opening.link.hex()),
        cut=HeadOf(week.cut.position, week.cut.link.hex()),
        count=week.count,
        layout=LAYOUT,
    )


def statement(week: Week, members: Iterable[Member]) -> Statement:
    """The statement about these files, sorted by name."""
    subjects = sorted((member.name, member.sha256) for member in members)
    return Statement(
        STATEMENT_TYPE,
        tuple(Subject(name, Digest(digest)) for name, digest in subjects),
        PREDICATE_TYPE,
        predicate(week),
    )


def envelope_bytes(said: Statement, key: SigningKey) -> bytes:
    """The signed envelope; the same bytes for the same statement and key."""
    payload = msgspec.json.encode(said)
    signature = Signature(
        key.fingerprint.replace(" ", ""), base64.b64encode(key.sign(pae(PAYLOAD_TYPE, payload))).decode()
    )
    envelope = Envelope(PAYLOAD_TYPE, base64.b64encode(payload).decode(), (signature,))
    return msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n"


def open_envelope(data: bytes, public: bytes) -> Statement:
    """The statement of an envelope whose signature holds under ``public``. Raises :class:`BadEnvelope`."""
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
        payload = base64.b64decode(envelope.payload, validate=True)
        (signature,) = envelope.signatures
        signed = base64.b64decode(signature.sig, validate=True)
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError) as error:
        raise BadEnvelope("form") from error
    if envelope.payloadType != PAYLOAD_TYPE:
        raise BadEnvelope("form")
    if signature.keyid != fingerprint(public).replace(" ", ""):
        raise BadEnvelope("wrong")
    if not signature_holds(public, pae(envelope.payloadType, payload), signed):
        raise BadEnvelope("wrong")
    try:
        return msgspec.json.decode(payload, type=Statement)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadEnvelope("form") from error
