"""What the homeserver port takes in, from a homeserver that fails to order: batches, gaps, keys."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from nio import AsyncClient, RoomMemberEvent, RoomMessageText, SyncResponse

from bridge.matrix.client import SYNC_FILTER
from bridge.model.ports import MatrixError, TokenRevoked, Unreachable
from tests.fakes.homeserver import FakeHomeserver
from tests.matrix.conftest import Bot
from tests.matrix.wax import WaxSeals, bodies
from tests.waiting import until


class TestSync:
    async def test_the_first_sync_brings_state_and_timeline(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Rooms, their members, and the latest messages, in order."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id, name="Forum", encrypted=False)
        fake.say(room, ani, "satu")
        fake.say(room, ani, "dua")
        batch = await bot.catch_up()
        assert [found.room_id for found in batch.rooms] == [room]
        assert bodies(batch.rooms[0].timeline) == ["satu", "dua"]
        assert await bot.states.members(room) == {ani, bot.user_id}
        assert batch.rooms[0].gap is None

    async def test_nothing_new_is_an_empty_batch(self, fake: FakeHomeserver, bot: Bot) -> None:
        """A quiet homeserver moves the token at most."""
        fake.room(fake.user("ani"), bot.user_id)
        await bot.catch_up()
        assert (await bot.catch_up()).rooms == ()

    async def test_a_long_poll_ends_when_something_happens(self, fake: FakeHomeserver, bot: Bot) -> None:
        """The waiting sync returns with the message that came meanwhile."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        await bot.catch_up()
        waiting = asyncio.create_task(bot.client.sync(bot.token, 60_000))
        await fake.polling()
        fake.say(room, ani, "sekarang")
        assert bodies((await waiting).rooms[0].timeline) == ["sekarang"]

    async def test_a_gap_is_walked_forward_until_nothing_is_missing(self, fake: FakeHomeserver, bot: Bot) -> None:
        """350 messages missed: the window has 100, and the pages from our token to its start have all others."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        await bot.catch_up()
        for number in range(350):
            fake.say(room, ani, str(number))
        batch = await bot.catch_up()
        gap = batch.rooms[0].gap
        assert gap is not None
        found: list[str] = []
        place: str | None = gap.since
        while place is not None:
            page = await bot.client.messages(room, since=place, until=gap.until)
            found += bodies(page.events)
            place = page.end
        found += bodies(batch.rooms[0].timeline)
        assert found == [str(number) for number in range(350)]

    async def test_where_nio_loses_the_gap(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Plain nio asks for nothing when a timeline is limited, so its callbacks see the window only."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        client = AsyncClient(fake.url, bot.user_id)
        client.access_token = fake.token(bot.user_id)
        seen: list[str] = []

        async def note(room: object, event: RoomMessageText) -> None:
            seen.append(event.body)

        client.add_event_callback(note, RoomMessageText)
        await client.sync(timeout=0)
        for number in range(30):
            fake.say(room, ani, str(number))
        assert isinstance(await client.sync(timeout=0), SyncResponse)
        await client.close()
        assert len(seen) == 20
        assert not fake.calls_to("GET */messages")

    async def test_our_removal_is_seen(self, fake: FakeHomeserver, bot: Bot) -> None:
        """A kick of ours ends the room's batch with our own leave event."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        await bot.catch_up()
        fake.kick(room, ani, bot.user_id, "pindah")
        left = (await bot.catch_up()).rooms[0]
        assert left.membership == "leave"
        assert left.timeline[-1].content == {"membership": "leave", "reason": "pindah"}

    async def test_where_nio_does_not_notice_its_removal(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Plain nio calls nobody back for its own kick, and keeps the room."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        client = AsyncClient(fake.url, bot.user_id)
        client.access_token = fake.token(bot.user_id)
        seen: list[str] = []

        async def note(where: object, event: RoomMemberEvent) -> None:
            seen.append(event.membership)

        await client.sync(timeout=0)
        client.add_event_callback(note, RoomMemberEvent)
        fake.kick(room, ani, bot.user_id)
        await client.sync(timeout=0)
        await client.close()
        assert seen == []
        assert room in client.rooms

    async def test_an_invitation_then_a_join_without_a_gap(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Joining a room with a long past is no gap; its state comes whole."""
        ani = fake.user("ani")
        room = fake.room(ani, fake.user("budi"), name="Lama")
        for number in range(150):
            fake.say(room, ani, str(number))
        await bot.catch_up()
        fake.invite(room, ani, bot.user_id, direct=True)
        invitation = (await bot.catch_up()).invitations[0]
        assert (invitation.room_id, invitation.inviter, invitation.direct) == (room, ani, True)
        assert await bot.client.join(room) == room
        batch = await bot.catch_up()
        assert batch.rooms[0].gap is None
        assert await bot.states.members(room) == {ani, "@budi:fake.test", bot.user_id}

    async def test_repeated_and_reordered_events_are_passed_on_as_they_came(
        self, fake: FakeHomeserver, bot: Bot
    ) -> None:
        """The client neither sorts nor drops: the inbox knows event ids."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        first = fake.say(room, ani, "a")
        await bot.catch_up()
        second = fake.say(room, ani, "b")
        fake.redeliver(room, [first])
        assert [event.event_id for event in (await bot.catch_up()).rooms[0].timeline] == [first, second]
        sent = [fake.say(room, ani, str(number)) for number in range(8)]
        fake.shuffle = Random(1)
        got = [event.event_id for event in (await bot.catch_up()).rooms[0].timeline]
        assert got != sent
        assert sorted(got) == sorted(sent)

    async def test_a_rolled_back_homeserver_does_not_stop_us(self, fake: FakeHomeserver, bot: Bot) -> None:
        """After a restore from backup, our token from the lost time still yields what is said next."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        backup = fake.snapshot()
        for number in range(5):
            fake.say(room, ani, str(number))
        await bot.catch_up()
        fake.rollback(backup)
        await bot.catch_up()
        fake.say(room, ani, "kembali")
        assert bodies((await bot.catch_up()).rooms[0].timeline) == ["kembali"]

    @pytest.mark.parametrize("kind", ["html", "truncated", "drop", "not_json", "status"])
    async def test_a_failed_sync_loses_nothing(self, fake: FakeHomeserver, bot: Bot, kind: str) -> None:
        """A broken answer raises; the same token then brings the same events."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        await bot.catch_up()
        fake.say(room, ani, "penting")
        fake.fail("GET */sync", kind)  # type: ignore[arg-type]
        with pytest.raises(Unreachable):
            await bot.catch_up()
        assert bodies((await bot.catch_up()).rooms[0].timeline) == ["penting"]

    async def test_a_revoked_token_is_said_so_even_while_waiting(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Logging the device out ends the long poll with TokenRevoked."""
        fake.room(fake.user("ani"), bot.user_id)
        await bot.catch_up()
        waiting = asyncio.create_task(bot.client.sync(bot.token, 60_000))
        await fake.polling()
        fake.revoke(bot.user_id)
        with pytest.raises(TokenRevoked):
            await waiting

    def test_members_are_not_loaded_lazily(self) -> None:
        """Our own member table needs every member, and the keys go to whom it names."""
        assert '"lazy_load_members":false' in SYNC_FILTER


class TestKeys:
    async def test_key_material_is_taken_in_before_events(self, fake: FakeHomeserver) -> None:
        """The key and the message that needs it come in one response; the message is readable."""
        seals = WaxSeals()
        bot = Bot(fake, seals)
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id, encrypted=True)
        payload = {"type": "m.room.message", "content": {"body": "rahasia"}, "room_id": room}
        fake.say(room, ani, {"wax": payload}, "m.room.encrypted")
        batch = await bot.catch_up()
        assert seals.received
        assert batch.new_sessions == (("!r", "S"),)
        assert bodies(batch.rooms[0].timeline) == ["rahasia"]
        await bot.client.close()

    async def test_a_payload_is_never_applied_as_state(self, fake: FakeHomeserver) -> None:
        """A member who encrypts a power-levels event gains nothing, in sync, history and single reads."""
        bot = Bot(fake, WaxSeals())
        ani, budi = fake.user("ani"), fake.user("budi")
        room = fake.room(ani, budi, bot.user_id, encrypted=True)
        await bot.catch_up()
        forged = {
            "type": "m.room.power_levels",
            "state_key": "",
            "content": {"users": {budi: 100}},
            "room_id": room,
        }
        event_id = fake.say(room, budi, {"wax": forged}, "m.room.encrypted")
        before = await bot.states.state(room, "m.room.power_levels")
        await bot.catch_up()
        assert await bot.states.state(room, "m.room.power_levels") == before
        page = await bot.client.messages(room, since="s0", until=None)
        single = await bot.client.event(room, event_id)
        assert single is not None
        again = await bot.client.open_again(room, single.raw)
        assert {found.type for found in (page.events[-1], single, again)} == {"tudang.refused"}
        assert {found.state_key for found in (page.events[-1], single, again)} == {None}
        await bot.client.close()

    async def test_upkeep_runs_after_each_sync_and_its_refusals_stop_nothing(self, fake: FakeHomeserver) -> None:
        """A homeserver that refuses our keys is tried again after the next sync; intake goes on."""
        seals = WaxSeals()
        bot = Bot(fake, seals)
        seals.failure = MatrixError("M_UNKNOWN", "key already exists", status=400)
        for _ in range(3):
            await bot.catch_up()
        await until(lambda: seals.upkeeps == 3, "upkeep after each sync")
        await bot.client.close()

    async def test_a_defect_in_upkeep_is_raised(self, fake: FakeHomeserver) -> None:
        """A full disk under the key store stops the sync visibly, and the next attempt is a new one."""
        seals = WaxSeals()
        bot = Bot(fake, seals)
        seals.failure = OSError(28, "No space left on device")
        await bot.catch_up()
        await until(lambda: seals.upkeeps == 1, "upkeep after the sync")
        with pytest.raises(OSError, match="No space"):
            await bot.catch_up()
        seals.failure = None
        await bot.catch_up()
        await bot.client.close()
