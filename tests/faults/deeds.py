"""What is done in a house by those who run the forum: to people, to messages, to rooms.

A preparation is how a house is before a process comes to it; a step is something that somebody does then.
"""

from __future__ import annotations

from tests.faults.house import House


def experts_may_ban(house: House) -> None:
    """Nobody has to agree, so that an act follows from its command."""
    house.write_files("rights: {remove: [leader, deputy, expert]}\n")


def shut_out(house: House) -> None:
    """A member was banned by hand."""
    house.fake.ban(house.rooms["forum"], house.bot, house.people["dlh"])


def guest_writes(house: House) -> None:
    """Somebody whom nobody listed has shown a picture: nobody is to be told of it when it is taken back."""
    room = house.rooms["forum"]
    house.fake.invite(room, house.people["bupati"], house.outsider)
    house.fake.join(room, house.outsider)
    house.fake.photo(room, house.outsider, b"\xff\xd8 an account number")


def level_of_their_own(house: House) -> None:
    """What a lock finds, and has to put back, is no default."""
    room = house.rooms["forum"]
    found = house.fake.content(room, "m.room.power_levels") or {}
    house.fake.state(room, house.bot, "m.room.power_levels", {**found, "events_default": 5})


def space_to_fill(house: House) -> None:
    """The rooms are to be listed in a space; that of the forum is not yet."""
    maker, others = house.people["ahli"], [user for name, user in house.people.items() if name != "ahli"]
    space = house.fake.room(maker, house.bot, *others, levels={house.bot: 100}, create={"type": "m.space"})
    for kind in ("control", "audit"):
        room, via = house.rooms[kind], {"via": ["fake.test"]}
        house.fake.state(space, house.bot, "m.space.child", via, room)
        house.fake.state(room, house.bot, "m.space.parent", via, space)
    house.rooms["space"] = space
    house.write_files("space: {link: true}\n")


def ban(house: House) -> None:
    house.say("ahli", f"!blokir {house.people['dlh']} akunnya dipakai orang lain", "control")


def unban(house: House) -> None:
    house.say("ahli", f"!buka blokir {house.people['dlh']}", "control")


def redact(house: House) -> None:
    room = house.rooms["forum"]
    (event,) = [one["event_id"] for one in house.events(room, house.outsider, "m.room.message")]
    content = {
        "msgtype": "m.text",
        "body": "!tarik pesan nomor rekening",
        "m.relates_to": {"m.in_reply_to": {"event_id": event}},
    }
    house.fake.say(room, house.people["wabup"], content)


def enter_the_chat(house: House) -> None:
    """Whoever gave a command in the forum is answered alone, in a chat that is made for it."""
    _enter(house, "wabup")


def enter_to_hear_of_a_photo(house: House) -> None:
    """Whose photo waits to be looked at reads so alone."""
    _enter(house, "pupr")


def _enter(house: House, person: str) -> None:
    (chat,) = [room for room in house.fake.world.rooms if room not in house.rooms.values()]
    house.fake.join(chat, house.people[person])


def lock(house: House) -> None:
    house.say("ahli", "!kunci 30 menit", "control")


def half_an_hour_later(house: House) -> None:
    house.clock.advance(31 * 60)


def replace_the_room(house: House) -> None:
    """All but one are in the new room already; the bot has to wait until it is invited."""
    old, expert = house.rooms["forum"], house.people["ahli"]
    others = [user for name, user in house.people.items() if name not in ("ahli", "pupr")]
    new = house.fake.room(expert, *others, create={"predecessor": {"room_id": old}})
    house.fake.state(old, expert, "m.room.tombstone", {"body": "pindah", "replacement_room": new})


def let_in(house: House) -> None:
    tombstone = house.fake.content(house.rooms["forum"], "m.room.tombstone")
    assert tombstone is not None
    house.fake.invite(tombstone["replacement_room"], house.people["ahli"], house.bot)
