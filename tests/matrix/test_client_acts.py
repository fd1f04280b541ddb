"""What the homeserver port does, at a homeserver that fails to order: sending, and the state of rooms."""

from __future__ import annotations

import pytest

from bridge.model.clock import MovableClock
from bridge.model.ports import Forbidden, MatrixError, NotFound, Unreachable
from tests.fakes.homeserver import FakeHomeserver
from tests.matrix.conftest import Bot
from tests.matrix.wax import WaxSeals


class TestSending:
    async def test_a_message_is_sent_once_under_its_transaction_id(
        self, fake: FakeHomeserver, bot: Bot, clock: MovableClock
    ) -> None:
        """A lost answer, then the same id again: one event; our own echo carries the id."""
        room = fake.room(fake.user("ani"), bot.user_id)
        await bot.catch_up()
        fake.fail("PUT */send/*", "drop", after=True)
        content = {"msgtype": "m.notice", "body": "P-1"}
        with pytest.raises(Unreachable):
            await bot.client.send(room, "m.room.message", content, "t1")
        sent = await bot.client.send(room, "m.room.message", content, "t1")
        echo = (await bot.catch_up()).rooms[0].timeline
        assert [(event.event_id, event.transaction_id) for event in echo] == [(sent.event_id, "t1")]

    async def test_the_fake_forgets_transaction_ids_after_a_day(
        self, fake: FakeHomeserver, bot: Bot, clock: MovableClock
    ) -> None:
        """As on Synapse, a transaction id protects for 24 hours and one device."""
        room = fake.room(fake.user("ani"), bot.user_id)
        await bot.catch_up()
        first = await bot.client.send(room, "m.room.message", {"body": "x"}, "t1")
        clock.advance(24 * 3600 + 1)
        assert await bot.client.send(room, "m.room.message", {"body": "x"}, "t1") != first

    async def test_a_second_identical_reaction_is_named(self, fake: FakeHomeserver, bot: Bot) -> None:
        """M_DUPLICATE_ANNOTATION keeps its name, so that delivery can count it as done."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        await bot.catch_up()
        chip = {"m.relates_to": {"rel_type": "m.annotation", "event_id": fake.say(room, ani, "x"), "key": "📌 P-1"}}
        sent = await bot.client.send(room, "m.reaction", chip, "t1")
        with pytest.raises(MatrixError) as raised:
            await bot.client.send(room, "m.reaction", chip, "t2")
        assert raised.value.errcode == "M_DUPLICATE_ANNOTATION"
        await bot.client.redact(room, sent.event_id, None, "t3")
        await bot.client.send(room, "m.reaction", chip, "t4")

    async def test_an_encrypted_room_gets_ciphertext_and_clear_reactions(self, fake: FakeHomeserver) -> None:
        """Messages are sealed, reactions stay clear as Matrix has them."""
        bot = Bot(fake, WaxSeals())
        room = fake.room(fake.user("ani"), bot.user_id, encrypted=True)
        await bot.catch_up()
        await bot.client.send(room, "m.room.message", {"body": "rahasia"}, "t1")
        await bot.client.send(room, "m.reaction", {"m.relates_to": {}}, "t2")
        assert [event["type"] for event in fake.events(room, bot.user_id)][-2:] == [
            "m.room.encrypted",
            "m.reaction",
        ]
        await bot.client.close()

    async def test_no_clear_text_into_a_room_that_was_not_read(self, fake: FakeHomeserver) -> None:
        """Before the state of a room is known, nothing is sent into it."""
        bot = Bot(fake, WaxSeals())
        room = fake.room(fake.user("ani"), bot.user_id, encrypted=True)
        with pytest.raises(Unreachable) as raised:
            await bot.client.send(room, "m.room.message", {"body": "rahasia"}, "t1")
        assert raised.value.errcode == "room_not_read"
        assert not fake.calls_to("PUT */send/*")
        await bot.client.close()

    async def test_once_encrypted_always_encrypted(self, fake: FakeHomeserver) -> None:
        """The encryption event counts as soon as it came; an emptied one does not make the room clear again."""
        bot = Bot(fake, WaxSeals())
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        bot.states.apply(await bot.client.sync(None, 0))
        await bot.client.send(room, "m.room.message", {"body": "clear"}, "t1")
        fake.state(room, ani, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await bot.client.sync("s0", 0)  # received, but not yet in the ledger's table
        await bot.client.send(room, "m.room.message", {"body": "sealed"}, "t2")
        await bot.client.close()
        fake.state(room, ani, "m.room.encryption", {})
        restarted = Bot(fake, WaxSeals())
        await restarted.catch_up()
        await restarted.client.send(room, "m.room.message", {"body": "sealed, too"}, "t3")
        await restarted.client.close()
        sent = [event["type"] for event in fake.events(room, bot.user_id)][-3:]
        assert sent == ["m.room.message", "m.room.encrypted", "m.room.encrypted"]

    async def test_without_keys_an_encrypted_room_is_refused(self, fake: FakeHomeserver, bot: Bot) -> None:
        """An account without keys sends nothing into an encrypted room."""
        room = fake.room(fake.user("ani"), bot.user_id, encrypted=True)
        await bot.catch_up()
        with pytest.raises(MatrixError) as raised:
            await bot.client.send(room, "m.room.message", {"body": "x"}, "t1")
        assert raised.value.errcode == "no_keys"


class TestRooms:
    async def test_state_is_read_fresh_or_absent(self, fake: FakeHomeserver, bot: Bot) -> None:
        """One content, or None when there is none; "forbidden" and "unreachable" are never None."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id, name="Forum", levels={bot.user_id: 50})
        assert await bot.client.read_state(room, "m.room.name") == {"name": "Forum"}
        assert await bot.client.read_state(room, "m.room.topic") is None
        assert await bot.client.read_state(room, "m.room.member", ani) == {"membership": "join"}
        sent = await bot.client.set_state(room, "org.tudang.x", "a/b ?", {"v": 1})
        assert (await bot.client.read_state(room, "org.tudang.x", "a/b ?"), sent.event_id[0]) == ({"v": 1}, "$")
        fake.fail("GET */state/*", "html", status=404)
        with pytest.raises(Unreachable):
            await bot.client.read_state(room, "m.room.name")
        fake.kick(room, ani, bot.user_id)
        with pytest.raises(Forbidden):
            await bot.client.read_state(room, "m.room.name")

    async def test_full_state(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Every current state event, with its sender (whose create event says who the creator is)."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        found = {(event.type, event.state_key): event for event in await bot.client.full_state(room)}
        assert found[("m.room.create", "")].sender == ani
        assert found[("m.room.member", bot.user_id)].content == {"membership": "join"}

    async def test_membership_acts_with_their_reason(self, fake: FakeHomeserver, bot: Bot) -> None:
        """Invite and kick do what they say, and the person sees why."""
        ani = fake.user("ani")
        room = fake.room(bot.user_id, version="11")
        await bot.client.invite(room, ani, "selamat datang")
        assert fake.content(room, "m.room.member", ani) == {"membership": "invite", "reason": "selamat datang"}
        fake.join(room, ani)
        await bot.client.kick(room, ani, "masa jabatan berakhir")
        assert fake.content(room, "m.room.member", ani) == {
            "membership": "leave",
            "reason": "masa jabatan berakhir",
        }
        with pytest.raises(Forbidden):
            await bot.client.kick(room, ani, None)
        await bot.client.leave(room)
        assert fake.membership(room, bot.user_id) == "leave"

    async def test_aliases(self, fake: FakeHomeserver, bot: Bot) -> None:
        """An alias is resolved and can be joined; an unknown one is NotFound."""
        ani = fake.user("ani")
        room = fake.room(ani)
        fake.state(room, ani, "m.room.join_rules", {"join_rule": "public"})
        fake.aliases["#forum:fake.test"] = room
        assert await bot.client.resolve("#forum:fake.test") == room
        assert await bot.client.join("#forum:fake.test") == room
        with pytest.raises(NotFound):
            await bot.client.resolve("#nowhere:fake.test")

    async def test_a_direct_chat_is_encrypted_from_its_first_event(self, fake: FakeHomeserver) -> None:
        """One invited person, marked direct, encryption in the initial state; clear text is impossible."""
        bot = Bot(fake, WaxSeals())
        ani = fake.user("ani")
        room = await bot.client.create_direct(ani)
        assert fake.content(room, "m.room.encryption") == {"algorithm": "m.megolm.v1.aes-sha2"}
        assert fake.content(room, "m.room.member", ani) == {"membership": "invite", "is_direct": True}
        await bot.client.send(room, "m.room.message", {"body": "pribadi"}, "t1")
        assert fake.events(room, bot.user_id)[-1]["type"] == "m.room.encrypted"
        await bot.client.close()

    async def test_one_event(self, fake: FakeHomeserver, bot: Bot) -> None:
        """An event by its id; None when there is none; never another event."""
        ani = fake.user("ani")
        room = fake.room(ani, bot.user_id)
        said = fake.say(room, ani, "ini")
        found = await bot.client.event(room, said)
        assert found is not None
        assert (found.event_id, found.room_id, found.content["body"]) == (said, room, "ini")
        assert await bot.client.event(room, "$nothing") is None
