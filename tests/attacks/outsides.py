"""Attacks by events around or without a payload: replays, edits, clear text where everything is encrypted."""

from __future__ import annotations

from bridge.model.event import Json
from tests.attacks.payloads import ORDERED, SECRET, text
from tests.attacks.siege import Attack, Launch, Siege

REPLAY = (("refused", "replay"),)
FORGED_EDIT = (("refused", "forged_edit"),)
CLEAR = ("refused", "clear_text")
HOLIDAY = "Semua libur hari ini"


async def own_again(siege: Siege) -> str:
    return await siege.intruder.put("m.room.encrypted", await siege.intruder.seen(siege.words))


async def order_again(siege: Siege) -> str:
    """The deputy's own client, or a homeserver, gives the old order once more."""
    return await siege.as_member("wabup").put("m.room.encrypted", await siege.intruder.seen(siege.order))


async def order_stolen(siege: Siege) -> str:
    return await siege.intruder.put("m.room.encrypted", await siege.intruder.seen(siege.order))


def replay(name: str, launch: Launch, nio: str = "MegolmEvent", says: str | None = None) -> Attack:
    """Ciphertext that was there before."""
    return Attack(name=name, launch=launch, ours=REPLAY, nio=nio, says=says)


REPLAYED = (
    replay("own words again", own_again),
    replay("the order again", order_again),
    replay("the order under another name", order_stolen),
)


def edit(target: str, sealed: bool = True) -> Launch:
    """An edit of one of the things that the siege knows."""

    async def launch(siege: Siege) -> str:
        new, relation = text(HOLIDAY), {"rel_type": "m.replace", "event_id": getattr(siege, target)}
        content: Json = {**new, "m.new_content": new}
        if sealed:
            return await siege.intruder.words(content, outer={"m.relates_to": relation})
        return await siege.intruder.put("m.room.message", {**content, "m.relates_to": relation})

    return launch


async def order_in_clear(siege: Siege) -> str:
    return await siege.as_member("wabup").clear(ORDERED)


async def words_in_clear(siege: Siege) -> str:
    return await siege.intruder.clear(SECRET)


async def marker_in_clear(siege: Siege) -> str:
    return await siege.intruder.put("tudang.refused", {"why": "x", "type": "m.room.member"})


OUTSIDE = (
    Attack(
        name="another's message edited", launch=edit("order"), ours=FORGED_EDIT, nio="RoomMessageText", says=HOLIDAY
    ),
    Attack(
        name="the bot's card edited", launch=edit("card"), ours=FORGED_EDIT, nio="RoomMessageText", says=HOLIDAY
    ),
    Attack(
        name="words as an edit of the room's name",
        launch=edit("name"),
        ours=(("message", "chatter"),),
        nio="RoomMessageText",
        says=HOLIDAY,
    ),
    Attack(
        name="own words edited in clear",
        launch=edit("words", sealed=False),
        ours=FORGED_EDIT,
        nio="RoomMessageText",
        says=HOLIDAY,
    ),
    Attack(
        name="an order in clear",
        launch=order_in_clear,
        ours=(("message", "unsure"), CLEAR),
        nio="RoomMessageText",
        says=ORDERED,
    ),
    Attack(
        name="words in clear",
        launch=words_in_clear,
        ours=(("message", "unsure"), CLEAR),
        nio="RoomMessageText",
        says=SECRET,
    ),
    Attack(
        name="a verdict of the bridge",
        launch=marker_in_clear,
        ours=(("refused", "spoofed_state"),),
        nio="UnknownEvent",
    ),
)
