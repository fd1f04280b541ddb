"""Old bundles must verify with new software: what a layout makes of given records may not change."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bridge.summary.derive import LAYOUT
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from tests.summary import history, story
from tests.summary.forge import Forged

MADE = {
    ("id", 10): "ad39a36a432f5b16d80a66797cd1d865016bb5474485f36671c3ff7f51aa998e",
    ("en", 10): "ad065ee8fe303f5e396d72952b78e999a40963f37500381802da2a9122813b73",
}
"""SHA-256 over the files of the story's weeks 47 and 48, the schema and the signature excepted."""


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_same_layout_makes_the_same_files(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, bundles that were published no longer verify: raise LAYOUT, or undo the change.

    A new version of XlsxWriter, Babel or the time zones can be the cause as well as a changed word.
    """
    monkeypatch.setattr(story, "picture", lambda seed, words="": f"photo {seed} {words}".encode())
    ledger = story.soppeng(language)
    digest = hashlib.sha256()
    for week in ("2026-W47", "2026-W48"):
        done = export_week(history.Shelf(ledger), week, ledger.media, SigningKey(bytes(32)), tmp_path)
        bundle = Forged.of(done.path)
        left_out = ("records.schema.json", "attestation.dsse.json", "bag-info.txt", "-sha256.txt")
        for name, data in sorted(bundle.files.items()):
            if not name.endswith(left_out):
                digest.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    assert digest.hexdigest() == MADE[language, LAYOUT]
