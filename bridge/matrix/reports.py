"""Reported messages, by Synapse's admin API (`GET /_synapse/admin/v1/event_reports`, "Show reported events").

It takes the token of a homeserver admin, which is not the bot's. Nothing is changed by reading.
"""

from __future__ import annotations

from bridge.matrix.requests import Requests
from bridge.model.abuse import AbuseReport
from bridge.model.event import Json

PATH = "/_synapse/admin/v1/event_reports"
PAGE, PAGES = 50, 20
SECONDS = 30.0
LONGEST = 500
"""Of a reason no more is taken."""


class Reports:
    """The reports of one homeserver, as an admin of it sees them."""

    def __init__(self, url: str, token: str) -> None:
        self._requests = Requests(url, token)

    async def close(self) -> None:
        await self._requests.close()

    async def newest(self) -> int:
        """The id of the newest report; 0 without any. Raises MatrixError kinds."""
        page, _ = await self._page(0, 1)
        return max((report.id for report in page), default=0)

    async def after(self, last: int) -> list[AbuseReport]:
        """Reports with a higher id, the oldest first, at most 1,000 of them. Raises MatrixError kinds."""
        found: dict[int, AbuseReport] = {}
        for place in range(PAGES):
            page, more = await self._page(place * PAGE, PAGE)
            found |= {report.id: report for report in page if report.id > last}
            if not more or any(report.id <= last for report in page):
                break
        return [found[one] for one in sorted(found)]

    async def _page(self, start: int, size: int) -> tuple[list[AbuseReport], bool]:
        """(reports, newest first; whether there are older ones)."""
        query = {"from": str(start), "limit": str(size), "dir": "b"}
        answer = await self._requests.json("GET", PATH, query=query, seconds=SECONDS)
        listed = answer.get("event_reports")
        rows = listed if isinstance(listed, list) else []
        read = (_report(row) for row in rows if isinstance(row, dict))
        return [report for report in read if report is not None], "next_token" in answer


def _report(row: Json) -> AbuseReport | None:
    number, room, event, sender = (row.get(key) for key in ("id", "room_id", "event_id", "sender"))
    if not isinstance(number, int) or not isinstance(room, str) or not isinstance(event, str):
        return None
    reason = row.get("reason")
    return AbuseReport(
        id=number,
        room=room,
        event=event,
        sender=sender if isinstance(sender, str) else "",
        reason=reason[:LONGEST] if isinstance(reason, str) else "",
    )
