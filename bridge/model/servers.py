"""Which servers may take part in a room (`m.room.server_acl`; Matrix specification, "Server Access Control Lists").

A list is handled entry by entry, as paths with a value: `allow/*.go.id` and `deny/bad.example` are 1 where they are
listed, `ip_literals` is 1 or 0. A room without such an event lets everybody in.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from bridge.model.event import Json
from bridge.model.globs import matches

ACL = "m.room.server_acl"
IP_LITERALS = "ip_literals"
OPEN: Mapping[str, int] = {"allow/*": 1, IP_LITERALS: 1}
"""A room for everybody."""

LISTS = ("allow", "deny")

_PORT = re.compile(r":\d+$")


def entries(content: Json | None) -> dict[str, int]:
    """The entries of a list as an event has it; None: there is no such event."""
    if content is None:
        return dict(OPEN)
    found = {f"{name}/{pattern}": 1 for name in LISTS for pattern in _texts(content.get(name))}
    found[IP_LITERALS] = 0 if content.get("allow_ip_literals") is False else 1
    return found


def of_lists(allow: Iterable[str], deny: Iterable[str], *, ip_literals: bool) -> dict[str, int]:
    """The entries of a list that is written down."""
    found = {f"allow/{pattern}": 1 for pattern in allow} | {f"deny/{pattern}": 1 for pattern in deny}
    return {**found, IP_LITERALS: int(ip_literals)}


def entry(content: Json | None, path: str) -> int | None:
    """The value at a path; None where it is not listed."""
    return entries(content).get(path)


def changed(content: Json | None, changes: Mapping[str, int | None]) -> Json:
    """The event with single entries changed; whatever else it holds stays."""
    after = entries(content)
    for path, value in changes.items():
        if value is None:
            after.pop(path, None)
        else:
            after[path] = value
    lists = {name: [path.partition("/")[2] for path in after if path.startswith(f"{name}/")] for name in LISTS}
    return {**(content or {}), **lists, "allow_ip_literals": bool(after.get(IP_LITERALS, 1))}


def allows(listed: Mapping[str, int], server: str) -> bool:
    """Whether a list lets a server take part."""
    host = _PORT.sub("", server)
    if not listed.get(IP_LITERALS, 1) and _is_ip(host):
        return False
    if any(matches(pattern, host) for pattern in _patterns(listed, "deny")):
        return False
    return any(matches(pattern, host) for pattern in _patterns(listed, "allow"))


def server_of(user: str) -> str:
    """The server of an account (`@name:server`)."""
    return user.partition(":")[2]


def _patterns(listed: Mapping[str, int], name: str) -> Iterable[str]:
    return (path.partition("/")[2] for path in listed if path.startswith(f"{name}/"))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
