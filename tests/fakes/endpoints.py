"""The fake homeserver's HTTP: which path does what. Behaviour that clients rely on follows Synapse's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from bridge.model.event import Json
from tests.fakes.world import Refused, Room, Stored

if TYPE_CHECKING:
    from tests.fakes.homeserver import FakeHomeserver

V3 = "/_matrix/client/v3"
ROOM = V3 + "/rooms/{room}"


def routes(fake: FakeHomeserver) -> list[web.RouteDef]:
    """All endpoints, the frequent ones first."""
    here = Endpoints(fake)
    return [
        web.get(V3 + "/sync", here.sync),
        web.put(ROOM + "/send/{type}/{txn}", here.send),
        web.put(ROOM + "/redact/{target}/{txn}", here.redact),
        web.get(ROOM + "/messages", here.messages),
        web.get(ROOM + "/event/{event}", here.event),
        web.get(ROOM + "/context/{event}", here.context),
        web.get(ROOM + "/state", here.full_state),
        web.get(ROOM + "/members", here.members),
        web.get(ROOM + "/joined_members", here.joined_members),
        web.get(ROOM + "/state/{type}", here.get_state),
        web.get(ROOM + "/state/{type}/{key:.*}", here.get_state),
        web.put(ROOM + "/state/{type}", here.put_state),
        web.put(ROOM + "/state/{type}/{key:.*}", here.put_state),
        web.post(ROOM + "/{act:invite|kick|ban|unban}", here.membership),
        web.post(ROOM + "/leave", here.leave),
        web.post(V3 + "/join/{room}", here.join),
        web.post(V3 + "/createRoom", here.create_room),
        web.get(V3 + "/directory/room/{alias}", here.alias),
        web.get("/_matrix/client/v1/media/download/{server}/{media}", here.download),
        web.get("/_matrix/client/v1/media/config", here.media_config),
        web.get("/_matrix/media/v3/config", here.media_config),
        web.post("/_matrix/media/v1/create", here.reserve),
        web.put("/_matrix/media/v3/upload/{server}/{media}", here.fill),
        web.post("/_matrix/media/v3/upload", here.upload),
        web.post(V3 + "/keys/upload", here.keys_upload),
        web.post(V3 + "/keys/query", here.keys_query),
        web.post(V3 + "/keys/claim", here.keys_claim),
        web.post(V3 + "/keys/device_signing/upload", here.cross_signing),
        web.post(V3 + "/keys/signatures/upload", here.signatures),
        web.put(V3 + "/sendToDevice/{type}/{txn}", here.send_to_device),
        web.post(V3 + "/login", here.login),
        web.post(V3 + "/logout", here.logout),
        web.get(V3 + "/account/whoami", here.whoami),
        web.get("/_matrix/client/versions", here.versions),
    ]


class Endpoints:
    def __init__(self, fake: FakeHomeserver) -> None:
        self._fake = fake

    async def sync(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        body = await self._fake.sync(user_id, device, dict(request.query))
        return web.Response(body=body, content_type="application/json")

    async def send(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        room = self._room(request)
        place = request.match_info
        content = await _body(request)
        event_id = self._fake.once(
            (user_id, device, room.room_id, place["txn"]),
            lambda: self._fake.send(room, user_id, device, place["type"], content, place["txn"]),
        )
        return _json({"event_id": event_id})

    async def redact(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        room = self._room(request)
        target, txn_id = request.match_info["target"], request.match_info["txn"]
        reason = (await _body(request)).get("reason")
        stored = room.by_id.get(target)
        author = str(stored.event["sender"]) if stored is not None else ""
        if not room.levels().may_redact(user_id, author):
            raise Refused(403, "M_FORBIDDEN", "You cannot redact that")
        event_id = self._fake.once(
            (user_id, device, room.room_id, txn_id),
            lambda: self._fake.world.redact(room, user_id, target, reason, device=device, txn_id=txn_id),
        )
        return _json({"event_id": event_id})

    async def messages(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        room, seen = self._readable(request)
        query = request.query
        limit = int(query.get("limit", "10"))
        start = _position(query.get("from"), 0 if query.get("dir") == "f" else len(self._fake.world.stream))
        if query.get("dir") == "f":
            end = min(seen, _position(query.get("to"), len(self._fake.world.stream)))
            found = [stored for stored in room.events if start < stored.position <= end]
            page, more = found[:limit], len(found) > limit
            after = f"s{page[-1].position}" if page else None
        else:
            found = [stored for stored in reversed(room.events) if stored.position <= min(start, seen)]
            page, more = found[:limit], len(found) > limit
            after = f"s{page[-1].position - 1}" if page else None
        chunk = [msgspec.Raw(_with_room(stored, stored.seen_by(user_id, device))) for stored in page]
        answer: Json = {"chunk": chunk, "start": f"s{start}"}
        return _json({**answer, "end": after} if more else answer)

    async def event(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        stored = self._one(request)
        body = _with_room(stored, stored.seen_by(user_id, device))
        return web.Response(body=body, content_type="application/json")

    async def context(self, request: web.Request) -> web.Response:
        """An event and where it stands; whatever limit is asked for, nothing around it is given."""
        stored = self._one(request)
        return _json({"event": stored.event, "start": f"s{stored.position - 1}", "end": f"s{stored.position}"})

    async def full_state(self, request: web.Request) -> web.Response:
        room, seen = self._readable(request)
        state = [msgspec.Raw(_with_room(stored, stored.body)) for stored in room.state_before(seen + 1)]
        return web.Response(body=msgspec.json.encode(state), content_type="application/json")

    async def members(self, request: web.Request) -> web.Response:
        self._who(request)
        state = self._room(request).state
        return _json({"chunk": [stored.event for key, stored in state.items() if key[0] == "m.room.member"]})

    async def joined_members(self, request: web.Request) -> web.Response:
        self._who(request)
        room = self._room(request)
        return _json({"joined": {user: {} for user in room.memberships if room.membership(user) == "join"}})

    async def get_state(self, request: web.Request) -> web.Response:
        self._who(request)
        found = self._room(request).content(request.match_info["type"], request.match_info.get("key", ""))
        if found is None:
            raise Refused(404, "M_NOT_FOUND", "Event not found.")
        return _json(found)

    async def put_state(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        room = self._room(request)
        kind, key, content = request.match_info["type"], request.match_info.get("key", ""), await _body(request)
        if not room.levels().may_send(user_id, kind, state=True):
            raise Refused(403, "M_FORBIDDEN", "You don't have permission to post that to the room")
        if kind == "m.room.power_levels" and room.levels().creators & set(content.get("users", {})):
            raise Refused(400, "M_BAD_JSON", "creators must not be in users")
        same = room.state.get((kind, key))
        if same is not None and same.event["content"] == content and same.event["sender"] == user_id:
            return _json({"event_id": same.event_id})
        return _json({"event_id": self._fake.state(room.room_id, user_id, kind, content, key)})

    async def membership(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        room = self._room(request)
        body = await _body(request)
        act, target, reason = request.match_info["act"], str(body["user_id"]), body.get("reason")
        levels, now = room.levels(), room.membership(target)
        allowed = {
            "invite": levels.may_invite(user_id) and now not in ("join", "ban"),
            "kick": levels.may_kick(user_id, target) and now in ("join", "invite", "knock"),
            "ban": levels.may_ban(user_id, target),
            "unban": levels.may_unban(user_id, target) and now == "ban",
        }
        if not allowed[act]:
            raise Refused(403, "M_FORBIDDEN", f"cannot {act} {target}")
        membership = {"invite": "invite", "ban": "ban"}.get(act, "leave")
        extra = {} if reason is None else {"reason": reason}
        self._fake._did(self._fake.world.member(room, user_id, target, membership, extra))
        return _json({})

    async def leave(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        room = self._fake.world.rooms.get(request.match_info["room"])
        if room is None or room.membership(user_id) not in ("join", "invite", "knock"):
            raise Refused(403, "M_FORBIDDEN", "not in the room")
        self._fake.leave(room.room_id, user_id)
        return _json({})

    async def join(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        named = request.match_info["room"]
        room = self._fake.world.rooms.get(self._fake.aliases.get(named, named))
        if room is None:
            raise Refused(404, "M_NOT_FOUND", "no such room")
        public = (room.content("m.room.join_rules") or {}).get("join_rule") == "public"
        now = room.membership(user_id)
        if now != "join":
            if now == "ban" or not (public or now == "invite"):
                raise Refused(403, "M_FORBIDDEN", "You are not invited to this room.")
            self._fake.join(room.room_id, user_id)
        return _json({"room_id": room.room_id})

    async def create_room(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        body = await _body(request)
        invited = [str(user) for user in body.get("invite", [])]
        trusted = body.get("preset") == "trusted_private_chat"
        version = str(body.get("room_version", "12"))
        equals: Json = {"additional_creators": invited} if trusted and version == "12" else {}
        room_id = self._fake.room(user_id, version=version, name=body.get("name"), create=equals)
        for state in body.get("initial_state", []):
            self._fake.state(room_id, user_id, state["type"], state["content"], state.get("state_key", ""))
        for user in invited:
            self._fake.invite(room_id, user_id, user, direct=bool(body.get("is_direct")))
        return _json({"room_id": room_id})

    async def alias(self, request: web.Request) -> web.Response:
        self._who(request)
        found = self._fake.aliases.get(request.match_info["alias"])
        if found is None:
            raise Refused(404, "M_NOT_FOUND", "Room alias not found.")
        return _json({"room_id": found, "servers": [self._fake.world.server_name]})

    async def download(self, request: web.Request) -> web.Response:
        self._who(request)
        mxc = f"mxc://{request.match_info['server']}/{request.match_info['media']}"
        if mxc not in self._fake.media:
            raise Refused(404, "M_NOT_FOUND", "Not found")
        found = self._fake.media[mxc]
        if found is None:
            raise Refused(504, "M_NOT_YET_UPLOADED", "Media has not been uploaded yet")
        return web.Response(body=found[0], content_type=found[1])

    async def media_config(self, request: web.Request) -> web.Response:
        self._who(request)
        return _json({"m.upload.size": self._fake.upload_limit})

    async def reserve(self, request: web.Request) -> web.Response:
        self._who(request)
        mxc = f"mxc://{self._fake.world.server_name}/{self._fake.world.unique('media')[:24]}"
        self._fake.media[mxc] = None
        return _json({"content_uri": mxc, "unused_expires_at": self._fake.clock.now() + 24 * 3600 * 1000})

    async def fill(self, request: web.Request) -> web.Response:
        self._who(request)
        mxc = f"mxc://{request.match_info['server']}/{request.match_info['media']}"
        if mxc not in self._fake.media:
            raise Refused(404, "M_NOT_FOUND", "never reserved")
        if self._fake.media[mxc] is not None:
            raise Refused(409, "M_CANNOT_OVERWRITE_MEDIA", "Media ID already has content")
        self._fake.media[mxc] = (await request.read(), request.content_type)
        return _json({})

    async def upload(self, request: web.Request) -> web.Response:
        self._who(request)
        return _json({"content_uri": self._fake.upload(await request.read(), request.content_type)})

    async def keys_upload(self, request: web.Request) -> web.Response:
        answer = self._fake.keys.upload(self._who(request), await _body(request))
        self._fake._wake()
        return _json(answer)

    async def keys_query(self, request: web.Request) -> web.Response:
        self._who(request)
        return _json(self._fake.keys.query(await _body(request)))

    async def keys_claim(self, request: web.Request) -> web.Response:
        self._who(request)
        return _json(self._fake.keys.claim(await _body(request)))

    async def cross_signing(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        body = await _body(request)
        known = self._fake.keys.cross_signing.get(user_id, {}).get("master_key")
        if known not in (None, body.get("master_key")) and "auth" not in body:
            flows = [{"stages": ["m.login.password"]}]
            return web.json_response({"session": "uia", "flows": flows, "params": {}}, status=401)
        body.pop("auth", None)
        self._fake.keys.upload_cross_signing(user_id, body)
        self._fake._wake()
        return _json({})

    async def signatures(self, request: web.Request) -> web.Response:
        self._who(request)
        answer = self._fake.keys.upload_signatures(await _body(request))
        self._fake._wake()
        return _json(answer)

    async def send_to_device(self, request: web.Request) -> web.Response:
        user_id, _ = self._who(request)
        self._fake.keys.send(user_id, request.match_info["type"], await _body(request))
        self._fake._wake()
        return _json({})

    async def login(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = str(body.get("identifier", {}).get("user", ""))
        user_id = user if user.startswith("@") else f"@{user}:{self._fake.world.server_name}"
        if self._fake.passwords.get(user_id) != body.get("password"):
            raise Refused(403, "M_FORBIDDEN", "Invalid username or password")
        device = str(body.get("device_id") or self._fake.world.unique("device")[:10].upper())
        token = self._fake.token(user_id, device)
        return _json({"user_id": user_id, "device_id": device, "access_token": token})

    async def logout(self, request: web.Request) -> web.Response:
        self._who(request)
        del self._fake.tokens[_token(request)]
        return _json({})

    async def whoami(self, request: web.Request) -> web.Response:
        user_id, device = self._who(request)
        return _json({"user_id": user_id, "device_id": device, "is_guest": False})

    async def versions(self, request: web.Request) -> web.Response:
        return _json({"versions": ["v1.11", "v1.12", "v1.13", "v1.14", "v1.15"]})

    def _who(self, request: web.Request) -> tuple[str, str]:
        owner = self._fake.tokens.get(_token(request))
        if owner is None:
            raise Refused(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        return owner

    def _room(self, request: web.Request) -> Room:
        user_id, _ = self._who(request)
        return self._fake.joined(request.match_info["room"], user_id)

    def _one(self, request: web.Request) -> Stored:
        """The event that is asked for. Where there is none, it does not matter who asks, as on Synapse."""
        room = self._fake.world.rooms.get(request.match_info["room"])
        stored = None if room is None else room.by_id.get(request.match_info["event"])
        if stored is None or stored.position > self._readable(request)[1]:
            raise Refused(404, "M_NOT_FOUND", "Event not found.")
        return stored

    def _readable(self, request: web.Request) -> tuple[Room, int]:
        """The room and how far the caller may read in it; former members keep what they saw, as on Synapse."""
        user_id, _ = self._who(request)
        room = self._fake.world.rooms.get(request.match_info["room"])
        seen = None if room is None else room.last_seen(user_id)
        if room is None or seen is None:
            raise Refused(403, "M_FORBIDDEN", f"User {user_id} not in room")
        return room, seen


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def _body(request: web.Request) -> Json:
    try:
        found = msgspec.json.decode(await request.read(), type=Json)
    except msgspec.DecodeError:
        raise Refused(400, "M_NOT_JSON", "Content not JSON.") from None
    return found


def _json(body: Json) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")


def _position(token: str | None, default: int) -> int:
    return default if not token else int(token.removeprefix("s").split("_")[0])


def _with_room(stored: Stored, body: bytes) -> bytes:
    """`/sync` leaves the room id out of events; everything else has it."""
    return b'{"room_id":' + msgspec.json.encode(stored.room_id) + b"," + body[1:]
