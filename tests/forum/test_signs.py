"""Signs of pictures: what the policy asks for is noticed, and honest photos have none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bridge.forum import signs
from bridge.model.evidence import Inspection, Sign, Verdict
from bridge.model.situation import AlikePicture
from bridge.policy.pictures import Checks

ZONE = ZoneInfo("Asia/Makassar")
NOON = datetime(2026, 11, 20, 12, tzinfo=ZONE)
BOX = ((-4.0, 119.7), (-4.0, 120.1), (-4.5, 120.1), (-4.5, 119.7))
HONEST = Inspection(
    verdict=Verdict.OK,
    sha256="a" * 64,
    size=300_000,
    mime="image/jpeg",
    width=1600,
    height=1200,
    taken_at="2026-11-20T11:58:00",
    position=(-4.35, 119.88),
)


def noticed(
    checks: Checks | None = None, alike: AlikePicture | None = None, seen: Mapping[str, object] | None = None
) -> tuple[Sign, ...]:
    inspection = msgspec.structs.replace(HONEST, **(seen or {}))
    return signs.noticed(inspection, checks or Checks(area=BOX), received=NOON, zone=ZONE, alike=alike)


def test_an_honest_photo_has_no_sign() -> None:
    """Nor has one of which nothing is known, as most clients send them."""
    assert noticed() == ()
    assert noticed(seen={"taken_at": None, "position": None}) == ()


@pytest.mark.parametrize(
    ("seen", "sign"),
    [
        ({"width": 639, "height": 480}, Sign.SMALL),
        ({"taken_at": "2026-11-18T11:59:00"}, Sign.OLD),
        ({"taken_at": "2026-11-20T15:01:00"}, Sign.FUTURE),
        ({"position": (-5.1, 119.4)}, Sign.OUTSIDE),
        ({"signs": (Sign.SCREENSHOT,)}, Sign.SCREENSHOT),
    ],
)
def test_each_is_noticed_and_can_be_switched_off(seen: dict[str, object], sign: Sign) -> None:
    """Its name is the option's."""
    assert noticed(seen=seen) == (sign,)
    assert noticed(Checks.model_validate({"area": BOX, sign.value: "off"}), seen=seen) == ()


@pytest.mark.parametrize(
    ("taken_at", "offset", "expected"),
    [
        ("2026-11-20T14:00:00", "", ()),  # a clock two hours ahead
        ("2026-11-20T14:00:00", "+09:00", ()),
        ("2026-11-20T09:00:00", "+00:00", (Sign.FUTURE,)),  # 17.00 in Makassar
        ("2026-11-18T13:00:00", "", ()),
        ("2026-11-18T13:00:00", "+14:00", (Sign.OLD,)),
        ("2026-11-20T14:00:00", "+99:99", ()),
        ("0001-01-01T00:00:00", "+14:00", (Sign.OLD,)),
        ("9999-12-31T23:59:59", "-12:00", (Sign.FUTURE,)),
    ],
)
def test_a_cameras_time_is_read_in_its_own_zone_or_the_forums(
    taken_at: str, offset: str, expected: tuple[Sign, ...]
) -> None:
    """A clock that is set a little wrong is no sign, and no time is too strange to be read."""
    assert noticed(seen={"taken_at": taken_at, "taken_offset": offset}) == expected


def test_old_is_what_the_policy_says() -> None:
    """A day instead of two."""
    strict = Checks(area=BOX, old_after=timedelta(hours=24))
    assert noticed(strict, seen={"taken_at": "2026-11-19T11:00:00"}) == (Sign.OLD,)


def test_without_an_area_no_place_is_outside() -> None:
    """Which is the default."""
    assert noticed(Checks(), seen={"position": (51.5, 0.0)}) == ()


@pytest.mark.parametrize(
    ("distance", "expected"), [(0, "similar"), (31, "similar"), (32, "resembling"), (60, "resembling"), (61, None)]
)
def test_how_near_another_picture_is_decides(distance: int, expected: str | None) -> None:
    """The same, near, or neither."""
    other = AlikePicture(
        distance=distance,
        view="whole",
        event="$e",
        index=0,
        forum="uji",
        report="L-1",
        directive=None,
        person="dlh-1",
        unit="dlh",
        received_at=0,
        verdict="ok",
    )
    assert noticed(alike=other) == ((Sign(expected),) if expected else ())


def test_the_strictest_level_counts() -> None:
    """Of several signs."""
    checks = Checks()
    assert signs.strictest((), checks) == "off"
    assert signs.strictest((Sign.OLD,), checks) == "note"
    assert signs.strictest((Sign.OLD, Sign.SIMILAR), checks) == "hold"


def test_every_sign_is_an_option() -> None:
    """And no honest picture is refused by a default: what a camera or a clock may cause is only noted."""
    for sign in Sign:
        assert signs.level_of(sign, Checks()) in ("note", "hold")
    for sign in (Sign.OLD, Sign.FUTURE, Sign.OUTSIDE, Sign.FORWARDED, Sign.DARK):
        assert signs.level_of(sign, Checks()) == "note"


@pytest.mark.parametrize(
    ("place", "expected"),
    [((1, 1), True), ((1, 3), True), ((1, 2), False), ((3, 2), True), ((-1, 1), False), ((1, 5), False)],
)
def test_an_area_may_have_a_bay(place: tuple[float, float], expected: bool) -> None:
    """A place in the bay is outside."""
    bay = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 2.5), (2.0, 2.5), (2.0, 1.5), (0.0, 1.5))
    assert signs.inside(place, bay) is expected
