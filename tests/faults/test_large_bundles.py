"""A bundle that does not fit: the audit room is told how to get it, whoever says that it is too large."""

from __future__ import annotations

import pytest

from bridge.model.effects import PostBundle
from tests.faults.house import House


@pytest.mark.parametrize("who", ["the homeserver's limit", "the homeserver's answer", "a proxy before it"])
async def test_a_bundle_that_does_not_fit_is_not_given_up(house: House, who: str) -> None:
    """Without an address for links the room hears which command fetches the bundle; nothing is posted twice."""
    process = await house.start()
    await process.settle()
    if who == "the homeserver's limit":
        house.fake.upload_limit = 3
    elif who == "the homeserver's answer":
        house.fake.fail("PUT */upload/*", "status", status=413, errcode="M_TOO_LARGE")
    else:
        house.fake.fail("PUT */upload/*", "html", status=413)
    await process.want(PostBundle(room=house.rooms["audit"], week="2026-W47", ref="bundle"))
    for _ in range(3):
        await process.settle()
        house.clock.advance(61)
    bodies = [call.json()["body"] for call in house.fake.calls_to("PUT */send/*")]
    told = [body for body in bodies if "tudang export --week 2026-W47" in body]
    assert len(told) == 1
    assert len(house.fake.calls_to("PUT */upload/*")) == (0 if who == "the homeserver's limit" else 1)
