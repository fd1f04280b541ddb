"""A homeserver's accounts as Synapse's admin API shows them, with failures on demand."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "syt_admin_secret_token"


class FakeAdminApi:
    """``users`` is what exists, by account; ``calls`` are all requests. An async context manager."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.broken: dict[str, web.Response] = {}
        """Answers instead of the true one, by method."""
        self.dies_after_putting = False
        app = web.Application()
        app.router.add_route("*", "/_synapse/admin/v2/users/{user}", self._user)
        self._server = TestServer(app)

    async def __aenter__(self) -> FakeAdminApi:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    @property
    def put(self) -> list[str]:
        """Accounts that were written, in order."""
        return [user for method, user in self.calls if method == "PUT"]

    async def _user(self, request: web.Request) -> web.StreamResponse:
        user = request.match_info["user"]
        self.calls.append((request.method, user))
        if request.method in self.broken:
            return self.broken[request.method]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return error(401, "M_UNKNOWN_TOKEN")
        if request.method == "GET":
            if user not in self.users:
                return error(404, "M_NOT_FOUND")
            return web.json_response({"name": user, "deactivated": False, **self.users[user]})
        self.users.setdefault(user, {}).update(json.loads(await request.text()))
        if self.dies_after_putting:
            self.dies_after_putting = False
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        return web.json_response({"name": user})


def error(status: int, errcode: str) -> web.Response:
    """A Matrix error."""
    return web.json_response({"errcode": errcode, "error": "no"}, status=status)
