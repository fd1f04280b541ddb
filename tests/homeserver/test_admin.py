"""Backup, restore and a new device on a real homeserver, with encrypted rooms."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from bridge.admin import commands
from bridge.admin.backup import Made, make_backup
from bridge.admin.doctor import examine
from bridge.admin.findings import Finding, Mark, said
from bridge.admin.restore import become_new_device, restore_backup
from bridge.admin.saying import load_texts
from bridge.admin.vessel import Cost
from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.matrix.crypto.account import Account
from bridge.matrix.crypto.vault import Vault
from bridge.matrix.login import Credentials, log_out
from bridge.matrix.requests import Requests, path
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.model.event import Json
from bridge.model.ports import DeviceLost
from bridge.rehearsal.pictures import photo
from bridge.settings import ForumSettings, Secrets, load_settings
from tests.homeserver.forum import Forum

Fact = TypeVar("Fact", bound=f.Fact)

PASSPHRASE = "duduk bersama di balai desa"
CHEAP = Cost(rounds=1, memory=8 * 2**20)

ORDER = "Seluruh OPD dan camat laksanakan kerja bakti massal hari ini. Laporkan hasilnya paling lambat jam 17.00"
SECOND = "Seluruh OPD dan camat segera bersihkan saluran air di wilayah masing-masing hari ini. Laporkan hasilnya"
THIRD = "Seluruh OPD dan camat segera periksa pompa air di kantor masing-masing hari ini. Laporkan hasilnya"
REPORT = "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan"


async def start(forum: Forum) -> None:
    """Start the bridge with the bot's password, as an operator does."""
    await forum.start(Secrets(password=forum.bot.password))


def recorded(forum: Forum, kind: type[Fact]) -> list[Fact]:
    """The facts of one kind."""
    return [fact for fact in forum.facts(kind) if isinstance(fact, kind)]


def back_up(forum: Forum, name: str = "cadangan.tudang-backup") -> Made:
    """A backup beside the running bridge."""
    settings = load_settings(forum.root / "bridge.yaml")
    return make_backup(
        settings,
        forum.root / "bridge.yaml",
        forum.root / name,
        passphrase=PASSPHRASE,
        now=forum.clock.now(),
        cost=CHEAP,
    )


def lose_everything_and_restore(forum: Forum, backup: Path) -> None:
    """The machine's state is gone; the backup comes into its place."""
    forum.clock.advance(3600)
    shutil.move(forum.root / "state", forum.root / "lost")
    restore_backup(load_settings(forum.root / "bridge.yaml"), backup, lambda: PASSPHRASE)


async def devices(forum: Forum) -> Json:
    """The bot's devices as others see them."""
    bot = forum.bot.user_id
    answer = await forum.people["ahli"].wire.call(
        "POST", "/_matrix/client/v3/keys/query", {"device_keys": {bot: []}}
    )
    found: Json = answer["device_keys"].get(bot, {})
    return found


async def test_a_restored_forum_goes_on_where_the_room_is(forum: Forum, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers, marks and trust go on after a restore; what was lost is said."""
    await forum.set_up()
    await start(forum)
    room = forum.rooms["forum"]
    first = await forum.people["wabup"].text(room, ORDER)
    report = await forum.people["dlh"].text(room, REPORT)
    await forum.people["dlh"].image(room, photo(1), filename="IMG_1.jpg")
    await forum.settle()
    before = await forum.bridge.trust(None)
    made = back_up(forum)
    assert made.encrypted
    assert made.media == 1

    second = await forum.people["wabup"].text(room, SECOND)
    lost_report = await forum.people["peternakan"].text(room, "Izin melaporkan, kandang sudah disemprot")
    await forum.settle()
    assert forum.chips("ahli", second) == ["📌 P-2"]
    assert forum.chips("ahli", lost_report) == ["📋 L-2"]
    await forum.stop()

    lose_everything_and_restore(forum, made.path)
    await start(forum)
    assert forum.failures() == []

    # The order that was lost got its own number again, and no second mark.
    orders = {directive.event: directive.number for directive in recorded(forum, f.Directive)}
    assert orders == {first: "P-1", second: "P-2"}
    assert forum.chips("ahli", second) == ["📌 P-2"]
    cards = [event for event in forum.said("ahli") if "P-2" in event.content["body"]]
    assert len([event for event in cards if "m.new_content" not in event.content]) == 1
    # Its sender's keys came to the lost device alone: the report cannot be read, but its number is not given again.
    assert [sealed.event for sealed in recorded(forum, f.Sealed)] == [lost_report]

    third = await forum.people["wabup"].text(room, THIRD)
    new_report = await forum.people["dlh"].text(room, "Izin melaporkan, saluran air di pasar sudah dibersihkan")
    await forum.settle()
    assert forum.chips("ahli", third) == ["📌 P-3"]
    assert forum.chips("ahli", new_report) == ["📋 L-3"]

    # The loss is part of the record, and the control room hears of it.
    losses = [gap for gap in recorded(forum, f.Gap) if gap.what == "restore"]
    assert len(losses) == 1
    assert f"after record {made.about.position}" in losses[0].cause
    told = [event.content["body"] for event in forum.said("ahli", "control")]
    assert any("dipulihkan dari cadangan" in body for body in told)

    # Same identity, another device; the lost one is gone from the account; old messages stay readable.
    after = await forum.bridge.trust(None)
    assert after.cross_signed
    assert after.identity_fingerprint == before.identity_fingerprint
    assert after.device_id != before.device_id
    listed = await devices(forum)
    assert before.device_id not in listed
    assert after.device_id in listed
    token = msgspec.json.decode((forum.root / "state" / "session.json").read_bytes())["access_token"]
    logged = "".join(capsys.readouterr())
    assert "came back" in logged
    assert not [secret for secret in (token, forum.bot.password, PASSPHRASE) if secret in logged]
    for event_id in (first, report):
        event = await forum.bridge.homeserver.event(room, event_id)
        assert event is not None
        assert event.sealed is None


async def test_nothing_is_said_twice_after_a_restore(forum: Forum) -> None:
    """A message on its way when the backup was made, and sent afterwards, is not sent again."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"))
    await start(forum)
    await forum.people["ahli"].text(forum.rooms["control"], "!bantuan")
    await forum.settle()
    await forum.bridge.ledger.write(
        lambda store: store.run(
            "UPDATE outbox SET state = 'waiting', event = NULL, first_try = NULL, device = '' WHERE lane = 2"
        )
    )
    said = len(forum.said("ahli", "control"))
    # As if it had been copied the moment before it was sent.
    made = back_up(forum)
    await forum.stop()
    lose_everything_and_restore(forum, made.path)
    await start(forum)
    bodies = [event.content["body"] for event in forum.said("ahli", "control")]
    assert said > 0
    assert len([body for body in bodies if "dipulihkan" not in body]) == said


async def test_a_new_device_keeps_identity_record_and_old_keys(forum: Forum) -> None:
    """After `tudang new-device` the next start signs a new device, and nothing of the record is lost."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"))
    await start(forum)
    room = forum.rooms["forum"]
    first = await forum.people["wabup"].text(room, ORDER)
    await forum.settle()
    before = await forum.bridge.trust(None)
    await forum.stop()
    old = become_new_device(load_settings(forum.root / "bridge.yaml"))
    assert old is not None
    assert old.device_id == before.device_id

    await start(forum)
    assert forum.failures() == []
    after = await forum.bridge.trust(None)
    assert (after.cross_signed, after.identity_fingerprint) == (True, before.identity_fingerprint)
    assert after.device_id != before.device_id
    assert before.device_id not in await devices(forum)
    event = await forum.bridge.homeserver.event(room, first)
    assert event is not None
    assert event.sealed is None
    second = await forum.people["wabup"].text(room, SECOND)
    await forum.settle()
    assert forum.chips("ahli", first) == ["📌 P-1"]
    assert forum.chips("ahli", second) == ["📌 P-2"]
    assert not [gap for gap in recorded(forum, f.Gap) if gap.what == "restore"]
    assert any("perangkat baru" in event.content["body"] for event in forum.said("ahli", "control"))


# Doctor


async def found(forum: Forum, other: ForumSettings | None = None) -> dict[str, Finding]:
    """What doctor finds with the bridge's own settings, by key."""
    settings = load_settings(forum.root / "bridge.yaml")
    port = forum.bridge.page.port
    web = settings.web.model_copy(update={"port": port})
    settings = settings.model_copy(update={"web": web, "forum": other or settings.forum})
    findings = await examine(settings, lang="en", now=SystemClock().now())
    for lang in ("en", "id"):
        for finding in findings:
            assert said(load_texts(lang), finding)[0]
    return {finding.key: finding for finding in findings}


async def test_doctor_finds_a_healthy_forum_right_and_names_what_breaks(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the running bridge: all right; then each thing that is broken on the homeserver has its line."""
    await forum.set_up()
    monkeypatch.setenv("TUDANG_PASSWORD", forum.bot.password)
    await start(forum)
    await forum.people["wabup"].text(forum.rooms["forum"], ORDER)
    await forum.settle()
    back_up(forum)
    page = await found(forum)
    wrong = {key: finding for key, finding in page.items() if finding.mark is not Mark.RIGHT}
    assert wrong == {}
    assert page["bridge.right"].values["stage"] == "enforce"
    assert page["account.right"].values["device"] == forum.bridge.homeserver.device_id
    assert {"trust.right", "rooms.right_as_creator", "ledger.right", "backup.right"} <= set(page)

    # A room made by a person: he is a creator for ever in version 12, the bot has no level, nothing is encrypted.
    # The bridge is stopped: it would refuse the invitation to a room that is none of its own.
    kept = msgspec.json.decode((forum.root / "state" / "session.json").read_bytes(), type=Credentials)
    await forum.stop()
    theirs = await forum.people["bupati"].create_room("Forum Bupati", encrypted=False)
    await forum.people["bupati"].invite(theirs, forum.bot.user_id)
    bot = Requests(kept.homeserver, kept.access_token)
    await bot.json("POST", path("join", theirs))
    await bot.close()
    named = load_settings(forum.root / "bridge.yaml").forum
    others = {"forum": theirs, "control": "#tidak-ada:localhost", "audit": "!x:localhost"}
    page = await found(forum, named.model_copy(update={"rooms": named.rooms.model_copy(update=others)}))
    assert "Bupati Contoh" in str(page["rooms.creator"].values["who"])
    assert page["rooms.permissions"].mark is Mark.WRONG
    assert {"rooms.clear", "rooms.no_alias", "rooms.not_joined"} <= set(page)
    assert page["bridge.stopped"].mark is Mark.MIND

    # The session is ended from elsewhere.
    await log_out(kept)
    page = await found(forum)
    assert "new-device" in said(load_texts("en"), page["account.revoked"])[1]


async def test_trust_is_shown_beside_the_running_bridge(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tudang trust` needs neither the key store's lock nor a password, and shows what the bridge itself knows."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"))
    await start(forum)
    known = await forum.bridge.trust(None)
    monkeypatch.delenv("TUDANG_PASSWORD", raising=False)
    settings = load_settings(forum.root / "bridge.yaml")
    seen = await asyncio.to_thread(commands.trust, settings, SystemClock(), lang="en")
    assert seen.code == 0, seen.text
    for shown in (known.device_id, known.device_fingerprint, known.identity_fingerprint):
        assert str(shown) in seen.text


async def test_doctor_knows_a_device_whose_keys_are_lost(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody put an old key store back: the homeserver has other keys for the device."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"))
    monkeypatch.setenv("TUDANG_PASSWORD", forum.bot.password)
    await start(forum)
    await forum.stop()
    settings = load_settings(forum.root / "bridge.yaml")
    kept = msgspec.json.decode((settings.state / "session.json").read_bytes(), type=Credentials)
    keyring = SqliteKeyring(settings.keys)
    keyring.write((), [("account", key) for key, _ in keyring.scan("account")])
    Account(Vault(keyring, secret_key(settings.state / "keys.secret")), kept.user_id, kept.device_id)
    keyring.close()
    page = await found(forum)
    assert "tudang new-device" in said(load_texts("en"), page["trust.lost"])[1]
    with pytest.raises(DeviceLost):
        await start(forum)
    become_new_device(settings)
    await start(forum)
    assert (await found(forum))["trust.right"].mark is Mark.RIGHT


async def test_a_device_that_is_lost_while_running_stops_the_bridge(forum: Forum) -> None:
    """It does not sync on for ever with keys that nobody can answer to: it stops, and says what to type."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"))
    await start(forum)
    running = forum.bridge

    async def lost() -> None:
        raise DeviceLost("the homeserver holds one-time keys that this store does not have")

    running.machine.account.publish = lambda caller: lost()  # type: ignore[method-assign]
    await forum.people["wabup"].text(forum.rooms["forum"], ORDER)
    with pytest.raises(DeviceLost):
        await forum.settle()
        await forum.people["wabup"].text(forum.rooms["forum"], SECOND)
        await forum.settle()
