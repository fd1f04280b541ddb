"""A bridge that was away: everything that was said meanwhile is handled, once. On a real Synapse."""

from __future__ import annotations

import asyncio
from collections import Counter

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.faults.checks import check
from tests.homeserver.forum import Forum
from tests.homeserver.watched import watched


async def test_what_was_said_during_a_stop_is_handled_once(forum: Forum) -> None:
    """An order, a report, its photo, reactions and talk: each is decided once, over two restarts in a row."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "citta", "ahli", "periksa"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    first = await people["wabup"].text(room, "DLH dan PUPR cek saluran air hari ini, laporkan")
    await forum.settle()
    card = forum.card("dlh", "📌 P-1").posted
    await forum.stop()
    forum.clock.advance(600)

    talk = [
        await people[("citta", "peternakan", "ahli")[place % 3]].text(room, f"Selamat pagi semua, nomor {place}")
        for place in range(12)
    ]
    await people["dlh"].react(room, card.event_id, "👍")
    order = await people["wabup"].text(
        room,
        "Seluruh OPD dan camat kerja bakti massal besok pagi, laporkan disertai foto paling lambat besok jam 12.00",
    )
    report = await people["pupr"].text(room, "Izin melaporkan, saluran air di pasar sudah dicek")
    picture = await people["pupr"].image(room, photo(1))
    taken_back = await people["citta"].react(room, order, "👍")
    await people["citta"].redact(room, taken_back)
    await people["peternakan"].react(room, order, "🙏")
    await people["ahli"].edit(room, talk[2], "Selamat siang semua")
    await forum.start()
    await forum.stop()
    await forum.start()
    await forum.move(minutes=2)

    assert forum.failures() == []
    recorded = Counter(fact.event for fact in forum.facts(f.Message) if isinstance(fact, f.Message))
    assert recorded == Counter((first, order, report, picture, *talk))
    assert forum.chips("bupati", order) == ["📌 P-2"]
    assert forum.chips("bupati", report) == ["📋 L-1"]
    assert "2 siap · 1 lapor · 1 belum" in forum.card("bupati", "📌 P-1").shown
    assert "1 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-2").shown
    started = [fact for fact in forum.facts(f.Started) if isinstance(fact, f.Started)]
    assert len(started) == 3
    bodies = Counter(e.content["body"] for e in forum.said("bupati") if not e.content["body"].startswith("* "))
    assert max(bodies.values()) == 1, bodies

    # Another one while the answers to a burst are still on their way.
    burst = await asyncio.gather(*(people[who].text(room, "Siap pak") for who in ("dlh", "citta", "pupr")))
    late = await people["wabup"].text(room, "PUPR perbaiki jalan di depan kantor kami, laporkan hari ini juga")
    await forum.stop()
    await forum.start()
    await forum.move(minutes=2)
    assert forum.failures() == []
    assert forum.chips("bupati", late) == ["📌 P-3"]
    assert "4 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-2").shown
    recorded = Counter(fact.event for fact in forum.facts(f.Message) if isinstance(fact, f.Message))
    assert all(recorded[event] == 1 for event in (*burst, late))
    await forum.stop()
    await check(await watched(forum), in_a_hurry=True)
