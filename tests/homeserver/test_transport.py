"""Our own transport on a real Synapse, in plain rooms: sync, gaps, sending, membership, media, log-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest

from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.login import log_in, log_out
from bridge.matrix.requests import Requests, TooLarge, path
from bridge.model.event import Batch, Event, Json, RoomBatch
from bridge.model.levels import CREATOR, PowerLevels, power_levels
from bridge.model.ports import Forbidden, MatrixError, NotFound, TokenRevoked
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from tests.attachments import sealed
from tests.fakes.plain import PlainRooms
from tests.fakes.states import KeptStates

pytestmark = pytest.mark.homeserver

MakeUser = Callable[[str], Awaitable[Account]]


class Person:
    """An account on our own client, with the room state that it has seen and its sync token."""

    def __init__(self, url: str, account: Account) -> None:
        self.user_id = account.user_id
        self.states = KeptStates()
        self.requests = Requests(url, account.access_token)
        self.client = MatrixHomeserver(
            self.requests,
            user_id=account.user_id,
            device_id=account.device_id,
            crypto=PlainRooms(),
            states=self.states,
        )
        self.token: str | None = None

    async def catch_up(self) -> Batch:
        batch = await self.client.sync(self.token, 0)
        self.states.apply(batch)
        self.token = batch.token
        return batch

    async def room(self, *invited: Person, version: str = "12", **more: object) -> str:
        people = [person.user_id for person in invited]
        body: Json = {"room_version": version, "preset": "private_chat", "invite": people, **more}
        room_id = str((await self.requests.json("POST", path("createRoom"), body=body))["room_id"])
        for person in invited:
            await person.client.join(room_id)
            await person.catch_up()
        await self.catch_up()
        return room_id

    async def say(self, room_id: str, body: str) -> str:
        content = {"msgtype": "m.text", "body": body}
        return (await self.client.send(room_id, "m.room.message", content, uuid4().hex)).event_id

    async def levels(self, room_id: str) -> PowerLevels:
        state = {(event.type, event.state_key): event for event in await self.client.full_state(room_id)}
        create = state[("m.room.create", "")]
        content = state[("m.room.power_levels", "")].content
        return power_levels(create=create.content, create_sender=create.sender, content=content)


MakePerson = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def make_person(synapse: EmbeddedHomeserver, make_user: MakeUser) -> AsyncIterator[MakePerson]:
    people: list[Person] = []

    async def make(localpart: str) -> Person:
        people.append(Person(synapse.url, await make_user(localpart)))
        await people[-1].catch_up()
        return people[-1]

    yield make
    for person in people:
        await person.client.close()


def of(batch: Batch, room_id: str) -> RoomBatch:
    return next(room for room in batch.rooms if room.room_id == room_id)


def bodies(events: tuple[Event, ...]) -> list[str]:
    return [event.content["body"] for event in events if event.type == "m.room.message"]


async def test_invitation_join_and_a_version_12_room(make_person: MakePerson) -> None:
    """The inviter is named, the join is no gap, the room id has no server, and the creator is above all numbers."""
    ani, bot = await make_person("ani"), await make_person("bot")
    room = await ani.room()
    for number in range(3):
        await ani.say(room, str(number))
    await ani.client.invite(room, bot.user_id, "mohon bantu")
    invitation = (await bot.catch_up()).invitations[0]
    assert (invitation.room_id, invitation.inviter, invitation.direct) == (room, ani.user_id, False)
    assert await bot.client.join(room) == room
    joined = of(await bot.catch_up(), room)
    assert joined.gap is None
    assert await bot.states.members(room) == {ani.user_id, bot.user_id}
    assert ":" not in room
    levels = await bot.levels(room)
    assert (levels.of(ani.user_id), levels.of(bot.user_id)) == (CREATOR, 0)
    with pytest.raises(Forbidden):
        await bot.client.kick(room, ani.user_id, None)


@pytest.mark.parametrize("version", ["9", "10", "11", "12"])
async def test_synapse_agrees_with_our_levels(make_person: MakePerson, version: str) -> None:
    """What our rule allows, Synapse does; what it forbids, Synapse forbids."""
    ani, budi = await make_person("ani"), await make_person("budi")
    room = await ani.room(budi, version=version)
    levels = await ani.levels(room)
    assert levels.may_kick(ani.user_id, budi.user_id)
    assert not levels.may_kick(budi.user_id, ani.user_id)
    with pytest.raises(Forbidden):
        await budi.client.kick(room, ani.user_id, None)
    assert levels.may_set_level(ani.user_id, ani.user_id, 100) is (version != "12")
    content = dict(await ani.client.read_state(room, "m.room.power_levels") or {})
    raised = {**content, "users": {**content["users"], budi.user_id: 100}}
    await ani.client.set_state(room, "m.room.power_levels", "", raised)
    levels = await ani.levels(room)
    assert levels.of(budi.user_id) == 100
    assert not levels.may_kick(budi.user_id, ani.user_id)
    with pytest.raises(Forbidden):
        await budi.client.kick(room, ani.user_id, None)


async def test_a_gap_larger_than_a_page_is_filled(make_person: MakePerson) -> None:
    """250 missed messages: the window, and the pages from our token to its start, are all of them in order."""
    ani, bot = await make_person("ani"), await make_person("bot")
    room = await ani.room(bot)
    for number in range(250):
        await ani.say(room, str(number))
    latest = of(await bot.catch_up(), room)
    assert latest.gap is not None
    found: list[str] = []
    place: str | None = latest.gap.since
    pages = 0
    while place is not None:
        page = await bot.client.messages(room, since=place, until=latest.gap.until, limit=40)
        found += bodies(page.events)
        place = page.end
        pages += 1
    assert pages > 2
    assert found + bodies(latest.timeline) == [str(number) for number in range(250)]


async def test_sending_twice_under_one_id_is_sending_once(make_person: MakePerson) -> None:
    """One event, whose echo carries our transaction id; a second equal reaction has its own name."""
    ani, bot = await make_person("ani"), await make_person("bot")
    room = await ani.room(bot)
    content = {"msgtype": "m.notice", "body": "P-1"}
    sent = await bot.client.send(room, "m.room.message", content, "effect-1")
    assert await bot.client.send(room, "m.room.message", content, "effect-1") == sent
    echo = [event for event in of(await bot.catch_up(), room).timeline if event.sender == bot.user_id]
    assert [(event.event_id, event.transaction_id) for event in echo][-1] == (sent.event_id, "effect-1")
    seen = of(await ani.catch_up(), room).timeline[-1]
    assert (seen.event_id, seen.transaction_id) == (sent.event_id, None)
    chip = {"m.relates_to": {"rel_type": "m.annotation", "event_id": sent.event_id, "key": "📌 P-1"}}
    reaction = await bot.client.send(room, "m.reaction", chip, "effect-2")
    with pytest.raises(MatrixError) as raised:
        await bot.client.send(room, "m.reaction", chip, "effect-3")
    assert raised.value.errcode == "M_DUPLICATE_ANNOTATION"
    await bot.client.redact(room, reaction.event_id, "keliru", "effect-4")
    redaction = of(await ani.catch_up(), room).timeline[-1]
    assert (redaction.type, redaction.redacts) == ("m.room.redaction", reaction.event_id)
    gone = await ani.client.event(room, reaction.event_id)
    assert gone is not None
    assert gone.redacted
    assert await ani.client.event(room, "$" + "A" * 43) is None


async def test_our_removal_and_return(make_person: MakePerson) -> None:
    """A kick of ours ends the room's batch; being back within one window is a gap, not a first join."""
    ani, bot = await make_person("ani"), await make_person("bot")
    room = await ani.room(bot)
    await ani.client.kick(room, bot.user_id, "sebentar")
    left = of(await bot.catch_up(), room)
    assert left.membership == "leave"
    assert left.timeline[-1].content["reason"] == "sebentar"
    with pytest.raises(Forbidden):
        await bot.say(room, "masih di sini")
    await ani.client.set_state(room, "m.room.topic", "", {"topic": "tanpa bot"})
    assert all(event.type != "m.room.topic" for event in await bot.client.full_state(room))
    await ani.client.invite(room, bot.user_id, None)
    await bot.client.join(room)
    assert of(await bot.catch_up(), room).gap is None
    for number in range(5):
        await ani.say(room, str(number))
    await ani.client.kick(room, bot.user_id, None)
    await ani.client.invite(room, bot.user_id, None)
    await bot.client.join(room)
    for number in range(100):
        await ani.say(room, str(number))
    assert of(await bot.catch_up(), room).gap is not None


async def test_state_membership_and_aliases(make_person: MakePerson) -> None:
    """State is read fresh, absent or forbidden; a removal works; an alias resolves."""
    ani, budi, outsider = await make_person("ani"), await make_person("budi"), await make_person("outsider")
    alias = "forum-" + uuid4().hex[:8]
    room = await ani.room(budi, room_alias_name=alias)
    assert await ani.client.read_state(room, "m.room.topic") is None
    await ani.client.set_state(room, "m.room.topic", "", {"topic": "Rapat"})
    assert (await budi.client.read_state(room, "m.room.topic") or {})["topic"] == "Rapat"
    await ani.client.set_state(room, "org.example.odd", "kunci/ aneh?", {"v": 1})
    assert await ani.client.read_state(room, "org.example.odd", "kunci/ aneh?") == {"v": 1}
    with pytest.raises(Forbidden):
        await outsider.client.read_state(room, "m.room.topic")
    assert await outsider.client.resolve(f"#{alias}:localhost") == room
    with pytest.raises(NotFound):
        await outsider.client.resolve("#tidak-ada:localhost")
    await ani.client.kick(room, budi.user_id, "uji")
    assert (await ani.client.read_state(room, "m.room.member", budi.user_id) or {})["membership"] == "leave"
    await ani.client.leave(room)


async def test_media_is_reserved_filled_once_and_fetched(make_person: MakePerson) -> None:
    """An mxc before the upload; the second upload is content; downloads are whole, limited, or an error."""
    ani, bot = await make_person("ani"), await make_person("bot")
    data = bytes(range(256)) * 1000
    mxc = await bot.client.reserve_media()
    await bot.client.fill_media(mxc, data, "image/jpeg")
    await bot.client.fill_media(mxc, b"another", "image/jpeg")
    got = b"".join([chunk async for chunk in ani.client.download(mxc, file=None, limit=len(data))])
    assert got == data
    with pytest.raises(TooLarge):
        [chunk async for chunk in ani.client.download(mxc, file=None, limit=len(data) - 1)]
    with pytest.raises(NotFound):
        [chunk async for chunk in ani.client.download(mxc + "x", file=None, limit=9)]
    ciphertext, file = await sealed(bot.client, data)
    place = await bot.client.reserve_media()
    await bot.client.fill_media(place, ciphertext, "application/octet-stream")
    got = b"".join([chunk async for chunk in ani.client.download(place, file=file, limit=len(data))])
    assert got == data


async def test_a_direct_chat(make_person: MakePerson) -> None:
    """Encrypted from the start, the invitation says direct, and without keys nothing can be sent into it."""
    ani, bot = await make_person("ani"), await make_person("bot")
    room = await bot.client.create_direct(ani.user_id)
    invitation = (await ani.catch_up()).invitations[0]
    assert (invitation.room_id, invitation.inviter, invitation.direct) == (room, bot.user_id, True)
    await bot.catch_up()
    assert await bot.states.state(room, "m.room.encryption") == {"algorithm": "m.megolm.v1.aes-sha2"}
    with pytest.raises(MatrixError) as raised:
        await bot.client.send(room, "m.room.message", {"msgtype": "m.text", "body": "x"}, "t")
    assert raised.value.errcode == "no_keys"


async def test_log_in_and_out(synapse: EmbeddedHomeserver, make_user: MakeUser) -> None:
    """A password makes the named device; its token is recognised as that device until the log-out."""
    account = await make_user("bot")
    made = await log_in(synapse.url, account.user_id, password=account.password, device_id="TUDANGTEST")
    assert (made.user_id, made.device_id) == (account.user_id, "TUDANGTEST")
    known = await log_in(synapse.url, account.user_id, access_token=made.access_token, device_id="TUDANGTEST")
    assert known == made
    await log_out(made)
    with pytest.raises(TokenRevoked):
        await log_in(synapse.url, account.user_id, access_token=made.access_token)
    with pytest.raises(Forbidden):
        await log_in(synapse.url, account.user_id, password="wrong")
