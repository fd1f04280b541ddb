"""Weekly bundles with changed bytes, by somebody without the key and by somebody who has it: never intact."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.summary.derive import ATTESTATION, SCHEMA
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from bridge.summary.verify import FAULTY, INTACT, verify
from tests.fuzz.accidents import Accident, accidents, after
from tests.fuzz.cases import share
from tests.fuzz.table import MEMORY
from tests.summary.forge import Forged
from tests.summary.history import Shelf
from tests.summary.story import soppeng

KEY = SigningKey(b"a key of the bridge in a fuzz...")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where bundles lie; in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="tudang-bundles-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def bundle(folder: Path) -> Path:
    """A week of the story."""
    ledger = soppeng()
    return export_week(Shelf(ledger), "2026-W47", ledger.media, KEY, folder).path


def refused(path: Path) -> None:
    """Not intact, in one sentence."""
    verdict = verify(path, known=KEY.fingerprint)
    assert verdict.code == FAULTY, verdict
    assert verdict.fault
    assert verdict.sentence and "\n" not in verdict.sentence and "Traceback" not in verdict.sentence


def test_changed_bytes_of_the_file(bundle: Path, folder: Path) -> None:
    """Any bytes of the zip itself."""
    honest = bundle.read_bytes()
    assert verify(bundle, known=KEY.fingerprint).code == INTACT
    path = folder / "changed" / bundle.name
    path.parent.mkdir()

    @given(accidents)
    @share(0.07)
    def case(done: list[Accident]) -> None:
        data = after(honest, done)
        path.write_bytes(data)
        if data == honest:
            assert verify(path, known=KEY.fingerprint).code == INTACT
        else:
            refused(path)

    case()


def test_changed_bytes_of_a_file_in_it(bundle: Path, folder: Path) -> None:
    """A file in the bundle, packed again as we pack; with sums and signature made anew, or not."""
    honest = Forged.of(bundle)
    names = [name for name in sorted(honest.files) if honest.files[name]]

    @given(st.sampled_from(names), accidents, st.sampled_from(("as it is", "sums", "signed")))
    @share(0.02)
    def case(name: str, done: list[Accident], how: str) -> None:
        forged = Forged(honest.folder, dict(honest.files), honest.name)
        forged.files[name] = after(forged.files[name], done)
        if forged.files[name] == honest.files[name]:
            return
        if how != "as it is" and name != ATTESTATION:
            forged.sums()
            if how == "signed":
                forged.sign(KEY)
            if forged.files == honest.files:
                return
        path = forged.write(folder / "inside")
        if name == SCHEMA and how == "signed":
            # By design: whoever signs may describe the records by a schema of another version, which is told.
            verdict = verify(path, known=KEY.fingerprint)
            assert any(SCHEMA in detail for detail in verdict.details)
        else:
            refused(path)

    case()
