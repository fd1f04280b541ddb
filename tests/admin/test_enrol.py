"""`tudang enrol`: who gets which account, what an existing one keeps; a first password is on paper only."""

from __future__ import annotations

import asyncio
import fcntl
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from bridge.admin.deploy import CODE
from bridge.cli import main
from bridge.policy import stamp
from bridge.policy.load import load
from tests.admin.house import House
from tests.fakes.admin_api import TOKEN, FakeAdminApi, error

NEW = """  - {id: melati, name: "Melati Contoh, M.Kes."}   # new
  - {id: gaharu, name: Gaharu Contoh}
  - {id: kelapa, name: Kelapa Contoh}
  - {id: kelapa-2, name: Kelapa Contoh}
  - {id: placeholder, name: GANTI nama camat}
"""
OFFICES = """  - {person: melati, role: head, unit: dlh, from: 2027-01-01, acting: true}
  - {person: gaharu, role: expert, from: 2025-01-01, to: 2025-12-31}
  - {person: placeholder, role: expert, from: 2025-01-01}
"""


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeAdminApi]:
    """A homeserver whose admin's token we have."""
    monkeypatch.setenv("TUDANG_ADMIN_TOKEN", TOKEN)
    async with FakeAdminApi() as made:
        yield made


@pytest.fixture
def roster(house: House) -> Path:
    """Some who have no account yet: one in office soon, one no longer, two of one name."""
    path = house.root / "config" / "roster.yaml"
    path.write_text(path.read_text().replace("offices:\n", f"{NEW}offices:\n") + OFFICES)
    load(house.root / "config")
    return path


def text_of(path: Path) -> str:
    return path.read_text()


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


async def enrol(house: House, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, main, ["enrol", *arguments, "--config", str(house.file), "--lang", "en"]
    )


def sheets(house: House) -> list[str]:
    folder = house.root / "state" / "sheets"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def test_an_account_a_sheet_and_a_line_in_the_roster(house: House, roster: Path, api: FakeAdminApi) -> None:
    """By name without regard to capitals; the password that was set is nowhere but on the sheet."""
    done = await enrol(house, "melati contoh, m.kes.", "--admin-url", api.url, "--phone", "0812 3456 7890")
    assert done.exit_code == 0, done.output
    account = api.users["@melati:contoh.id"]
    assert (account["displayname"], account["admin"]) == ("Melati Contoh, M.Kes.", False)
    assert account["password"] not in done.output
    sheet = house.root / "state" / "sheets" / "melati.pdf"
    assert sheet.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert stat.S_IMODE(sheet.parent.stat().st_mode) == 0o700
    text = text_of(roster)
    assert '"Melati Contoh, M.Kes.", identifiers: [{matrix: "@melati:contoh.id"}]}   # new' in text
    assert stamp.author_of(text.encode())
    assert load(house.root / "config").roster.file.persons[3].identifiers[0].matrix == "@melati:contoh.id"
    rest = [path for path in house.root.rglob("*") if path.is_file() and path != sheet]
    assert all(account["password"].encode() not in path.read_bytes() for path in rest)


async def test_an_account_that_exists_keeps_its_password(house: House, roster: Path, api: FakeAdminApi) -> None:
    """It says what a reset would do; with --reset it is done, and all devices are logged out."""
    api.users["@dlh:contoh.id"] = {"password": "as it was"}
    kept = await enrol(house, "dlh", "--admin-url", api.url)
    assert kept.exit_code == 1
    assert "its password was not changed" in kept.output
    assert "logged out" in kept.output
    assert (api.users["@dlh:contoh.id"]["password"], api.put, sheets(house)) == ("as it was", [], [])
    reset = await enrol(house, "dlh", "--reset", "--admin-url", api.url)
    assert reset.exit_code == 0, reset.output
    assert api.users["@dlh:contoh.id"]["password"] != "as it was"
    assert api.users["@dlh:contoh.id"]["logout_devices"] is True
    assert sheets(house) == ["dlh.pdf"]


async def test_somebody_elses_account_is_not_taken(house: House, roster: Path, api: FakeAdminApi) -> None:
    """One that exists and is not in the roster may be anybody's, also with --reset; a deactivated one stays so."""
    api.users["@melati:contoh.id"] = {"password": "hers"}
    for more in ([], ["--reset"]):
        done = await enrol(house, "melati", *more, "--admin-url", api.url)
        assert done.exit_code == 1
        assert "may be somebody else's" in done.output
    api.users["@melati:contoh.id"] = {"deactivated": True}
    done = await enrol(house, "melati", "--admin-url", api.url)
    assert "deactivated" in done.output
    assert api.put == []
    other = await enrol(house, "melati", "--user", "@melati.2:contoh.id", "--admin-url", api.url)
    assert other.exit_code == 0, other.output
    assert "@melati.2:contoh.id" in text_of(roster)


async def test_an_answer_that_is_lost_loses_no_password(house: House, roster: Path, api: FakeAdminApi) -> None:
    """The account was made although the answer did not come: the sheet that was written is the right one."""
    api.dies_after_putting = True
    done = await enrol(house, "melati", "--admin-url", api.url)
    assert done.exit_code == 0, done.output
    assert sheets(house) == ["melati.pdf"]
    assert api.put == ["@melati:contoh.id"]


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("GET", (401, "M_UNKNOWN_TOKEN"), "does not know that admin token"),
        ("GET", (403, "M_FORBIDDEN"), "not one of a homeserver admin"),
        ("GET", (404, "M_UNRECOGNIZED"), "does not offer Synapse's admin API"),
        ("GET", (500, "M_UNKNOWN"), "does not answer"),
        ("PUT", (400, "M_INVALID_USERNAME"), "refused to make @melati:contoh.id"),
    ],
)
async def test_a_homeserver_that_will_not_is_one_sentence(
    house: House, roster: Path, api: FakeAdminApi, method: str, answer: tuple[int, str], said: str
) -> None:
    """Nothing is left behind: no sheet, no line in the roster, no token in what is said."""
    before = text_of(roster)
    api.broken[method] = error(*answer)
    done = await enrol(house, "melati", "--admin-url", api.url)
    assert (done.exit_code, said in done.output) == (1, True), done.output
    assert (sheets(house), text_of(roster)) == ([], before)
    assert TOKEN not in done.output


async def test_a_proxys_page_is_no_homeserver(house: House, roster: Path, api: FakeAdminApi) -> None:
    """Many a proxy hides the admin API behind a page of its own."""
    api.broken["GET"] = web.Response(status=404, text="<html>404</html>")
    done = await enrol(house, "melati", "--admin-url", api.url)
    assert "does not answer" in done.output
    assert api.put == []


async def test_without_a_token_it_says_what_to_ask_for(
    house: House, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Account, name, a command for Synapse; a sheet with room for the password; the roster stays as it is."""
    monkeypatch.delenv("TUDANG_ADMIN_TOKEN", raising=False)
    before = text_of(roster)
    done = await enrol(house, "melati")
    assert done.exit_code == 0, done.output
    assert "Make the account @melati:contoh.id with the display name Melati Contoh, M.Kes." in done.output
    assert "register_new_matrix_user -u melati --no-admin" in done.output
    assert 'identifiers: [{matrix: "@melati:contoh.id"}]' in done.output
    assert sheets(house) == ["melati.pdf"]
    assert text_of(roster) == before


async def test_the_token_may_lie_in_a_file(house: House, roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never on the command line; a file that is not there is one sentence."""
    monkeypatch.delenv("TUDANG_ADMIN_TOKEN", raising=False)
    file = house.root / "admin-token"
    missing = await enrol(house, "melati", "--admin-token-file", str(file))
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)
    file.write_text(f"{TOKEN}\n")
    async with FakeAdminApi() as api:
        done = await enrol(house, "melati", "--admin-token-file", str(file), "--admin-url", api.url)
    assert done.exit_code == 0, done.output
    assert "@melati:contoh.id" in api.users


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mellati"], "Did you mean Melati Contoh, M.Kes. (melati)?"),
        (["xyzzy"], "xyzzy is not in roster.yaml."),
        (["Kelapa Contoh"], "More than one person is called Kelapa Contoh: kelapa and kelapa-2"),
        ([], "Name a person of roster.yaml"),
        (["placeholder"], "still called GANTI nama camat"),
        (["melati", "--all-missing"], "not both"),
        (["--all-missing", "--reset"], "one person only"),
        (["melati", "--user", "@Melati:contoh.id"], "is no account that can be made"),
        (["melati", "--user", "@melati:lain.id"], "on another homeserver"),
        (["melati", "--user", "@dlh:contoh.id"], "belongs to Kepala Contoh"),
        (["dlh", "--user", "@dlh2:contoh.id"], "already uses @dlh:contoh.id"),
        (["melati", "--phone", "call me"], "is no phone number"),
        (["melati", "--out", str(CODE / "sheets")], "lies inside Tudang's code"),
        (["melati", "--out", "/proc/nowhere"], "no account was made yet"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    house: House, roster: Path, api: FakeAdminApi, arguments: list[str], said: str
) -> None:
    """And nothing is asked of the homeserver."""
    done = await enrol(house, *arguments, "--admin-url", api.url)
    assert (done.exit_code, said in done.output) == (1, True), done.output
    assert (api.calls, sheets(house)) == ([], [])


async def test_a_faulty_roster_stops_it(house: House, roster: Path, api: FakeAdminApi) -> None:
    """With the line that is wrong."""
    rewrite(roster, "role: leader", "role: king")
    done = await enrol(house, "melati", "--admin-url", api.url)
    assert done.exit_code == 1
    assert "roster.yaml:" in done.output
    assert "`king`" in done.output


async def test_everybody_without_an_account_first_as_a_plan(house: House, roster: Path, api: FakeAdminApi) -> None:
    """Those in office, now or soon, whom the roster or the homeserver has no account for; no placeholder."""
    api.users |= {"@bupati:contoh.id": {}, "@ahli:contoh.id": {}}
    plan = await enrol(house, "--all-missing", "--admin-url", api.url)
    assert plan.exit_code == 0, plan.output
    assert [line.split()[-1] for line in plan.output.splitlines() if line.startswith("  ")] == [
        "@melati:contoh.id",
        "@dlh:contoh.id",
    ]
    assert (api.put, sheets(house)) == ([], [])
    done = await enrol(house, "--all-missing", "--write", "--admin-url", api.url)
    assert done.exit_code == 0, done.output
    assert api.put == ["@melati:contoh.id", "@dlh:contoh.id"]
    assert sheets(house) == ["dlh.pdf", "melati.pdf"]
    passwords = {api.users[user]["password"] for user in api.put}
    assert len(passwords) == 2
    again = await enrol(house, "--all-missing", "--write", "--admin-url", api.url)
    assert "has an account" in again.output


async def test_a_roster_that_cannot_be_changed_is_told(house: House, roster: Path, api: FakeAdminApi) -> None:
    """Somebody edits it: the account and the sheet are there, and the line to add is said."""
    lock = roster.parent / ".roster.yaml.lock"
    before = text_of(roster)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = await enrol(house, "melati", "--admin-url", api.url)
    assert done.exit_code == 0, done.output
    assert (
        'Add this to roster.yaml yourself, to the person with the id melati: identifiers: [{matrix: "@melati'
        in (done.output)
    )
    assert text_of(roster) == before


async def test_it_speaks_indonesian_in_an_indonesian_forum(roster: Path, house: House, api: FakeAdminApi) -> None:
    """The policy's language, without --lang."""
    policy = house.root / "config" / "policy.yaml"
    rewrite(policy, "language: en", "language: id")
    arguments = ["enrol", "melati", "--config", str(house.file), "--admin-url", api.url]
    done = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert "Akun @melati:contoh.id dibuat untuk Melati Contoh, M.Kes." in done.output
