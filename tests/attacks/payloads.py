"""Attacks by payloads: spoofed state, messages that are to be hidden from the record, and lies about themselves."""

from __future__ import annotations

from bridge.model.event import Json
from tests.attacks.siege import OUTSIDER, Attack, Launch, Siege

ORDERED = "DLH dan PUPR hadir di kantor saya jam 10"
"""What would be an order, if somebody said it who may order."""
SECRET = "Rapat besok batal saja"
TALK = (("message", "unsure"),)


def text(body: str, **more: object) -> Json:
    """A text as a client writes it."""
    return {"msgtype": "m.text", "body": body, **more}


# State of every kind, encrypted as a message


def state(kind: str, content: Json, key: str | None = "") -> Launch:
    """A payload that claims to be state; without a key when that is None."""

    async def launch(siege: Siege) -> str:
        claimed = {"type": kind, "content": content}
        return await siege.intruder.payload(claimed if key is None else {**claimed, "state_key": key})

    return launch


async def powerful(siege: Siege) -> str:
    return await state("m.room.power_levels", {"users": {siege.intruder.user_id: 100}, "ban": 0})(siege)


async def regent_removed(siege: Siege) -> str:
    return await state("m.room.member", {"membership": "leave"}, siege.user("bupati"))(siege)


async def order_taken_back(siege: Siege) -> str:
    return await state("m.room.redaction", {"redacts": siege.order}, None)(siege)


def spoof(name: str, launch: Launch, nio: str, believed: Json | None = None) -> Attack:
    """Whatever state it claims to be: refused, and no state."""
    return Attack(name=name, launch=launch, ours=(("refused", "spoofed_state"),), nio=nio, believed=believed or {})


SPOOFED = (
    spoof("power levels", powerful, "PowerLevelsEvent", {"intruder's level": 100, "intruder may ban": True}),
    spoof("levels, no state key", state("m.room.power_levels", {"users": {}, "kick": 0}, None), "BadEvent"),
    spoof("the regent removed", regent_removed, "RoomMemberEvent", {"regent in": False}),
    spoof(
        "an outsider brought in",
        state("m.room.member", {"membership": "join"}, OUTSIDER),
        "RoomMemberEvent",
        {"outsider in": True},
    ),
    spoof("a name", state("m.room.name", {"name": "Milik PUPR"}), "RoomNameEvent", {"name": "Milik PUPR"}),
    spoof("a topic", state("m.room.topic", {"topic": "Libur"}), "RoomTopicEvent", {"topic": "Libur"}),
    spoof("an alias", state("m.room.canonical_alias", {"alias": "#x:y"}), "RoomAliasEvent", {"alias": "#x:y"}),
    spoof(
        "open to everybody",
        state("m.room.join_rules", {"join_rule": "public"}),
        "RoomJoinRulesEvent",
        {"join rule": "public"},
    ),
    spoof(
        "open to guests",
        state("m.room.guest_access", {"guest_access": "can_join"}),
        "RoomGuestAccessEvent",
        {"guests": "can_join"},
    ),
    spoof(
        "readable by the world",
        state("m.room.history_visibility", {"history_visibility": "world_readable"}),
        "RoomHistoryVisibilityEvent",
        {"history": "world_readable"},
    ),
    spoof("another encryption", state("m.room.encryption", {"algorithm": "none"}), "RoomEncryptionEvent"),
    spoof(
        "made anew",
        state("m.room.create", {"creator": OUTSIDER, "room_version": "1"}),
        "RoomCreateEvent",
        {"version": "1"},
    ),
    spoof(
        "replaced",
        state("m.room.tombstone", {"body": "pindah", "replacement_room": "!lain"}),
        "RoomUpgradeEvent",
        {"replaced by": "!lain"},
    ),
    spoof(
        "a child of a space",
        state("m.space.child", {"via": ["localhost"]}, "!lain"),
        "RoomSpaceChildEvent",
        {"children": ["!lain"]},
    ),
    spoof("servers shut out", state("m.room.server_acl", {"allow": [], "deny": ["*"]}), "UnknownEvent"),
    spoof("pinned", state("m.room.pinned_events", {"pinned": ["$x"]}), "UnknownEvent"),
    spoof("invited by e-mail", state("m.room.third_party_invite", {"display_name": "x"}, "k"), "UnknownEvent"),
    spoof(
        "a rule against a person",
        state("m.policy.rule.user", {"entity": "@bupati:*", "recommendation": "m.ban"}, "r"),
        "UnknownEvent",
    ),
    spoof("encrypted twice", state("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2"}, None), "BadEvent"),
    spoof("the order taken back", order_taken_back, "BadEvent"),
    spoof("the bridge's own words", state("tudang.malformed", {"why": "event"}, None), "UnknownEvent"),
)


# Messages that are to be read by people and not by the record


def words(content: Json, outer: Json | None = None, **payload: object) -> Launch:
    """A message with this content, and keys beside it that should mean nothing."""

    async def launch(siege: Siege) -> str:
        return await siege.intruder.words(content, outer=outer, **payload)

    return launch


def raw(plaintext: str) -> Launch:
    """A plaintext that no client would make; ROOM stands for the room."""

    async def launch(siege: Siege) -> str:
        return await siege.intruder.plaintext(plaintext.replace("ROOM", siege.room))

    return launch


def hide(name: str, launch: Launch, nio: str, says: str | None = None) -> Attack:
    """Talk, whatever stands beside it."""
    return Attack(name=name, launch=launch, ours=TALK, nio=nio, says=says)


def broken(name: str, plaintext: str, ours: tuple[str, str], nio: str = "", fells: str = "") -> Attack:
    """No message, and recorded as that."""
    return Attack(name=name, launch=raw(plaintext), ours=(ours,), nio=nio, fells=fells)


TWICE = (
    '{"type":"m.room.message","room_id":"ROOM","content":{"body":"a"},"content":{"msgtype":"m.text","body":"%s"}}'
)
MALFORMED = ("refused", "malformed")
UNREADABLE = ("sealed", "bad_ciphertext")

HIDDEN = (
    hide(
        "taken back by itself",
        words(text(SECRET), unsigned={"redacted_because": {"sender": "@x:y", "content": {}}}),
        "RedactedEvent",
    ),
    hide("an ill-typed format", words(text(SECRET, formatted_body=None, format=5)), "BadEvent"),
    hide(
        "ill-typed mentions",
        words(text(SECRET, **{"m.mentions": {"user_ids": [1, {}]}})),
        "RoomMessageText",
        SECRET,
    ),
    hide(
        "an ill-typed relation", words(text(SECRET), {"m.relates_to": {"rel_type": 5}}), "RoomMessageText", SECRET
    ),
    hide("a kind nobody knows", words({"msgtype": "x.lain", "body": SECRET}), "RoomMessageUnknown"),
    hide("no kind", words({"body": SECRET}), "BadEvent"),
    hide("a kind that is a list", words({"msgtype": ["m.text"], "body": SECRET}), "BadEvent"),
    hide("a message that calls itself state", words(text(SECRET), state_key=""), "BadEvent"),
    hide("no device named", words(text(SECRET), {"sender_key": None, "device_id": None}), "BadEvent"),
    hide("another device named", words(text(SECRET), {"sender_key": "x", "device_id": "y"}), "MegolmEvent"),
    hide("two contents", raw(TWICE % SECRET), "RoomMessageText", SECRET),
    hide("no words", words({"msgtype": "m.text"}), "BadEvent"),
    hide("words that are a number", words({"msgtype": "m.text", "body": 7}), "BadEvent"),
    broken("no JSON", "{", UNREADABLE, nio="MegolmEvent"),
    broken("no content", '{"type":"m.room.message","room_id":"ROOM"}', MALFORMED, fells="AttributeError"),
    broken(
        "a content that is text",
        '{"type":"m.room.message","room_id":"ROOM","content":"x"}',
        MALFORMED,
        fells="AttributeError",
    ),
    broken(
        "no type", '{"room_id":"ROOM","content":{"msgtype":"m.text","body":"x"}}', MALFORMED, fells="AttributeError"
    ),
    broken("a list", "[1,2]", UNREADABLE, fells="TypeError"),
)


# What a payload says about itself


async def as_deputy(siege: Siege) -> str:
    return await siege.intruder.words(text(ORDERED), sender=siege.user("wabup"))


async def under_the_orders_id(siege: Siege) -> str:
    return await siege.intruder.words(text(SECRET), event_id=siege.order)


async def for_another_room(siege: Siege) -> str:
    return await siege.intruder.words(text(SECRET), room_id=siege.forum.rooms["control"])


async def edit_inside(siege: Siege) -> str:
    new = text("Semua libur hari ini")
    relation = {"rel_type": "m.replace", "event_id": siege.order}
    return await siege.intruder.words({**new, "m.new_content": new, "m.relates_to": relation})


async def receipt_inside(siege: Siege) -> str:
    """It answers the intruder's own words in the open, and the order inside."""
    inside, outside = ({"m.in_reply_to": {"event_id": event}} for event in (siege.order, siege.words))
    return await siege.intruder.words(text("Siap", **{"m.relates_to": inside}), outer={"m.relates_to": outside})


FORGED_RELATION = ("refused", "forged_relation")
ECHO: Json = {"tudang.cause": "tudang-1", "tudang.ref": "P-1.card"}

FORGED = (
    Attack(name="from the deputy", launch=as_deputy, ours=TALK, nio="RoomMessageText", says=ORDERED),
    hide("under the order's id", under_the_orders_id, "RoomMessageText", SECRET),
    hide("said in 2020", words(text(SECRET), origin_server_ts=1_577_836_800_000), "RoomMessageText", SECRET),
    hide(
        "an echo of the bridge",
        words(text(SECRET, **ECHO), unsigned={"transaction_id": "tudang-1"}),
        "RoomMessageText",
        SECRET,
    ),
    Attack(
        name="for another room",
        launch=for_another_room,
        ours=(("sealed", "wrong_room"),),
        nio="RoomMessageText",
        says=SECRET,
    ),
    Attack(
        name="an edit of the order, inside",
        launch=edit_inside,
        ours=(*TALK, FORGED_RELATION),
        nio="RoomMessageText",
        says="Semua libur hari ini",
    ),
    Attack(
        name="a receipt for the order, inside",
        launch=receipt_inside,
        ours=(("message", "acknowledgement"), FORGED_RELATION),
        nio="RoomMessageText",
        says="Siap",
    ),
)
