"""Direct chats: private words go only where they are private, and somebody who left is reached again."""

from __future__ import annotations

from bridge.journey.direct import best_chat, next_offer
from bridge.lang.drawing import welcome
from bridge.ledger import health
from bridge.ledger.rooms import DirectChat
from bridge.model.effects import Say
from bridge.model.event import Json
from tests.faults.checks import check
from tests.faults.house import House
from tests.faults.process import FORUM, Process
from tests.faults.sealed import letter

DAY_MS = 24 * 3600 * 1000
HOUR = 3600
BOT = "@bot:x"
ACCOUNTS = ("@dlh:x",)


async def running(house: House) -> Process:
    process = await house.start()
    await process.settle()
    return process


def word(text: str) -> Say:
    """Something for the head of DLH alone."""
    return Say(person="dlh", key="sealed.ask", values={"forum": text}, ref=f"private.{text}")


def chats(house: House) -> list[str]:
    """Rooms that are none of the forum's, oldest first."""
    return [room for room in house.fake.world.rooms if room not in house.rooms.values()]


def heard(house: House, room: str) -> list[str]:
    """What the bot said in a room."""
    return [one["content"]["body"] for one in house.events(room, house.bot, "m.room.message")]


async def joined_chat(house: House, process: Process) -> str:
    """The direct chat that the bot opened, where it has said its first word."""
    await process.want(word("eins"))
    await process.settle()
    (chat,) = chats(house)
    house.fake.join(chat, house.people["dlh"])
    await later(house, process, 61)
    assert len(heard(house, chat)) == 1
    return chat


async def later(house: House, process: Process, seconds: float) -> None:
    house.clock.advance(seconds)
    await process.settle()


async def test_whoever_left_the_direct_chat_gets_a_new_one(house: House) -> None:
    """What was to be said waits for the new chat and is said there, once; the old one stays silent."""
    process = await running(house)
    old = await joined_chat(house, process)
    await later(house, process, 25 * HOUR)
    house.fake.leave(old, house.people["dlh"])
    await process.settle()
    await process.want(word("zwei"), word("drei"))
    await process.settle()
    (new,) = [room for room in chats(house) if room != old]
    assert house.fake.membership(new, house.people["dlh"]) == "invite"
    house.fake.join(new, house.people["dlh"])
    await later(house, process, 61)
    assert ["zwei" in body for body in heard(house, new)] == [True, False]
    assert len(heard(house, new)) == 2
    assert len(heard(house, old)) == 1
    await check(house)


async def test_whoever_declines_is_not_asked_again_and_again(house: House) -> None:
    """A declined invitation brings one more a day, however much is to be said meanwhile."""
    process = await running(house)
    await process.want(word("eins"))
    await process.settle()
    for _ in range(6):
        house.fake.leave(chats(house)[-1], house.people["dlh"])
        await later(house, process, 2 * HOUR)
        await process.want(word("zwei"))
        await process.settle()
        assert len(chats(house)) == 1
    with house.store() as store:
        assert any("once a day" in why for _, why in health.queues(store, FORUM).reasons)
    await later(house, process, 13 * HOUR)
    assert len(chats(house)) == 2


async def test_private_words_do_not_go_into_a_clear_chat(house: House) -> None:
    """A person opened an unencrypted chat with the bot: it makes an encrypted one of its own for private words."""
    process = await running(house)
    clear = house.fake.room(house.people["dlh"], name="berdua")
    house.fake.invite(clear, house.people["dlh"], house.bot, direct=True)
    await process.settle()
    assert house.fake.membership(clear, house.bot) == "join"
    await process.want(word("eins"))
    await process.settle()
    (own,) = [room for room in chats(house) if room != clear]
    assert house.fake.content(own, "m.room.encryption") is not None
    house.fake.join(own, house.people["dlh"])
    await later(house, process, 61)
    assert heard(house, clear) == []
    assert len(heard(house, own)) == 1
    await check(house)


async def test_a_question_in_a_clear_chat_is_answered_in_an_encrypted_one(house: House) -> None:
    """The answer names units and persons: it goes where only the two can read it, and replies to nothing there."""
    process = await running(house)
    clear = house.fake.room(house.people["dlh"], name="berdua")
    house.fake.invite(clear, house.people["dlh"], house.bot, direct=True)
    await process.settle()
    house.fake.say(clear, house.people["dlh"], "status")
    await process.settle()
    (own,) = [room for room in chats(house) if room != clear]
    house.fake.join(own, house.people["dlh"])
    await later(house, process, 61)
    assert heard(house, clear) == []
    (answer,) = house.events(own, house.bot, "m.room.message")
    assert "m.relates_to" not in answer["content"]


async def test_an_encrypted_chat_that_a_person_opened_is_used(house: House) -> None:
    """No second chat is made beside it."""
    process = await running(house)
    theirs = house.fake.room(house.people["dlh"], name="berdua", encrypted=True)
    house.fake.invite(theirs, house.people["dlh"], house.bot, direct=True)
    await process.settle()
    house.fake.say(theirs, house.people["dlh"], letter("status"), "m.room.encrypted")
    await process.want(word("eins"))
    await process.settle()
    assert chats(house) == [theirs]
    assert len(heard(house, theirs)) == 2


def chat(
    room: str, *, encrypted: bool = True, maker: str | None = BOT, made: int = 1, there: str = "both"
) -> DirectChat:
    """A chat with nobody but the bot, the two, or a third as well."""
    joined = {"alone": {BOT}, "both": {BOT, *ACCOUNTS}, "three": {BOT, *ACCOUNTS, "@luar:x"}, "asked": {BOT}}[there]
    invited = frozenset(ACCOUNTS) if there == "asked" else frozenset[str]()
    return DirectChat(room, encrypted, maker, made, frozenset(joined), invited)


def test_the_best_of_several_chats() -> None:
    """Exactly the two, then where the person is asked to be; never a clear one, with a third, or that was left."""
    unread = chat("!unread", encrypted=False, maker=None, made=0, there="alone")
    three, both, asked = chat("!three", there="three"), chat("!z-both"), chat("!asked", there="asked")
    left, clear = chat("!left", there="alone"), chat("!clear", encrypted=False)
    assert best_chat([unread, three, both, asked, left, clear], ACCOUNTS, BOT) == "!z-both"
    assert best_chat([unread, three, asked, left, clear], ACCOUNTS, BOT) == "!asked"
    assert best_chat([three, left, clear], ACCOUNTS, BOT) is None, (
        "a third would hear it, or it would never be said"
    )
    assert best_chat([left, asked], ACCOUNTS, BOT) == "!asked"
    assert best_chat([left, clear, unread], ACCOUNTS, BOT) == "!unread"
    assert best_chat([left, clear], ACCOUNTS, BOT) is None
    assert best_chat([both], (), BOT) is None, "a person without an account is nowhere"


def test_when_another_chat_is_offered() -> None:
    """A day after the last one that we made; what others made does not count, nor a clock that is ahead."""
    now = 10 * DAY_MS
    assert next_offer([], BOT, now) == now
    assert next_offer([chat("!a", made=now - 1000)], BOT, now) == now - 1000 + DAY_MS
    assert next_offer([chat("!a", made=now - 2 * DAY_MS)], BOT, now) == now
    assert next_offer([chat("!a", made=now - 1000, maker="@dlh:x")], BOT, now) == now
    assert next_offer([chat("!a", made=now + 1000)], BOT, now) == now


async def test_the_picture_of_the_welcome_is_uploaded_once_and_shown_to_everybody(house: House) -> None:
    """Encrypted, with a thumbnail and words for whoever does not see it; readable with the key of its event."""
    process = await running(house)
    for person in ("dlh", "ahli"):
        await process.want(
            Say(person=person, key="coaching.welcome_picture", picture=True, ref=f"welcome:{person}")
        )
    await process.settle()
    for chat in chats(house):
        for person in ("dlh", "ahli"):
            if house.fake.membership(chat, house.people[person]) == "invite":
                house.fake.join(chat, house.people[person])
    await later(house, process, 61)
    first, second = (house.events(chat, house.bot, "m.room.message")[0]["content"] for chat in chats(house))
    assert first["file"] == second["file"]
    assert len(house.fake.media) == 2
    assert "url" not in first
    assert first["body"] == process.catalogue.say("coaching.welcome_picture").plain
    assert first["filename"] == "cara-melapor.png"
    drawn = welcome("id")
    assert await fetched(process, first["file"]) == drawn.png
    assert await fetched(process, first["info"]["thumbnail_file"]) == drawn.small
    assert (first["info"]["w"], first["info"]["h"], first["info"]["size"]) == (*drawn.size, len(drawn.png))


async def fetched(process: Process, file: Json) -> bytes:
    """A file as a client that has the event reads it."""
    return b"".join([part async for part in process.homeserver.download(file["url"], file=file, limit=200_000)])


def test_the_picture_is_small_and_speaks_each_language() -> None:
    pictures = [welcome(lang) for lang in ("id", "en")]
    assert all(len(one.png) < 60_000 and len(one.small) < 20_000 for one in pictures)
    assert len({one.png for one in pictures}) == 2
