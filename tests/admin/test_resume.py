"""The first start after a restore: what the rooms know is taken in before anything is decided or sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from bridge import books
from bridge.admin.resume import Seen, come_back
from bridge.forum.book import Book
from bridge.journey import words
from bridge.ledger import inbox, outbox, record, restored, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.restored import ComingBack
from bridge.model.clock import MovableClock
from bridge.model.effects import AnyEffect, Lane, Say
from bridge.model.event import Event, Json, Page
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError
from bridge.policy.load import load
from tests.admin.house import BOT, CONTROL, NOW, ROOM, House

LATER = NOW + 3_600_000
PLACES = {"forum": ROOM, "control": CONTROL}
NEWER = "0123abcd " * 7 + "0123abcd"


class Past:
    """The history of rooms, a page of two at a time."""

    user_id = BOT

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {ROOM: [], CONTROL: []}
        self.troubles: list[MatrixError] = []
        self._ids = count(1)

    def add(self, room: str, content: Json, *, type: str = "m.room.message", **more: object) -> str:
        """One event of the bot's own account."""
        event_id = f"$own{next(self._ids)}"
        event = Event(
            event_id=event_id, room_id=room, sender=str(more.pop("sender", BOT)), type=type, content=content,
            origin_ts=NOW, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        self.events[room].append(event)
        return event_id

    def chip(self, number: str, target: str, room: str = ROOM) -> str:
        """A mark of ours on somebody's event."""
        relation = {"rel_type": "m.annotation", "event_id": target, "key": words.chip(f"📌 {number}")}
        return self.add(room, {"m.relates_to": relation}, type="m.reaction")

    async def messages(self, room_id: str, *, since: str, until: str | None, limit: int = 100) -> Page:
        if self.troubles:
            raise self.troubles.pop(0)
        at = int(since) if since.isdigit() else 0
        events = self.events[room_id][at : at + 2]
        return Page(events=tuple(events), end=str(at + 2) if at + 2 < len(self.events[room_id]) else None)


class Back:
    """A restored ledger and the past of its rooms."""

    def __init__(self, house: House, book: Book) -> None:
        self.past = Past()
        self.clock = MovableClock(LATER)
        self.book = book
        store = house.open_ledger()
        for kind, room in PLACES.items():
            rooms.set_room(store, room, forum="uji", kind=kind)
            rooms.set_membership(store, room, "join")
        record.raise_counter(store, "uji", "P", 5)
        record.raise_counter(store, "uji", "A", 3)
        self.link = record.head(store, "uji").link
        store.close()
        self.ledger = Ledger(house.state / "ledger.db")

    async def on_its_way(self, effect: AnyEffect) -> str:
        """Something that waits to be sent when the copy is made; its cause."""
        await self.ledger.write(lambda store: outbox.enqueue(store, "uji", [effect], cause="c", now=NOW))
        row = await self.ledger.read(lambda store: store.one("SELECT txn FROM outbox ORDER BY id DESC"))
        assert row is not None
        return str(row[0])

    async def come(self, *, why: str = "backup", device_gone: bool = True, media: bool = True) -> Seen:
        """Come back."""
        coming = ComingBack(why=why, since=NOW, device="LAMA", position=4, link=self.link.hex(), media=media)
        await self.ledger.write(lambda store: restored.mark(store, coming))
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        return await come_back(
            self.ledger, self.past, self.clock, self.book, coming, device_gone=device_gone, sleep=sleep
        )

    async def numbers(self) -> dict[str, int]:
        """The highest number of each series."""
        return await self.ledger.read(lambda store: restored.highest(store, "uji", self.book.series))

    async def state_of(self, txn: str) -> str:
        """What became of an errand."""
        row = await self.ledger.read(lambda store: store.one("SELECT state FROM outbox WHERE txn = ?", (txn,)))
        assert row is not None
        return str(row[0])

    async def said(self) -> list[str]:
        """What the control room is going to hear: the key, and the keys of the lines below."""
        waiting = await self.ledger.read(lambda store: outbox.waiting(store, LATER, 50))
        says = [e.effect for e in waiting if isinstance(e.effect, Say) and e.effect.ref.startswith("restore:")]
        assert len(says) == 1
        return [says[0].key, *(line.key for line in says[0].lines)]

    async def gap(self) -> str:
        """What the record will say of the loss."""
        items = await self.ledger.read(lambda store: inbox.next_items(store, 50))
        return next((item.body.decode() for item in items if item.kind == "gap"), "")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The book of an Indonesian forum; making it takes a second."""
    house = House(tmp_path_factory.mktemp("book") / "house", language="id")
    configuration = load(house.settings.config)
    return books.make_book(
        configuration, forum="uji", rooms=PLACES, bot=BOT, clock=MovableClock(LATER), rehearsal=False
    )


@pytest.fixture
def back(house: House, book: Book) -> Iterator[Back]:
    """A restored ledger."""
    made = Back(house, book)
    yield made
    made.ledger.close()


async def test_numbers_go_on_above_the_highest_chip(back: Back) -> None:
    """P-9 stands in the room, so the next directive is not P-6; other series stay."""
    back.past.chip("P-7", "$a")
    back.past.chip("P-9", "$b")
    back.past.chip("L-2", "$c")
    back.past.chip("X-50", "$d")
    await back.come()
    assert await back.numbers() == {"P": 9, "L": 2, "K": 0, "R": 0, "A": 3}


async def test_numbers_of_texts_count_when_they_can_be_ours(back: Back) -> None:
    """A proposal's card shows A-8. What a text quotes of a person's fantasy does not use up a series."""
    back.past.add(CONTROL, {"body": "A-8: mengeluarkan seseorang"})
    back.past.add(ROOM, {"body": "P-999999 kata seseorang"})
    back.past.add(ROOM, {"body": "P-88 bukan pesan kami"}, sender="@bupati:contoh.id")
    await back.come()
    found = await back.numbers()
    assert (found["A"], found["P"]) == (8, 5)


async def test_acts_that_nobody_can_read_leave_room_for_their_numbers(back: Back) -> None:
    """Cards in the control room that the lost device encrypted, and invitations, each may have had an A-number."""
    for _ in range(2):
        back.past.add(CONTROL, {}, type="m.room.encrypted", sealed="no_session", encrypted=True)
    back.past.add(ROOM, {"membership": "invite"}, type="m.room.member", state_key="@x:contoh.id")
    await back.come()
    assert (await back.numbers())["A"] == 3 + 2 + 1
    assert "restore.unread" in await back.said()


async def test_an_event_gets_the_number_that_it_shows(back: Back) -> None:
    """Only those that are decided again; the mark itself can be taken back."""
    chip = back.past.chip("P-6", "$baru")
    await back.come()
    shown, post = await back.ledger.read(
        lambda store: (restored.number_shown(store, "$baru"), outbox.posted(store, "uji", "P-6.chip"))
    )
    assert shown == "P-6"
    assert post is not None
    assert (post.event, post.room) == (chip, ROOM)


async def test_a_card_that_stands_is_found_again(back: Back) -> None:
    """By its name, or by an edit that names the message which can no longer be read."""
    card = back.past.add(ROOM, {"body": "P-6", "tudang.ref": "P-6.card"})
    edit = {
        "body": "* P-7",
        "tudang.ref": "P-7.card",
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$alt"},
    }
    back.past.add(ROOM, edit)
    await back.come()
    six, seven = await back.ledger.read(
        lambda store: (outbox.posted(store, "uji", "P-6.card"), outbox.posted(store, "uji", "P-7.card"))
    )
    assert six is not None
    assert seven is not None
    assert (six.event, seven.event) == (card, "$alt")


async def test_what_arrived_is_not_sent_again(back: Back) -> None:
    """Found in the room by its cause; what is not there goes out."""
    arrived = await back.on_its_way(Say(room=ROOM, key="status.nothing_open"))
    waits = await back.on_its_way(Say(room=CONTROL, key="status.nothing_open"))
    back.past.add(ROOM, {"body": "x", "tudang.cause": arrived})
    await back.come()
    assert await back.state_of(arrived) == "confirmed"
    assert await back.state_of(waits) == "waiting"


async def test_what_may_have_arrived_unreadably_is_listed_and_not_repeated(back: Back) -> None:
    """Except what rings for an emergency: better twice than never."""
    doubtful = await back.on_its_way(Say(room=ROOM, key="status.nothing_open"))
    urgent = await back.on_its_way(Say(room=ROOM, key="emergency.ring", lane=Lane.SAFETY))
    back.past.add(ROOM, {}, type="m.room.encrypted", sealed="no_session")
    await back.come()
    assert await back.state_of(doubtful) == "cancelled"
    assert await back.state_of(urgent) == "waiting"
    assert "restore.doubtful" in await back.said()


async def test_the_loss_is_stated(back: Back) -> None:
    """In the record, with a newer hash if the room knows one, and in the control room."""
    back.past.add(ROOM, {"body": f"🔗 Sabtu: 90 catatan. Sidik: {NEWER}"})
    await back.come(device_gone=False, media=False)
    gap = await back.gap()
    assert '"what":"restore"' in gap
    assert "after record 4 is lost" in gap
    assert NEWER.replace(" ", "") in gap
    assert await back.said() == [
        "restore.done",
        "restore.newer_head",
        "restore.no_media",
        "restore.device_left",
    ]


async def test_a_head_that_we_have_is_no_newer_head(back: Back) -> None:
    """The head of the day before is posted in the room, and is ours."""
    link = back.link.hex()
    grouped = " ".join(link[at : at + 8] for at in range(0, 64, 8))
    back.past.add(ROOM, {"body": f"🔗 Jumat: 4 catatan. Sidik: {grouped}"})
    await back.come()
    assert await back.said() == ["restore.done"]
    assert "newer" not in await back.gap()


async def test_a_new_device_lost_nothing(back: Back) -> None:
    """No gap, no numbers skipped; what arrived is confirmed all the same."""
    arrived = await back.on_its_way(Say(room=ROOM, key="status.nothing_open"))
    back.past.add(ROOM, {"body": "x", "tudang.cause": arrived})
    back.past.add(CONTROL, {}, type="m.room.encrypted", sealed="no_session")
    await back.come(why="device")
    assert await back.said() == ["restore.new_device"]
    assert await back.gap() == ""
    assert (await back.numbers())["A"] == 3
    assert await back.state_of(arrived) == "confirmed"


async def test_a_limit_is_waited_for_and_a_closed_room_is_passed(back: Back) -> None:
    """A homeserver that asks for patience, and a room that we were removed from since."""
    back.past.chip("P-9", "$b", CONTROL)
    back.past.troubles = [
        Forbidden("M_FORBIDDEN", "not in room", status=403),
        LimitExceeded("M_LIMIT_EXCEEDED", "", status=429, retry_after_ms=10),
    ]
    seen = await back.come()
    assert len(seen.closed) == 1
    assert "restore.closed" in await back.said()
    assert await back.ledger.read(restored.marked) is None


async def test_it_comes_back_once(back: Back) -> None:
    """The mark is taken away in the same transaction."""
    await back.come()
    assert await back.ledger.read(restored.marked) is None
