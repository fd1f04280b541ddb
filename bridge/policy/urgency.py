"""How often is reminded of what is urgent, as an admin writes it under ``urgency`` in ``policy.yaml``."""

from datetime import timedelta

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Duration, Who


class Urgency(Section):
    """Reminders of urgent orders; ordinary ones go by `reminders`."""

    urgent: tuple[Duration, ...] = Field(
        default=(timedelta(hours=4), timedelta(hours=1)),
        description="How long before the due time of an urgent order units that owe are reminded.",
    )
    very_urgent: tuple[Duration, ...] = Field(
        default=(timedelta(hours=2), timedelta(minutes=30)),
        description="The same for a very urgent order; these ring in quiet hours, too.",
    )
    late: tuple[Duration, ...] = Field(
        default=(timedelta(hours=1),), description="How long after an order is late its late units are reminded."
    )
    late_urgent: tuple[Duration, ...] = Field(
        default=(timedelta(minutes=30), timedelta(hours=2)),
        description="The same for an urgent and a very urgent order: a second time.",
    )
    escalate_to: Who = Field(
        default=("secretary",), description="Who is told once, privately, when units are late though reminded."
    )
    escalate_after: Duration = Field(
        default=timedelta(hours=24), description="How long after an order is late they are told."
    )
    escalate_urgent_after: Duration = Field(
        default=timedelta(hours=4), description="The same for an urgent and a very urgent order."
    )
