"""Who is in a room: asked of the homeserver with the bot's session, or read from the ledger. Only read."""

from __future__ import annotations

import contextlib

from bridge.admin.draft import Present
from bridge.admin.look_rooms import RoomState
from bridge.admin.look_server import Server
from bridge.admin.saying import AdminProblem
from bridge.database import database_of
from bridge.ledger import meta, rooms
from bridge.ledger.store import LedgerError
from bridge.model.ports import Forbidden, MatrixError, NotFound
from bridge.settings import Secrets, Settings, SettingsError, load_secrets

HERE = frozenset({"join", "invite"})


async def people_in(settings: Settings, room: str) -> list[Present]:
    """Who is in a room or invited to it, without the bot. ``room`` is an alias or id.

    The homeserver is asked first; where it does not answer, the ledger may know. Raises :class:`AdminProblem`.
    """
    secrets: Secrets | None = None
    with contextlib.suppress(SettingsError):
        # With a session there is no need of any.
        secrets = load_secrets(settings)
    try:
        server = Server(settings, secrets)
    except ValueError as error:
        return _from_ledger(settings, room, AdminProblem("draft.unclear", room=room, why=str(error)))
    try:
        if not server.has_session:
            return _from_ledger(settings, room, AdminProblem("draft.no_session", room=room))
        return await _from_homeserver(server, room)
    except (Forbidden, NotFound):
        raise AdminProblem("draft.not_joined", room=room) from None
    except MatrixError as error:
        return _from_ledger(settings, room, AdminProblem("draft.unclear", room=room, why=str(error)))
    finally:
        await server.close()


async def _from_homeserver(server: Server, room: str) -> list[Present]:
    bot = await server.whoami()
    state = await server.state(await server.room_id(room))
    if bot not in state.members():
        raise AdminProblem("draft.not_joined", room=room)
    return [one for one in _people(state) if one.user != bot]


def _people(state: RoomState) -> list[Present]:
    people = []
    for (event_type, user), (_, content) in state.events.items():
        if event_type == "m.room.member" and content.get("membership") in HERE:
            name = content.get("displayname")
            people.append(Present(user, name if isinstance(name, str) else ""))
    return people


def _from_ledger(settings: Settings, room: str, otherwise: AdminProblem) -> list[Present]:
    """What the ledger knows of a room that the bot is in; ``otherwise`` is raised when it knows nothing."""
    try:
        store = database_of(settings).look()
    except (LedgerError, SettingsError):
        raise otherwise from None
    try:
        room_id = meta.get(store, f"alias:{room}") or room
        known = rooms.known(store, room_id)
        if known is None or known[2] != "join":
            raise otherwise
        bot = settings.homeserver.user
        return [
            Present(member.user, member.name)
            for member in rooms.member_views(store, room_id)
            if member.membership in HERE and bot.lower() not in (member.user.lower(), _localpart(member.user))
        ]
    finally:
        store.close()


def _localpart(user: str) -> str:
    return user[1:].partition(":")[0].lower()
