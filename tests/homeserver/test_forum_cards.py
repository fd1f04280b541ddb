"""Acknowledging as people do anyway, and a card that stays one card: on a real Synapse, in an encrypted room."""

from __future__ import annotations

import asyncio

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum
from tests.words import ORDER


async def test_tapping_or_saying_siap_counts_and_taking_it_back_counts_too(forum: Forum) -> None:
    """👍 on the order, the bot's chip, 🙏🏽 on the card, "siap" in reply and alone: one card follows it all."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "citta", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    order = await people["wabup"].text(room, ORDER)
    await forum.settle()
    assert "0 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-1").shown
    card = forum.card("bupati", "📌 P-1").posted

    thumb = await people["dlh"].react(room, order, "👍️")
    chip = await people["peternakan"].react(room, order, forum.chips("peternakan", order)[0])
    alone = await people["citta"].text(room, "siap")
    await forum.settle()
    # Not a minute has passed: what has changed is kept back.
    assert forum.card("bupati", "📌 P-1").edits == []
    await people["pupr"].react(room, card.event_id, "🙏🏽")
    await people["ahli"].react(room, order, "👍")
    await forum.move(minutes=1.1)
    assert "4 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-1").shown
    assert len(forum.card("bupati", "📌 P-1").edits) == 1
    assert [(t.unit, t.via, t.attested) for t in _tasks(forum) if t.state == "acknowledged"] == [
        ("dlh", "reaction", True),
        ("peternakan", "reaction", True),
        ("citta", "message", False),
        ("pupr", "reaction", True),
    ]

    await people["dlh"].redact(room, thumb)
    await people["citta"].redact(room, alone)
    await forum.move(minutes=1.1)
    assert "2 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-1").shown
    await people["citta"].text(room, "Siap pak", reply_to=card.event_id)
    await people["dlh"].react(room, order, "🫡")
    await people["peternakan"].redact(room, chip)
    await forum.move(minutes=1.1)
    assert "3 siap · 0 lapor · 4 belum" in forum.card("bupati", "📌 P-1").shown

    # Whoever was not ordered acknowledges nothing, and nobody was answered: one posting, three edits.
    assert forum.failures() == []
    seen = forum.card("citta", "📌 P-1")
    assert len(seen.edits) == 3
    assert all(edit.content["m.mentions"] == {} for edit in seen.edits)
    assert all(edit.encrypted for edit in seen.edits)
    assert [event for event in forum.said("bupati") if "📌 P-1" not in event.content["body"]][1:] == []


async def test_thirty_reports_in_ten_minutes_bring_twelve_messages_at_most(forum: Forum) -> None:
    """Thirty units report within ten minutes: thirty chips, and one card edited at most once a minute."""
    await forum.set_up(people=("bupati", "wabup", "ahli"), more_units=30)
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await people["wabup"].text(room, ORDER)
    await forum.settle()
    before = len(forum.said("bupati"))
    pictures = [photo(place, size=(800, 600)) for place in range(30)]
    reports: list[str] = []
    for part in range(5):
        heads = range(part * 6, part * 6 + 6)
        reports += await asyncio.gather(
            *(
                people[f"dinas-{head + 1}"].image(
                    room, pictures[head], filename="IMG.jpg", caption="Lapor, kerja bakti sudah selesai"
                )
                for head in heads
            )
        )
        await forum.move(minutes=2)
    new = forum.said("bupati")[before:]
    assert len(new) <= 12, [event.content["body"] for event in new]
    await forum.move(minutes=1.1)
    assert forum.failures() == []
    shown = forum.card("bupati", "📌 P-1").shown
    assert "30 siap · 30 lapor · 0 belum" in shown
    assert len(shown.splitlines()) <= 12
    assert all(len(forum.chips("bupati", report)) == 1 for report in reports)


def _tasks(forum: Forum) -> list[f.Task]:
    return [fact for fact in forum.facts(f.Task) if isinstance(fact, f.Task)]
