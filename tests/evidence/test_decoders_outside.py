"""What strangers' files are read with is no part of the bridge itself: only of the processes behind a fence."""

from __future__ import annotations

import subprocess
import sys

DECODERS = ("av", "pillow_heif", "pdqhash", "bridge.evidence.picture", "bridge.evidence.video")
SELDOM = ("typst", "xlsxwriter", "bridge.summary.export")
"""What is needed once a week or less, and held from the start would be a tenth of the memory."""


def test_the_running_bridge_holds_no_decoder_and_nothing_that_is_seldom_needed() -> None:
    asked = f"import sys, bridge.service; print(*[one for one in {DECODERS + SELDOM} if one in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []
