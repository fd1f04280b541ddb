"""How many cases: some hundreds over all tests of this folder, or as many as `TUDANG_FUZZ_CASES` says.

    TUDANG_FUZZ_CASES=100000 scripts/test tests/fuzz --hypothesis-seed=20261124 --hypothesis-show-statistics

A case is one example of hypothesis: one sync response, one file, one exchange of messages. Cheap tests get more of
them than dear ones. README.md of this folder says when it was run whole, and what came of it.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

IN_THE_SUITE = 500
TOTAL = int(os.environ.get("TUDANG_FUZZ_CASES", IN_THE_SUITE))


def share(part: float) -> settings:
    """Settings for a test that gets this part of all cases; the parts of the folder add up to 1."""
    return settings(
        max_examples=max(1, round(TOTAL * part)),
        deadline=None,
        # What failed is told with its seed; explaining it costs minutes and says little about hostile bytes.
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
