"""The story's meeting: the regent leads it from Jakarta, from Friday evening until Monday morning."""

from __future__ import annotations

from bridge.rehearsal.play import Play, Unseen

OPENING = (
    "Assalamu alaikum, Bapak Ibu sekalian. Rapat koordinasi kita mulai membahas kesiapan musim hujan. "
    "Agenda: 1. Kerja bakti massal 2. Ternak dan anthrax"
)


async def friday_evening(play: Play) -> None:
    """A meeting is opened by a sentence; somebody asks for the floor and gets it."""
    await play.chapter(
        "The regent opens a meeting", "from a thousand kilometres away; it runs until somebody closes it", 19, 30
    )
    opening = await play.says("bupati", OPENING)
    async with play.expecting("a sentence of the regent opens a meeting, with one card for all of it") as note:
        number = play.numbers["meeting"] = await play.chip(opening, "🗓️")
        card = await play.bot_says(f"🗓️ Rapat {number}")
        if "1. Kerja bakti massal" not in card.content["body"]:
            raise Unseen(str(card.content["body"]))
        note(number)
        play.events["meeting's card"] = card.event_id
    await play.says("kadis-sosial", "Izin, diwakili Sekretaris Dinas")
    await play.reacts("kadis-ptsp", play.events["meeting's card"], "✅")
    await play.says("kadis-pupr", "Mohon izin bicara Pak Bupati")
    async with play.expecting("a raised hand waits in the control room, and one tap of an expert gives the floor"):
        queue = await play.bot_says("menunggu giliran bicara", room=play.control)
        await play.who("ahli-1").react(play.control, queue.event_id, "✅")
        await play.bot_says("Giliran bicara ada pada")
    await play.says("kadis-pupr", "Terima kasih Pak, saluran induk sudah kami keruk di 6 titik")


async def monday_morning(play: Play) -> None:
    """It is closed after the week was sealed; the minutes name what was settled in it."""
    await play.chapter("The meeting ends on Monday", "the minutes are posted in the room", 7, 30, day=3)
    await play.says("bupati", "Rapat saya tutup, terima kasih atas kehadirannya")
    async with play.expecting("the minutes name the units that were there and what was decided meanwhile") as note:
        minutes = await play.bot_says(f"📝 Notulen {play.numbers['meeting']}")
        said = str(minutes.content["body"])
        decision, alarm = play.numbers.get("decision", "K-"), play.numbers.get("alarm", "L-")
        if decision not in said or alarm not in said or "Hadir:" not in said or len(said.splitlines()) > 20:
            raise Unseen(said)
        note(next(line for line in said.splitlines() if line.startswith("Hadir:")))
