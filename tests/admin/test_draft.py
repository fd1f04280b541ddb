"""`tudang roster draft`: whoever is in the room stands in a valid roster once, with an office or as a guest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.admin.draft import Guess, Present, clean, draft, guess
from bridge.admin.saying import load_texts
from bridge.cli import main
from bridge.lang.roles import load_hints, load_role_names
from bridge.ledger import meta, rooms
from bridge.matrix.login import Credentials
from bridge.model.clock import MovableClock
from bridge.model.event import Event
from bridge.policy.load import Checked, Source, check
from tests.admin.house import BOT, House
from tests.fakes.homeserver import FakeHomeserver

TODAY = date(2026, 11, 20)
POLICY = b"forum: {name: Forum}\nstage: enforce\n"
UNITS = ["Kesehatan", "Pendidikan", "DLH", "PUPR", "Sosial", "Perhubungan", "Pertanian", "Peternakan"]
VILLAGES = ["Lalabata", "Liliriaja", "Lilirilau", "Citta", "Ganra", "Donri-Donri", "Marioriwawo", "Marioriawa"]
FORTY = [
    Present("@cendana:contoh.id", "Bupati Soppeng"),
    Present("@kenanga:contoh.id", "Kenanga (Wakil Bupati)"),
    Present("@sekda:contoh.id", "Meranti Contoh"),
    *(Present(f"@u{n}:contoh.id", f"Pohon {n} - Kadis {unit}") for n, unit in enumerate(UNITS)),
    *(Present(f"@c{n}:contoh.id", f"Camat {village}") for n, village in enumerate(VILLAGES)),
    Present("@plt:contoh.id", "Plt. Kepala Badan Keuangan | Jati"),
    Present("@ahli1:contoh.id", "Nuri, Tenaga Ahli"),
    Present("@ahli2:contoh.id", "Staf Ahli Bupati"),
    Present("@elang:contoh.id", "Auditor Elang"),
    Present("@ajudan:contoh.id", "Ajudan Bupati"),
    Present("@sekcam:contoh.id", "Sekretaris Camat Citta"),
    Present("@hostile:contoh.id", 'x"}]}\n  - {id: palsu, role: leader} # \u202e\u2028\x00 \\ ${} &a *b'),
    Present("@same1:contoh.id", "Melati"),
    Present("@same2:contoh.id", "melati"),
    Present("@jepang:contoh.id", "東京 🏙️"),
    Present("@nol:contoh.id", "null"),
    Present("@angka:contoh.id", "2026-01-01"),
    Present("@guest:contoh.id", "guest"),
    Present("@kosong:contoh.id", ""),
    *(Present(f"@orang{n}:contoh.id", f"Orang {n}") for n in range(7)),
]


def written(people: list[Present], lang: str = "id") -> str:
    return draft(
        people,
        "#forum:contoh.id",
        today=TODAY,
        hints=load_hints(lang),
        role_names=load_role_names(lang),
        say=load_texts(lang),
    )


def checked(text: str) -> Checked:
    """The draft together with a policy that names no units, as `tudang policy check` reads them."""
    found = check(Source("policy.yaml", POLICY), Source("roster.yaml", text.encode()))
    assert [problem.text("en") for problem in found.problems if problem.severity == "error"] == []
    return found


def roles(text: str) -> dict[str, tuple[str, str | None, bool]]:
    """Account to role, unit's name, and whether acting."""
    roster = checked(text).roster
    assert roster is not None
    offices = {office.person: office for office in roster.file.offices}
    assert len(offices) == len(roster.file.offices)
    found: dict[str, tuple[str, str | None, bool]] = {}
    for person in roster.file.persons:
        office = offices[person.id]
        unit = roster.unit(office.unit or "")
        for account in person.identifiers:
            assert account.matrix not in found
            found[account.matrix] = (office.role, unit.name if unit else None, office.acting)
    return found


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_room_of_forty_is_a_valid_roster_with_everybody_once(lang: str) -> None:
    """No error together with the policy, and each account belongs to one person with one office."""
    assert len(FORTY) == 40
    assert roles(written(FORTY, lang)).keys() == {one.user for one in FORTY}


def test_names_and_accounts_hint_at_offices() -> None:
    """The office from the display name, or else from the account; the unit from what follows."""
    found = roles(written(FORTY))
    assert found["@cendana:contoh.id"] == ("leader", None, False)
    assert found["@kenanga:contoh.id"] == ("deputy", None, False)
    assert found["@sekda:contoh.id"] == ("secretary", "sekda", False)
    assert found["@u0:contoh.id"] == ("head", "Kesehatan", False)
    assert found["@c5:contoh.id"] == ("subdistrict_head", "Donri-Donri", False)
    assert found["@plt:contoh.id"] == ("head", "Badan Keuangan", True)
    assert [found[f"@ahli{n}:contoh.id"][0] for n in (1, 2)] == ["expert", "expert"]
    assert found["@elang:contoh.id"][0] == "auditor"
    for nobody in ("ajudan", "sekcam", "hostile", "orang1", "guest"):
        assert found[f"@{nobody}:contoh.id"][0] == "guest", nobody


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mayor Rowan", Guess("leader", source="Mayor Rowan")),
        ("Hazel (Deputy Mayor)", Guess("deputy", source="Deputy Mayor")),
        ("Acting Head of Public Works", Guess("head", True, "Public Works", "Acting Head of Public Works")),
        ("Assistant to the Mayor", Guess("guest", source="Assistant to the Mayor")),
        ("Bupati", Guess("guest")),
    ],
)
def test_another_language_has_other_hints(name: str, expected: Guess) -> None:
    """English words hint in English, and Indonesian ones do not."""
    assert guess(Present("@x:y", name), load_hints("en")) == expected


def test_nobody_gets_a_right_because_somebody_is_missing() -> None:
    """Where nobody looks like a leader or an expert, a placeholder without an account stands for them."""
    text = written([Present("@a:x", "Ani"), Present("@b:x", "Budi")])
    assert {role for role, _, _ in roles(text).values()} == {"guest"}
    roster = checked(text).roster
    assert roster is not None
    silent = [person for person in roster.file.persons if not person.identifiers]
    assert len(silent) == 2
    assert all(person.name.startswith("GANTI") for person in silent)


def test_what_was_guessed_is_marked() -> None:
    """Every line that gives an office says from which words, or that nothing was known."""
    lines = [line for line in written(FORTY).splitlines() if line.startswith("  - {person:")]
    assert len(lines) == 40
    assert all("# GANTI" in line for line in lines)
    assert any('"Wakil Bupati"' in line for line in lines)


def test_two_heads_of_one_unit_share_it() -> None:
    """The unit stands once; that it has two heads is a warning of the check."""
    text = written([Present("@a:x", "Kadis DLH"), Present("@b:x", "Sekar (Plt Kadis dlh)")])
    assert text.count('name: "DLH"') + text.count('name: "dlh"') == 1
    assert {unit for _, unit, _ in roles(text).values()} == {"DLH"}


def test_an_account_that_matrix_does_not_allow_is_only_mentioned() -> None:
    """It cannot stand in a roster; a comment says so."""
    text = written([Present("@a:x", "Ani"), Present("@\u202ebad:x", "Y"), Present("nobody", "Z")])
    assert roles(text).keys() == {"@a:x"}
    assert sum(line.startswith("# Tidak dicantumkan") for line in text.splitlines()) == 2


_NAMES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["Bupati", "Kadis", "Camat", "Sekda", "Plt Kadis ü", "Kadis u", "Kadis U-2", "Kepala !?", "- {"]
    ),
    st.builds("{} {}".format, st.sampled_from(["Kadis", "Camat", "Sekda"]), st.text(max_size=60)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_NAMES, max_size=12), st.sampled_from(["id", "en"]))
def test_whatever_people_call_themselves_the_draft_is_valid(names: list[str], lang: str) -> None:
    """No display name breaks the file or hides anybody."""
    people = [Present(f"@p{n}:x", name) for n, name in enumerate(names)]
    assert roles(written(people, lang)).keys() == {one.user for one in people}


def test_what_cannot_be_seen_is_left_out() -> None:
    """Marks of direction, controls and line ends are no part of a name."""
    assert clean(" a\u202eb\n\x00c\u2028 ") == "a b c"


# The command


@pytest.fixture
async def fake() -> AsyncIterator[FakeHomeserver]:
    """A homeserver with the bot and people."""
    async with FakeHomeserver(MovableClock(1_795_129_200_000), server_name="contoh.id") as made:
        made.user(BOT)
        yield made


def session(house: House, fake: FakeHomeserver) -> None:
    """The bot is logged in there."""
    house.file.write_text(house.file.read_text().replace("http://127.0.0.1:9", fake.url))
    credentials = Credentials(fake.url, BOT, "LAMA", fake.token(BOT, "LAMA"))
    house.private("session.json", msgspec.json.encode(credentials))


async def command(house: House, room: str) -> Result:
    arguments = ["roster", "draft", room, "--config", str(house.file)]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_the_homeserver_is_asked_and_nothing_is_changed(house: House, fake: FakeHomeserver) -> None:
    """By alias; the bot is left out, whoever left too, who is invited is in; only reading requests."""
    session(house, fake)
    room = fake.room("@bupati:contoh.id", BOT)
    fake.aliases["#forum:contoh.id"] = room
    for user, name in (("@dlh:contoh.id", "Kadis DLH"), ("@pergi:contoh.id", "Pergi")):
        fake.invite(room, "@bupati:contoh.id", user)
        fake.join(room, user, name)
    fake.leave(room, "@pergi:contoh.id")
    fake.invite(room, "@bupati:contoh.id", "@diundang:contoh.id")
    seen = await command(house, "#forum:contoh.id")
    assert seen.exit_code == 0, seen.output
    assert roles(seen.stdout).keys() == {"@bupati:contoh.id", "@dlh:contoh.id", "@diundang:contoh.id"}
    assert {call.method for call in fake.calls} == {"GET"}


async def test_a_room_without_the_bot(house: House, fake: FakeHomeserver) -> None:
    """One sentence that says to invite it, and no half of a roster."""
    session(house, fake)
    room = fake.room("@bupati:contoh.id")
    for name in (room, "#tidak-ada:contoh.id"):
        seen = await command(house, name)
        assert (seen.exit_code, seen.stdout) == (1, "")
        assert "invite it there" in seen.stderr


async def test_the_ledger_answers_where_the_homeserver_does_not(house: House) -> None:
    """What the bridge knows of the room, by alias or id; what it does not know is said."""
    with_names = {"@ahli:contoh.id": "Expert Ani", BOT: "Tudang"}
    store = house.open_ledger()
    store.begin()
    rooms.set_room(store, "!r:contoh.id", forum="uji", kind="forum")
    rooms.set_membership(store, "!r:contoh.id", "join")
    meta.put(store, "alias:#forum:contoh.id", "!r:contoh.id")
    rooms.apply_state(store, [member("!r:contoh.id", user, name) for user, name in with_names.items()])
    store.commit()
    store.close()
    for name in ("#forum:contoh.id", "!r:contoh.id"):
        seen = await command(house, name)
        assert seen.exit_code == 0, seen.output
        assert {user: role for user, (role, _, _) in roles(seen.stdout).items()} == {"@ahli:contoh.id": "expert"}
    unknown = await command(house, "#lain:contoh.id")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "could not be read" in unknown.stderr


async def test_a_policy_that_names_persons_is_told(house: House, fake: FakeHomeserver) -> None:
    """The draft is printed all the same; what does not fit stands on the other stream."""
    session(house, fake)
    room = fake.room("@bupati:contoh.id", BOT)
    policy = house.root / "config" / "policy.yaml"
    policy.write_text(policy.read_text() + "rights:\n  order: [leader, si-anu]\n")
    seen = await command(house, room)
    assert seen.exit_code == 0
    assert "@bupati:contoh.id" in seen.stdout
    assert "si-anu" in seen.stderr


def member(room: str, user: str, name: str) -> Event:
    return Event(
        event_id=f"${user}",
        room_id=room,
        sender=user,
        type="m.room.member",
        state_key=user,
        content={"membership": "join", "displayname": name},
        origin_ts=1,
    )
