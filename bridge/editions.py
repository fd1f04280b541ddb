"""An admin's files beside those in force: their numbers, what differs, and what the rules are told of them.

The running bridge takes an edition into force, `tudang policy plan` only looks at one: both make it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.forum.files import FileNews
from bridge.lang.roles import load_role_names
from bridge.ledger.forums import Kept
from bridge.model.clock import moment
from bridge.policy import plan
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration, Source, load_sources
from bridge.policy.problems import Refused
from bridge.policy.stamp import author_of

KINDS = ("policy", "roster")
"""In the order in which they take force."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Two files under the numbers that they have or would be given."""

    configuration: Configuration
    news: tuple[FileNews, ...]
    """One for each file that is new; empty when both are in force as they are."""
    roster_before: bytes | None
    """The text of the roster that was in force before this one."""

    @property
    def versions(self) -> Mapping[str, int]:
        """The number of each file."""
        return {"policy": self.configuration.policy.version, "roster": self.configuration.roster.version}


def edition_of(kept: Mapping[str, Kept], configuration: Configuration, now: int) -> Edition:
    """Compare files that were read and checked with the versions of a forum, at ``now`` (ms).

    A version whose taking force was never recorded, as the bridge was killed just then, is new once more.
    """
    versions, old = {}, {}
    new = []
    for what in KINDS:
        one = kept[what]
        same = one.sha256 == configuration.digests[what] and one.version > 0
        versions[what] = one.version if same else one.version + 1
        is_new = not same or one.version > one.recorded
        if is_new:
            new.append(what)
        old[what] = one.text if not same or not is_new else one.before
    numbered = configuration.numbered(versions["policy"], versions["roster"])
    differences = _differences(old["policy"], old["roster"], numbered, now)
    language = configuration.policy.forum.language
    news = tuple(
        FileNews(
            what=what,
            version=versions[what],
            sha256=configuration.digests[what],
            author=author_of(configuration.texts[what]),
            changes=tuple(one.text(language) for one in differences if one.file == what),
            settles=what == new[-1],
        )
        for what in new
    )
    before = kept["roster"].before if versions["roster"] == kept["roster"].version else kept["roster"].text or None
    return Edition(numbered, news, before)


def _differences(
    policy: bytes | None, roster: bytes | None, new: Configuration, now: int
) -> tuple[plan.Difference, ...]:
    """What differs from two files that were in force; nothing is known of what today's rules cannot read."""
    if not policy or not roster:
        return ()
    try:
        old = load_sources(Source(POLICY_NAME, policy), Source(ROSTER_NAME, roster))
    except Refused:
        return ()
    return plan.plan(old, new, moment(now), load_role_names(new.policy.forum.language))
