"""The week as its auditor gets it: sealed, posted, downloaded with a client, verified. On a real Synapse."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import orjson

from bridge.rehearsal.pictures import photo
from bridge.summary.keys import fingerprint, load_or_make_key
from bridge.summary.verify import verify
from tests.homeserver.forum import Forum


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
    assert "Senin 16" in verdict.sentence or "16 – " in verdict.sentence
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


def _no_new_key(size: int) -> bytes:
    raise AssertionError("the key was there")
