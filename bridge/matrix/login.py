"""Becoming a device: a password log-in, or an access token that is asked whose it is."""

from __future__ import annotations

import msgspec

from bridge.matrix.requests import AuthenticationNeeded, Requests, path
from bridge.model.event import Json
from bridge.model.ports import MatrixError, NotFound, Unreachable

DISPLAY_NAME = "Tudang"


class Credentials(msgspec.Struct, frozen=True):
    """One device of one account. Whoever stores it makes the file 0600; its repr does not show the token."""

    homeserver: str
    user_id: str
    device_id: str
    access_token: str

    def __repr__(self) -> str:
        return f"Credentials({self.user_id}, {self.device_id})"


class WrongAccount(MatrixError):
    """The log-in worked, but for another account or device than the settings say."""


async def log_in(
    homeserver: str,
    user: str,
    *,
    password: str | None = None,
    access_token: str | None = None,
    device_id: str | None = None,
) -> Credentials:
    """Log in with a password, or check a token with `whoami`.

    ``user`` is a localpart or a full id. ``device_id`` names the device to become (password) or to be (token);
    without it a password makes a new device. Raises :class:`MatrixError` kinds, :class:`WrongAccount`, and
    ValueError when neither or both of password and token are given.
    """
    if (password is None) == (access_token is None):
        raise ValueError("give either a password or an access token")
    requests = Requests(homeserver, access_token)
    try:
        if password is not None:
            answer = await requests.json("POST", path("login"), body=_password(user, password, device_id))
            token = answer.get("access_token")
        else:
            answer = await requests.json("GET", path("account", "whoami"))
            token = access_token
    finally:
        await requests.close()
    user_id, device = answer.get("user_id"), answer.get("device_id")
    if not isinstance(user_id, str) or not isinstance(token, str) or not token:
        raise Unreachable("not_matrix", "the log-in answer has no user id or token", status=200)
    if not isinstance(device, str):
        raise WrongAccount("no_device", "this access token belongs to no device; log in with a password once")
    if user.lower() not in (user_id.lower(), user_id[1:].partition(":")[0].lower()):
        raise WrongAccount("wrong_account", f"the token belongs to {user_id}, not to {user}")
    if device_id is not None and device != device_id:
        raise WrongAccount("wrong_device", f"the token belongs to device {device}, not to {device_id}")
    return Credentials(homeserver=homeserver, user_id=user_id, device_id=device, access_token=token)


async def log_out(credentials: Credentials) -> None:
    """End the device's session: its token and its keys on the server are gone."""
    requests = Requests(credentials.homeserver, credentials.access_token)
    try:
        await requests.json("POST", path("logout"))
    finally:
        await requests.close()


async def remove_device(requests: Requests, user_id: str, device_id: str, password: str | None) -> bool:
    """Take a device off the account that ``requests`` speak for; True when it is gone.

    The homeserver asks for the password ("User-Interactive Authentication"); without it the device stays. Raises
    Unreachable.
    """
    place = path("devices", device_id)
    try:
        await requests.json("GET", place)
    except NotFound:
        return True
    except Unreachable:
        raise
    except MatrixError:
        return False
    try:
        await requests.json("DELETE", place, body={})
    except NotFound:
        return True
    except AuthenticationNeeded as asked:
        if password is None or ("m.login.password",) not in asked.flows:
            return False
        auth: Json = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": password,
            "session": asked.session,
        }
        try:
            await requests.json("DELETE", place, body={"auth": auth})
        except Unreachable:
            raise
        except MatrixError:
            return False
    except Unreachable:
        raise
    except MatrixError:
        return False
    return True


def _password(user: str, password: str, device_id: str | None) -> Json:
    body: Json = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name": DISPLAY_NAME,
    }
    if device_id is not None:
        body["device_id"] = device_id
    return body
