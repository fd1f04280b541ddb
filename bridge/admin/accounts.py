"""Accounts on a homeserver, made with Synapse's admin API (`/_synapse/admin/v2/users`, Synapse's "User Admin API").

Only for what `tudang enrol` needs: whether an account exists, making one, giving one a new password. Whoever calls
decides what to do when it exists; nothing here changes a password unasked.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import quote

from bridge.admin.saying import AdminProblem
from bridge.matrix.requests import Requests
from bridge.model.ports import Forbidden, MatrixError, NotFound, TokenRevoked, Unreachable

CONSONANTS = "bdfghjkmnprstwyz"
VOWELS = "aeiou"
"""Letters that nobody takes for another in print, and that people who speak either language can read out."""
GROUPS = 5
_NEVER = frozenset(
    {"babi", "bego", "boke", "buta", "buto", "dogi", "gego", "hama", "hina", "kere", "maho", "mati", "nazi", "pede"}
    | {"pedo", "peju", "pipi", "poki", "puki", "puta", "seki", "sito", "susu", "tete", "titi", "toke", "tuna"}
)
"""Groups of four letters that are, or sound like, what one does not hand to an official."""


def first_password() -> str:
    """A first password such as ``rusi-meda-kojo-bifu-nape``: easy to read and to type, of more than 60 bits."""
    groups: list[str] = []
    while len(groups) < GROUPS:
        group = "".join(secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(2))
        if group not in _NEVER:
            groups.append(group)
    return "-".join(groups)


def bits() -> float:
    """How many bits of chance a first password holds."""
    return GROUPS * math.log2((len(CONSONANTS) * len(VOWELS)) ** 2 - len(_NEVER))


@dataclass(frozen=True, slots=True)
class Known:
    """What the homeserver says about an account."""

    exists: bool
    deactivated: bool = False


class Accounts:
    """One homeserver's accounts, as an admin sees them; an async context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        try:
            self._requests = Requests(url, token)
        except ValueError:
            raise AdminProblem("init.url", url=url) from None

    async def __aenter__(self) -> Accounts:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._requests.close()

    async def known(self, user: str) -> Known:
        """Whether an account exists. Raises :class:`AdminProblem` when that cannot be found out."""
        try:
            answer = await self._requests.json("GET", _path(user))
        except NotFound as error:
            if error.errcode == "M_NOT_FOUND":
                return Known(False)
            raise AdminProblem("enrol.no_api", why=error.errcode) from error
        except MatrixError as error:
            raise _told(error, self._url) from error
        return Known(True, answer.get("deactivated") is True)

    async def make(self, user: str, name: str, password: str) -> None:
        """Make an account that :meth:`known` did not find. Raises :class:`AdminProblem`."""
        body = {"password": password, "displayname": name, "admin": False}
        try:
            await self._requests.json("PUT", _path(user), body=dict(body))
        except Unreachable as error:
            # It may have been made; it was not there a moment ago, so whatever is there now is ours.
            if not await self._there_now(user):
                raise AdminProblem("enrol.unclear", user=user, why=str(error)) from error
        except MatrixError as error:
            raise _told(error, self._url, user) from error

    async def renew(self, user: str, password: str) -> None:
        """Give an account a new password and log all its devices out. Raises :class:`AdminProblem`."""
        try:
            await self._requests.json("PUT", _path(user), body={"password": password, "logout_devices": True})
        except MatrixError as error:
            raise _told(error, self._url, user) from error

    async def _there_now(self, user: str) -> bool:
        try:
            return (await self.known(user)).exists
        except AdminProblem:
            return False


def _path(user: str) -> str:
    return f"/_synapse/admin/v2/users/{quote(user, safe='')}"


def _told(error: MatrixError, url: str, user: str | None = None) -> AdminProblem:
    """A homeserver's refusal as something that an admin can act on."""
    if isinstance(error, TokenRevoked):
        return AdminProblem("enrol.revoked")
    if isinstance(error, Forbidden):
        return AdminProblem("enrol.not_admin")
    if isinstance(error, Unreachable):
        return AdminProblem("enrol.unreachable", url=url, why=str(error))
    if user is None:
        return AdminProblem("enrol.no_api", why=str(error))
    return AdminProblem("enrol.refused", user=user, why=str(error))
