"""What an admin says about helping people who do not know the forum yet."""

from datetime import timedelta

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Duration, Flag, Whole


class Coaching(Section):
    """Help for people, always in private."""

    welcome: Flag = Field(
        default=True, description="Listed people who join for the first time are welcomed in a direct chat."
    )
    hints: Flag = Field(default=True, description="Whoever meets the same difficulty again and again gets a hint.")
    reading: Flag = Field(
        default=True,
        description="Experts see who never opened the forum, from read receipts; the record counts them by unit.",
    )
    after: Whole = Field(
        default=3, ge=2, le=20, description="How many times within two weeks; one hint a week of each kind."
    )
    catch_up: Flag = Field(
        default=True,
        description="Whoever joins or has another device is told the unit's open orders in a direct chat.",
    )
    catch_up_again: Duration = Field(
        default=timedelta(hours=12), description="How long somebody who was told so is not told again."
    )
