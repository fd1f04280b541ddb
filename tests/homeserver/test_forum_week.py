"""The week as its auditor gets it: sealed, posted, downloaded with a client, verified. On a real Synapse."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import orjson
import pytest

from bridge.rehearsal.pictures import photo
from bridge.summary.keys import fingerprint, load_or_make_key
from bridge.summary.verify import verify
from tests.homeserver.forum import PUBLIC_URL, Forum


async def test_the_bundle_of_the_week_verifies_and_its_head_stands_in_the_forum(
    forum: Forum, tmp_path: Path
) -> None:
    """Monday 06.00: a file in the audit room, intact and signed; the head in the forum is the one inside."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli", "periksa"))
    await forum.start()
    room, audit, people = forum.rooms["forum"], forum.rooms["audit"], forum.people
    await people["wabup"].text(room, "DLH dan PUPR bersihkan saluran di pasar hari ini, laporkan sebelum jam 16.00")
    await people["dlh"].image(room, photo(1), caption="Lapor, saluran di pasar sudah bersih")
    await people["pupr"].text(room, "Besok saya izin ke Parepare")
    await forum.settle()

    # Each morning the head of the chain is posted where many keep it.
    for _ in range(3):
        await forum.move(hours=24)
    heads = [event for event in forum.said("bupati") if event.content["body"].startswith("🔗")]
    assert len(heads) == 3
    assert [e.content["body"] for e in forum.said("periksa", "audit") if e.content["body"].startswith("🔗")] == [
        event.content["body"] for event in heads
    ]
    assert all(event.content["msgtype"] == "m.notice" for event in heads)

    posted = await people["periksa"].wait_for(
        lambda event: event.room_id == audit and event.content.get("msgtype") == "m.file"
    )
    assert posted.encrypted
    name = str(posted.content["filename"])
    assert "2026-W47" in name
    bundle = tmp_path / name
    bundle.write_bytes(await people["periksa"].fetch(posted))
    public = load_or_make_key(forum.root / "state" / "signing.key", _no_new_key).public
    verdict = verify(bundle, key=fingerprint(public))
    assert (verdict.code, verdict.fault) == (0, "")
    assert "Senin 16 – Minggu 22 November 2026" in verdict.sentence
    assert verify(bundle).code == 2
    assert verify(bundle, key=fingerprint(bytes(32))).code == 1

    line = next(event for event in forum.said("bupati") if "(2026-W47)" in event.content["body"])
    assert len(line.content["body"].splitlines()) == 1
    shown = re.sub(r"\s", "", line.content["body"].rpartition(":")[2])
    with zipfile.ZipFile(bundle) as files:
        chain = next(orjson.loads(files.read(n)) for n in files.namelist() if n.endswith("chain.json"))
        everything = b"".join(files.read(n) for n in files.namelist() if n.endswith((".csv", ".jsonl")))
        names = [n.split("/", 1)[1] for n in files.namelist()]
    assert shown in orjson.dumps(chain).decode()
    assert any(n.startswith("data/foto/L-0001_DLH_2026-11-20") for n in names), names
    assert "saluran di pasar" in everything.decode()
    assert "Parepare" not in everything.decode()
    assert forum.failures() == []

    # A second export is the same file.
    assert (await forum.bridge.export("uji", "2026-W47")).read_bytes() == bundle.read_bytes()


async def test_a_bundle_too_large_for_the_homeserver_is_fetched_by_a_link_that_works_once(
    forum: Forum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit room gets a link instead of a file; it gives the bundle once, and the record keeps no secret."""
    await forum.set_up(people=("bupati", "dlh", "ahli", "periksa"))
    await forum.start()
    assert await forum.bridge.homeserver.upload_limit() == 100 * 1024 * 1024

    async def small(_: object) -> int:
        return 2000

    monkeypatch.setattr(type(forum.bridge.homeserver), "upload_limit", small)
    await forum.people["dlh"].image(forum.rooms["forum"], photo(1), caption="Lapor, saluran di pasar sudah bersih")
    await forum.move(hours=72)
    said = forum.said("periksa", "audit")
    assert [event for event in said if event.content["msgtype"] == "m.file"] == []
    link = next(event for event in said if PUBLIC_URL in event.content["body"])
    assert link.encrypted
    body = str(link.content["body"])
    assert "2026-W47" in body
    assert "MB" in body
    assert "7 Desember 2026" in body
    token = re.findall(r"/bundle/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])", body)[0]
    address = f"http://127.0.0.1:{forum.bridge.page.port}/bundle/{token}"
    async with forum.session.get(address) as answer:
        assert answer.status == 200
        assert answer.content_disposition is not None
        bundle = tmp_path / str(answer.content_disposition.filename)
        bundle.write_bytes(await answer.read())
    public = load_or_make_key(forum.root / "state" / "signing.key", _no_new_key).public
    assert verify(bundle, key=fingerprint(public)).code == 0
    async with forum.session.get(address) as answer:
        assert answer.status == 404
        assert "satu kali" in await answer.text()
    assert forum.failures() == []
    await forum.stop()
    kept = b"".join(path.read_bytes() for path in (forum.root / "state").glob("ledger.db*"))
    assert token.encode() not in kept


def _no_new_key(size: int) -> bytes:
    raise AssertionError("the key was there")
