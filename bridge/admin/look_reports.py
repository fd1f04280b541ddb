"""Whether the messages that members report with their app can be read."""

from __future__ import annotations

from bridge.admin.findings import Finding, right, wrong
from bridge.matrix.reports import Reports
from bridge.model.ports import Forbidden, MatrixError, TokenRevoked
from bridge.settings import Secrets, Settings


async def look_at_reports(settings: Settings, secrets: Secrets | None) -> list[Finding]:
    """With the admin's token as the bridge has it; nothing is wrong where there is none."""
    token = secrets.admin_token if secrets is not None else None
    if token is None:
        return [right("reports.off")]
    try:
        reports = Reports(settings.homeserver.url, token)
    except ValueError:
        # That the address is none was said already.
        return []
    try:
        await reports.newest()
    except (Forbidden, TokenRevoked) as error:
        return [wrong("reports.no_rights", why=error.errcode)]
    except MatrixError as error:
        return [wrong("reports.unclear", why=str(error))]
    finally:
        await reports.close()
    return [right("reports.right")]
