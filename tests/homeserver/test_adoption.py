"""First start in a living room, on a real Synapse: nothing happens until people decide."""

from __future__ import annotations

from urllib.parse import quote

from bridge.model import facts as f
from bridge.model.event import Json
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account
from tests.homeserver.forum import Forum
from tests.waiting import until

LISTED, UNLISTED = 22, 18


def roster(present: list[Account], misspelt: list[Account], regent: str, expert: str) -> str:
    """22 of those present are listed; two more are, with a slip of the pen; the regent's account is another one."""
    lines = ["units:"]
    lines += [f"  - {{id: unit-{place}, name: Dinas {place}, short: D{place}}}" for place in range(LISTED + 2)]
    lines.append("persons:")
    offices = ["offices:"]
    for place, account in enumerate(present):
        lines.append(
            f'  - {{id: p{place}, name: "Kepala {place}", identifiers: [{{matrix: "{account.user_id}"}}]}}'
        )
        offices.append(f"  - {{person: p{place}, role: head, unit: unit-{place}, from: 2025-01-01}}")
    for place, account in enumerate(misspelt):
        name, _, server = account.user_id.partition(":")
        wrong = f"{name[:-4]}{name[-3:]}:{server}"
        lines.append(f'  - {{id: m{place}, name: "Salah {place}", identifiers: [{{matrix: "{wrong}"}}]}}')
        offices.append(f"  - {{person: m{place}, role: head, unit: unit-{LISTED + place}, from: 2025-01-01}}")
    lines.append(f'  - {{id: regent, name: "Bupati Contoh", identifiers: [{{matrix: "{regent}"}}]}}')
    offices.append("  - {person: regent, role: leader, from: 2025-01-01}")
    lines.append(f'  - {{id: ahli, name: "Ahli Contoh", identifiers: [{{matrix: "{expert}"}}]}}')
    offices.append("  - {person: ahli, role: expert, from: 2025-01-01}")
    return "\n".join([*lines, *offices]) + "\n"


async def everything(forum: Forum, viewer: Account, room: str) -> list[Json]:
    """Every event that anybody may see in a room, newest first."""
    answer = await forum.call(viewer, "GET", f"rooms/{quote(room)}/messages?dir=b&limit=500")
    chunk: list[Json] = answer["chunk"]
    return chunk


async def test_nothing_happens_to_forty_people_in_a_living_room(forum: Forum) -> None:
    """40 members, 22 listed, 2 misspelt, the regent not listed; start, 3 reloads, restart: one card, 18 names."""
    forum.bot = await forum.cast.user("tudang")
    expert: StaffClient = await forum.cast.client("ahli")
    forum.people["ahli"] = expert
    people = [await forum.cast.user(f"anggota-{place:02d}") for place in range(LISTED + UNLISTED)]
    creator = people[0]
    made = await forum.call(
        creator,
        "POST",
        "createRoom",
        {
            "preset": "private_chat",
            "name": "Forum lama",
            "invite": [account.user_id for account in (*people[1:], forum.bot)],
            "initial_state": [
                {
                    "type": "m.room.encryption",
                    "state_key": "",
                    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
                }
            ],
        },
    )
    forum.rooms["forum"] = made["room_id"]
    for account in people[1:]:
        await forum.call(account, "POST", f"rooms/{quote(forum.rooms['forum'])}/join")
    for kind in ("control", "audit"):
        forum.rooms[kind] = await expert.create_room(kind, invite=[forum.bot.user_id])
    config = forum.root / "config"
    config.mkdir(parents=True)
    (config / "policy.yaml").write_text("forum: {name: Forum Lama}\nstage: enforce\n", encoding="utf-8")
    text = roster(people[:LISTED], people[LISTED : LISTED + 2], "@bupati-lama:localhost", expert.user_id)
    (config / "roster.yaml").write_text(text, encoding="utf-8")
    forum.write_settings()
    seen_before = {event["event_id"] for event in await everything(forum, creator, forum.rooms["forum"])}

    await forum.start()
    for round_ in range(3):
        (config / "roster.yaml").write_text(f"{text}# {round_}\n", encoding="utf-8")
        await reloaded(forum, round_ + 2)
    await forum.stop()
    await forum.start()
    await forum.settle()

    assert forum.failures() == []
    after = [e for e in await everything(forum, creator, forum.rooms["forum"]) if e["event_id"] not in seen_before]
    by_bot = [e for e in after if e["sender"] == forum.bot.user_id and e["type"] != "m.room.member"]
    assert by_bot == []
    own_join = [e for e in after if e["sender"] == forum.bot.user_id]
    assert [e["state_key"] for e in own_join] == [forum.bot.user_id]
    assert forum.facts(f.Act) == []
    joined = await forum.call(forum.bot, "GET", "joined_rooms")
    assert set(joined["joined_rooms"]) == set(forum.rooms.values())
    stages = [stage.stage for stage in forum.facts(f.Stage)]
    assert stages in ([], ["watch"])

    cards = [event for event in forum.said("ahli", "control") if "m.new_content" not in event.content]
    living = [card for card in cards if "anggota-" in card.content["body"]]
    assert len(living) == 1
    newest = [e for e in forum.said("ahli", "control") if "anggota-" in e.content["body"]][-1]
    named = [line for line in newest.content["body"].splitlines() if "anggota-" in line and "·" not in line[:2]]
    names = {account.user_id for account in people if any(account.user_id in line for line in named)}
    assert names == {account.user_id for account in people[LISTED:]}
    assert len(names) == UNLISTED


async def reloaded(forum: Forum, version: int) -> None:
    """Wait until a roster is in force."""

    def in_force() -> bool:
        return any(fact.what == "roster" and fact.version == version for fact in forum.facts(f.FileVersion))

    await until(in_force, f"roster {version} takes force")
    await forum.settle()
