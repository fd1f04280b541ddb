"""The rooms of a forum: one that fails never stops the others, and one that was replaced is followed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.login import Credentials
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.model.event import Json
from bridge.model.ports import Unreachable
from bridge.policy.load import load
from bridge.service import Bridge
from bridge.session import Keys
from bridge.settings import load_settings
from tests.fakes.homeserver import FakeHomeserver
from tests.waiting import until

PEOPLE = {"bupati": "leader", "ahli": "expert", "ahli2": "expert", "dlh": "head, unit: dlh"}
ORDER = "Perintah: DLH agar bersihkan pasar hari ini"

F = TypeVar("F", bound=f.Fact)
_fact = msgspec.json.Decoder(f.AnyFact).decode


class Forum:
    """A forum with a working group and a space on the fake homeserver, held by a whole bridge."""

    def __init__(self, fake: FakeHomeserver, clock: SystemClock, folder: Path) -> None:
        self.fake, self.clock, self.folder = fake, clock, folder
        self.bot = fake.user("tudang")
        self.people = {name: fake.user(name) for name in PEOPLE}
        everybody = tuple(self.people.values())
        self.rooms = {
            "forum": fake.room(self.bot, *everybody, name="forum"),
            "control": fake.room(self.bot, self.people["ahli"], self.people["ahli2"], name="control"),
            "siaga": fake.room(self.bot, *everybody, name="siaga"),
        }
        self.named = dict(self.rooms)
        self.bridge: Bridge
        lines = ["units: [{id: dlh, name: Dinas Lingkungan Hidup, short: DLH}]", "persons:"]
        lines += [
            f'  - {{id: {name}, name: {name.title()} Contoh, identifiers: [{{matrix: "{user}"}}]}}'
            for name, user in self.people.items()
        ]
        lines.append("offices:")
        lines += [f"  - {{person: {name}, role: {role}, from: 2025-01-01}}" for name, role in PEOPLE.items()]
        (folder / "roster.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.write_policy("rooms: {siaga: {members: {roles: [leader, expert]}}}\n")

    def write_policy(self, extra: str) -> None:
        (self.folder / "policy.yaml").write_text(
            f"forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: enforce\n{extra}",
            encoding="utf-8",
        )

    @contextlib.asynccontextmanager
    async def running(self, **named: str) -> AsyncIterator[Bridge]:
        """The bridge, with some rooms named otherwise in its settings, until the block ends."""
        names: Mapping[str, str] = {**self.named, **named}
        space = f"    space: '{names['space']}'\n" if "space" in names else ""
        file = self.folder / "bridge.yaml"
        file.write_text(
            f"homeserver: {{url: '{self.fake.url}', user: '{self.bot}'}}\nstate: state\nforum:\n  id: uji\n"
            f"  rooms:\n    forum: '{names['forum']}'\n    control: '{names['control']}'\n"
            f"    groups: {{siaga: '{names['siaga']}'}}\n{space}web: {{port: 0}}\n",
            encoding="utf-8",
        )
        settings = load_settings(file)
        keys = Keys(settings)
        self.bridge = Bridge(
            settings,
            await asyncio.to_thread(load, settings.config),
            keys=keys,
            credentials=Credentials(self.fake.url, self.bot, "BOT", self.fake.token(self.bot, "BOT")),
            clock=self.clock,
            rehearsal=True,
            tick=0.05,
        )
        work = asyncio.create_task(self.bridge.run())
        try:
            await until(lambda: self.bridge.intake.rounds > 1, "the bridge is running")
            yield self.bridge
            if work.done():
                work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self.bridge.close()
            keys.close()

    def facts(self, kind: type[F]) -> list[F]:
        """The facts of a kind that are recorded so far."""
        with contextlib.closing(
            Store(sqlite_database(self.folder / "state" / "ledger.db", read_only=True))
        ) as store:
            rows = store.all("SELECT body FROM fact WHERE body IS NOT NULL ORDER BY position")
        found = [_fact(bytes(row[0])) for row in rows]
        return [fact for fact in found if isinstance(fact, kind)]

    async def order(self, room: str, number: str) -> None:
        """An order in a room is taken, under this number."""
        self.fake.say(self.rooms[room], self.people["bupati"], ORDER)
        await until(lambda: number in [fact.number for fact in self.facts(f.Directive)], f"{number} in {room}")
        await until(lambda: self.said(room), f"a card in {room}")

    def said(self, room: str) -> list[str]:
        """What the bot said in a room, without edits."""
        return [
            event["content"]["body"]
            for event in self.fake.events(self.rooms[room], self.bot, "m.room.message")
            if "m.new_content" not in event["content"]
        ]

    async def told(self, part: str) -> str:
        """Wait until the bot has said something in the control room."""
        await until(lambda: any(part in body for body in self.said("control")), part)
        return next(body for body in self.said("control") if part in body)

    def upgrade(
        self, name: str, by: str, predecessor: object, *, version: str = "12", encrypted: bool = False
    ) -> str:
        """Somebody upgrades a room; in the new one are only they. Returns its id."""
        new = self.fake.room(by, version=version, create={"predecessor": predecessor})
        content = {"body": "pindah", "replacement_room": new}
        self.fake.state(self.rooms[name], by, "m.room.tombstone", content)
        return new

    def true_upgrade(self, name: str, by: str) -> str:
        """One that both rooms agree about."""
        return self.upgrade(name, by, {"room_id": self.rooms[name]})


@pytest.fixture
async def forum(tmp_path: Path) -> AsyncIterator[Forum]:
    """A forum on a fake homeserver of its own."""
    clock = SystemClock()
    async with FakeHomeserver(clock) as fake:
        yield Forum(fake, clock, tmp_path)


# One that fails


async def test_an_alias_that_leads_nowhere_stops_no_other_room_and_is_found_later(forum: Forum) -> None:
    """The forum works, !status names the room; once the alias is there, the room is taken up without a restart."""
    async with forum.running(siaga="#siaga:test") as bridge:
        await forum.order("forum", "P-1")
        forum.fake.say(forum.rooms["control"], forum.people["ahli"], "!status")
        assert "siaga tidak ditemukan" in await forum.told("siaga tidak ditemukan")
        assert bridge.files.book.groups == {}
        forum.fake.aliases["#siaga:test"] = forum.rooms["siaga"]
        assert await bridge.places.look_again()
        assert bridge.files.book.groups == {"siaga": forum.rooms["siaga"]}
        await forum.order("siaga", "P-2")


async def test_a_room_that_does_not_let_the_bot_in_stops_no_other_and_is_entered_when_it_does(forum: Forum) -> None:
    """Named by id, nobody invited the bot: everything else goes on; an expert's invitation is enough."""
    closed = forum.rooms["siaga"] = forum.fake.room(forum.people["ahli"], forum.people["bupati"], name="tertutup")
    async with forum.running(siaga=closed):
        await forum.order("forum", "P-1")
        forum.fake.say(forum.rooms["control"], forum.people["ahli"], "!status")
        await forum.told("Bot tidak ada di siaga")
        forum.fake.invite(closed, forum.people["ahli"], forum.bot)
        await until(lambda: forum.fake.membership(closed, forum.bot) == "join", "the bot in the room")
        await forum.order("siaga", "P-2")


async def test_a_room_of_a_server_that_does_not_answer_stops_no_other(forum: Forum) -> None:
    """502 for one room, at the start: the forum runs."""
    forum.fake.fail(f"POST */join/{forum.rooms['siaga']}", "status", times=3, status=502)
    async with forum.running() as bridge:
        await forum.order("forum", "P-1")
        assert bridge.files.book.groups == {"siaga": forum.rooms["siaga"]}
        await forum.order("siaga", "P-2")


async def test_a_homeserver_that_answers_for_no_room_is_waited_for(forum: Forum) -> None:
    """Nothing is known then, and nothing is taken for granted."""
    async with forum.running() as bridge:
        forum.fake.fail("POST */join/*", "status", times=3, status=502)
        with pytest.raises(Unreachable):
            await bridge.places.find()


async def test_being_removed_from_one_room_leaves_the_others_as_they_are(forum: Forum) -> None:
    """Kicked out of the working group: orders, chips and cards go on in the forum, and the absence is recorded."""
    async with forum.running():
        await forum.order("siaga", "P-1")
        forum.fake.kick(forum.rooms["siaga"], forum.bot, forum.bot)
        await forum.order("forum", "P-2")
        forum.fake.say(forum.rooms["control"], forum.people["ahli"], "!status")
        await forum.told("Bot tidak ada di siaga")
        await until(lambda: [gap.what for gap in forum.facts(f.Gap)] == ["absence"], "the absence")


async def test_a_room_where_the_bot_may_not_invite_keeps_nobody_out_of_the_others(forum: Forum) -> None:
    """Two rooms lack a member; the invitation that is refused waits, the other goes out."""
    for name in ("forum", "siaga"):
        forum.fake.kick(forum.rooms[name], forum.bot, forum.people["ahli2"])
    levels: Json = {"users": {forum.people["ahli"]: 100}, "invite": 100}
    plain = forum.rooms["siaga"] = forum.fake.room(
        forum.people["ahli"], forum.bot, forum.people["bupati"], name="siaga", version="11"
    )
    forum.fake.state(plain, forum.people["ahli"], "m.room.power_levels", levels)
    async with forum.running(siaga=plain):
        await until(
            lambda: forum.fake.membership(forum.rooms["forum"], forum.people["ahli2"]) == "invite", "invited"
        )
        await forum.order("forum", "P-1")
        assert forum.fake.membership(plain, forum.people["ahli2"]) == "leave"


# One that was replaced


async def test_a_replaced_room_is_followed_when_the_bot_is_let_in_and_found_there_after_a_restart(
    forum: Forum,
) -> None:
    """Told once that an invitation is missing; then numbers and the bot's place are in the new room."""
    old = forum.rooms["forum"]
    async with forum.running() as bridge:
        await forum.order("forum", "P-1")
        new = forum.true_upgrade("forum", forum.people["ahli"])
        await forum.told("bot belum dapat masuk")
        assert bridge.files.book.rooms["forum"] == old
        forum.fake.invite(new, forum.people["ahli"], forum.bot)
        await forum.told("forum sekarang ada di ruang baru")
        await until(lambda: bridge.files.book.rooms["forum"] == new, "the new room")
        forum.rooms["forum"] = new
        await until(
            lambda: forum.fake.membership(new, forum.people["dlh"]) == "invite", "whoever was in the old room"
        )
    async with forum.running() as bridge:
        await forum.order("forum", "P-2")
        assert bridge.files.book.rooms["forum"] == new
        assert [fact.replacement for fact in forum.facts(f.RoomReplaced)] == [new]


async def test_an_invitation_that_comes_with_the_tombstone_is_not_refused(forum: Forum) -> None:
    """Clients invite everybody at once: the bot goes over without anybody having to ask it again."""
    async with forum.running() as bridge:
        new = forum.fake.room(forum.people["ahli"], create={"predecessor": {"room_id": forum.rooms["forum"]}})
        content = {"body": "pindah", "replacement_room": new}
        # Both are in the stream before the bridge hears of either.
        forum.fake.world.append(
            forum.fake.world.rooms[forum.rooms["forum"]],
            forum.people["ahli"],
            "m.room.tombstone",
            content,
            state_key="",
        )
        forum.fake.invite(new, forum.people["ahli"], forum.bot)
        await until(lambda: bridge.files.book.rooms["forum"] == new, "the new room")
        assert forum.fake.calls_to(f"POST */rooms/{new}/leave") == []
        assert not any("belum dapat masuk" in body for body in forum.said("control"))


@pytest.mark.parametrize(
    ("predecessor", "version"),
    [
        ({"room_id": "!other"}, "12"),
        ("nonsense", "12"),
        ({"room_id": "OLD", "event_id": "$forged"}, "12"),
        ({"room_id": "OLD"}, "11"),
    ],
)
async def test_a_room_that_does_not_confirm_it_is_never_followed(
    forum: Forum, predecessor: object, version: str
) -> None:
    """The old room goes on, the control room is told once, and the bot does not stay in the other one."""
    if isinstance(predecessor, dict) and predecessor.get("room_id") == "OLD":
        predecessor = {**predecessor, "room_id": forum.rooms["forum"]}
    async with forum.running() as bridge:
        new = forum.upgrade("forum", forum.bot, predecessor, version=version)
        await forum.told("tidak menyebut ruang yang lama")
        await until(lambda: forum.fake.membership(new, forum.bot) == "leave", "the bot leaves the other room")
        assert bridge.files.book.rooms["forum"] == forum.rooms["forum"]
        await forum.order("forum", "P-1")
        assert sum("tidak menyebut ruang yang lama" in body for body in forum.said("control")) == 1
        assert forum.facts(f.RoomReplaced) == []
