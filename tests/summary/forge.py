"""What somebody could do to a bundle: take it apart, change it, and put it together with or without a key.

A forger is assumed to have our own software: the zip is packed as we pack it, sums and signature are made as we
make them, so that a test shows the check that it is about and not a slip of the forger.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bridge.model import chain
from bridge.model.facts import AnyFact, Record
from bridge.summary import attest
from bridge.summary.derive import ATTESTATION, BAG_INFO, MANIFEST, RECORDS, TAG_MANIFEST
from bridge.summary.jsonl import read_lines, to_line
from bridge.summary.keys import SigningKey
from bridge.summary.stored_zip import Member, write_zip


@dataclass
class Forged:
    """A bundle in pieces; names are those inside the bag."""

    folder: str
    files: dict[str, bytes]
    name: str

    @staticmethod
    def of(path: Path) -> Forged:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            files = {name.split("/", 1)[1]: archive.read(name) for name in names}
        return Forged(names[0].split("/", 1)[0], files, path.name)

    def find(self, start: str, end: str = "") -> str:
        """The first file whose name begins and ends so."""
        return next(name for name in sorted(self.files) if name.startswith(start) and name.endswith(end))

    def replace(self, name: str, old: bytes, new: bytes) -> Forged:
        assert old in self.files[name]
        self.files[name] = self.files[name].replace(old, new, 1)
        return self

    def records(self) -> list[Record]:
        return list(read_lines([self.files[RECORDS]]))

    def put(self, records: list[Record]) -> Forged:
        self.files[RECORDS] = b"".join(map(to_line, records))
        return self

    def facts(self) -> list[AnyFact]:
        return [chain.decode(record.body) for record in self.records() if record.body is not None]

    def sums(self) -> Forged:
        """Make both manifests and the Payload-Oxum fit the files."""
        payload = [name for name in self.files if name.startswith("data/")]
        info = self.files[BAG_INFO].splitlines(keepends=True)
        oxum = f"Payload-Oxum: {sum(len(self.files[name]) for name in payload)}.{len(payload)}\n".encode()
        self.files[BAG_INFO] = b"".join(oxum if line.startswith(b"Payload-Oxum") else line for line in info)
        self.files[MANIFEST] = self._manifest(payload)
        outside = {*payload, MANIFEST, TAG_MANIFEST, ATTESTATION}
        self.files[TAG_MANIFEST] = self._manifest([*(n for n in self.files if n not in outside), MANIFEST])
        return self

    def _manifest(self, names: list[str]) -> bytes:
        lines = (f"{hashlib.sha256(self.files[name]).hexdigest()}  {name}\n" for name in sorted(names))
        return "".join(lines).encode()

    def sign(self, key: SigningKey, **changes: object) -> Forged:
        """Sign whatever is there; ``changes`` go into the predicate."""
        envelope = msgspec.json.decode(self.files[ATTESTATION], type=attest.Envelope)
        old = msgspec.json.decode(base64.b64decode(envelope.payload), type=attest.Statement)
        subjects = tuple(
            attest.Subject(name, attest.Digest(hashlib.sha256(data).hexdigest()))
            for name, data in sorted(self.files.items())
            if name != ATTESTATION
        )
        said = msgspec.structs.replace(
            old, subject=subjects, predicate=msgspec.structs.replace(old.predicate, **changes)
        )
        self.files[ATTESTATION] = attest.envelope_bytes(said, key)
        return self

    def write(self, out: Path, name: str | None = None) -> Path:
        """Pack it as Tudang packs."""
        out.mkdir(parents=True, exist_ok=True)
        path = out / (name or self.name)
        members = [Member.of_bytes(f"{self.folder}/{name}", data) for name, data in sorted(self.files.items())]
        with path.open("wb") as file:
            write_zip(file, members)
        return path
