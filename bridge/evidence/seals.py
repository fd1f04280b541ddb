"""Whether a signed statement of origin (C2PA) that a file carries fits the file, where the library for it is there.

It is optional (`pip install 'tudang[c2pa]'`). Without it, and for files without such a statement, nothing is said.
That a statement fits means that neither it nor the file was changed after it was signed; who signed it is not
looked up, since anybody may sign with a certificate of their own, and no list of trusted ones is fetched: the
decoding process has no network.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from bridge.model.evidence import Sign

try:
    import c2pa
except Exception:  # a library that is not there, or does not fit this machine
    _reading: Any = None
else:
    _reading = c2pa

_MARK = b"c2pa"
"""Stands in every file that carries a statement: without it, the library never sees a stranger's bytes."""

_FITS = frozenset({"Valid", "Trusted"})
_SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


def signs(file: BinaryIO, mime: str, ends: bytes) -> tuple[Sign, ...]:
    """What the signature of a file's statement comes to; ``ends`` are the parts of it in which one would stand."""
    if _reading is None or _MARK not in ends:
        return ()
    try:
        context = _reading.Context.from_dict(_SETTINGS)
        file.seek(0)
        with _reading.Reader(mime, file, context=context) as reader:
            state = str(reader.get_validation_state())
    except Exception:  # parsers of hostile bytes raise everything; what cannot be read is not there
        return ()
    return (Sign.SIGNED,) if state in _FITS else (Sign.SEAL_BROKEN,)


def available() -> bool:
    """Whether signatures are looked at on this machine."""
    return _reading is not None
