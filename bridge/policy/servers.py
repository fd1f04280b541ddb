"""Which homeservers may take part in the rooms, as an admin writes it under ``servers`` in ``policy.yaml``."""

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from bridge.model.servers import OPEN, allows, of_lists, server_of
from bridge.policy.nodes import Tree
from bridge.policy.problems import Path
from bridge.policy.section import Section
from bridge.policy.types import Flag, Text

_PATTERN = re.compile(r"[A-Za-z0-9.*?-]+|\[[0-9A-Fa-f:.*?]+\]")
"""A server's name (Matrix specification, appendix "Server Name") without a port, with * and ? for what varies."""


class Servers(Section):
    """Homeservers that may take part in the rooms. As it stands here, all of them may and nothing is written."""

    allow: tuple[Text, ...] = Field(
        default=("*",), description='Servers that may take part, as "*.go.id"; * is any text, ? one character.'
    )
    deny: tuple[Text, ...] = Field(default=(), description="Servers that may not, even where `allow` names them.")
    ip_literals: Flag = Field(
        default=True, description="Whether servers without a name, only an IP address, may: true or false."
    )
    keep: Literal["report", "repair"] = Field(
        default="report",
        description="An entry that somebody changed by hand: report it in the control room, or repair it as well.",
    )

    @property
    def entries(self) -> dict[str, int]:
        """The list by its entries (:mod:`bridge.model.servers`)."""
        return of_lists(self.allow, self.deny, ip_literals=self.ip_literals)

    @property
    def restricts(self) -> bool:
        """Whether it keeps anybody out."""
        return self.entries != OPEN


def check_servers(servers: Servers, at: Path, tree: Tree) -> None:
    """Note in the tree what cannot be the name of a server, and a list that lets nobody in."""
    if not servers.allow:
        tree.fault((*at, "allow"), "servers_nobody")
    for key, listed in (("allow", servers.allow), ("deny", servers.deny)):
        for position, written in enumerate(listed):
            if not _PATTERN.fullmatch(written):
                tree.fault((*at, key, position), "server_name", {"written": written})
            elif written in listed[:position]:
                tree.fault((*at, key, position), "listed_twice", {"written": written})


def check_servers_with(servers: Servers, at: Path, accounts: Iterable[tuple[str, str]], tree: Tree) -> None:
    """Note a list that shuts out somebody's server; ``accounts`` are (person id, account) of the roster."""
    listed = servers.entries
    shut_out: dict[str, str] = {}
    for person, account in accounts:
        server = server_of(account)
        if server not in shut_out and not allows(listed, server):
            shut_out[server] = person
    for server, person in shut_out.items():
        tree.fault(_blamed(servers, at, server, tree), "servers_shut_out", {"written": server, "person": person})


def _blamed(servers: Servers, at: Path, server: str, tree: Tree) -> Path:
    """The line that shuts a server out, as far as it stands in the file."""
    for position, pattern in enumerate(servers.deny):
        if not allows(of_lists(("*",), (pattern,), ip_literals=True), server):
            return (*at, "deny", position)
    if not allows(of_lists(("*",), (), ip_literals=servers.ip_literals), server):
        return (*at, "ip_literals")
    path: Path = (*at, "allow")
    return path if path in tree.places else at
