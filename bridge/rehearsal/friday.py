"""The story's Friday: the forum fills, the deputy orders a mass clean-up, and the reports come in."""

from __future__ import annotations

import asyncio

from bridge.model.event import Event
from bridge.rehearsal.play import Play, Unseen, together

ORDER = (
    "Assalamu alaikum. Kepada seluruh unit agar melaksanakan kerja bakti massal di wilayah masing-masing pagi ini. "
    "Laporkan hasilnya di grup ini disertai foto, paling lambat hari ini pukul 16.00 WITA."
)
UNITS = 30
NEVER = "camat-donri-donri"
"""Who does not report."""

BURST = {
    "sekda": "halaman kantor bupati dan rumah jabatan",
    "inspektur": "kantor Inspektorat dan lorong sekitarnya",
    "kaban-bappeda": "kantor Bappeda dan taman depan",
    "kaban-bkad": "gudang aset dan halaman BKAD",
    "kaban-bkpsdm": "kantor BKPSDM dan musala",
    "kadis-sosial": "panti dan kantor Dinsos",
    "kadis-ptsp": "mal pelayanan publik",
    "kadis-pmd": "kantor DPMD dan balai desa binaan",
    "kadis-peternakan": "rumah potong hewan dan kandang karantina",
    "camat-marioriawa": "tepi danau Marioriawa",
}


async def opening(play: Play) -> None:
    """The room is empty; the roster is its law."""
    stage = play.stage
    await play.chapter(
        "The forum opens",
        "the bot made the rooms; from the roster it invites everybody who holds an office today",
        6,
        30,
    )
    wanted = {"forum": set(stage.company.players), "control": {"ahli-1", "ahli-2", "ahli-3"}}
    wanted["audit"] = {*wanted["control"], "auditor-1", "auditor-2"}
    async with play.expecting("everybody on the roster is invited by the bot and comes in, nobody else") as note:
        await together(*(stage.enter(one, kind) for kind, people in wanted.items() for one in people))
        for kind, people in wanted.items():
            users = {stage.user(one) for one in people}
            await play.eyes.wait_until_members(stage.room(kind), users)
            inside = play.eyes.room(stage.room(kind)).joined - {stage.bot}
            if inside != users:
                raise Unseen(f"{kind}: {sorted(inside ^ users)}")
        note(", ".join(f"{len(people)} in {kind}" for kind, people in wanted.items()))
    old = await play.photo("yesterday", "Pasar Ganra")
    play.events["old"] = await play.who("camat-ganra").image(
        play.forum, old, caption="Izin melaporkan, gotong royong kemarin sore di Pasar Ganra bersama warga 🙏"
    )
    async with play.expecting("a report that nobody ordered is tagged all the same") as note:
        note(await play.chip(play.events["old"], "📋"))
    play.old_photo = old


async def order(play: Play) -> str:
    """The deputy's order, and the many ways to say that it was received. Returns its number."""
    await play.chapter("The deputy orders a mass clean-up", "one message to all units; the bot numbers it", 7, 0)
    message = play.events["order"] = await play.says("wabup", ORDER)
    number = ""
    async with play.expecting("the order gets a number and one card, for all units, with its due time") as note:
        number = await play.chip(message, "📌")
        card = await play.bot_says(f"📌 {number} ·")
        body = str(card.content["body"])
        for part in (f"Untuk: {UNITS} unit", "16.00 WITA", f"0 siap · 0 lapor · {UNITS} belum"):
            if part not in body:
                raise Unseen(f"{part!r} is not in {body!r}")
        rung = set(card.content["m.mentions"].get("user_ids", ()))
        if card.content["msgtype"] != "m.text" or play.stage.user(NEVER) not in rung:
            raise Unseen("the card rings nobody")
        note(f"{number}, to {UNITS} units, rings {len(rung)} people")
    await play.at(7, 2)
    taps = [
        play.reacts("kadis-dlh", message, "👍️"),
        play.reacts("kadis-kesehatan", message, f"📌 {number}"),
        play.reacts("kadis-pendidikan", message, "🙏🏽"),
        play.reacts("dirut-rsud", message, "🫡"),
        play.reacts("camat-citta", message, "❤️"),
        play.says("kalaksa-bpbd", "Siap"),
        play.says("kasat-polpp", "Siap laksanakan ndan", reply_to=message),
        play.says("camat-lalabata", "siap pak wabup 🙏", thread=message),
    ]
    await together(*taps)
    taken_back = await play.reacts("kadis-perhubungan", message, "👍️")
    await play.stage.settled()
    await play.who("kadis-perhubungan").redact(play.forum, taken_back)
    await play.at(7, 10)
    async with play.expecting("tapping a reaction or writing siap counts; taking it back counts too") as note:
        note(await play.card_shows(number, received=8))
    return number


async def reports(play: Play, number: str) -> None:
    """Reports as real clients send them."""
    order_id = play.events["order"]
    card = await play.bot_says(f"📌 {number} ·", after=0)
    await play.chapter("The reports come in", "text and photo in every order and way that real clients send", 8, 30)
    sent: dict[str, str] = {}

    async def text_then_photo() -> None:
        sent["text, then the photo"] = await play.says(
            "kadis-dlh",
            "Izin melaporkan, kerja bakti di Taman Kalong selesai. 45 personil, 3 truk sampah terangkut.",
        )
        play.events["dlh"] = sent["text, then the photo"]
        await play.shows("kadis-dlh", "Taman Kalong - DLH")

    async def photo_then_text() -> None:
        sent["the photo, then text"] = await play.shows("kasat-polpp", "Lapangan Gasis - Satpol PP")
        await play.says("kasat-polpp", "Kerja bakti Satpol PP di Lapangan Gasis, 32 anggota, selesai pukul 08.20.")

    async def album_then_text() -> None:
        for place in ("Pasar Cangadi", "Lorong 3", "Masjid raya"):
            event = await play.shows("camat-liliriaja", f"{place} - Liliriaja")
            sent.setdefault("an album of three", event)
        await play.says("camat-liliriaja", "Izin melaporkan kerja bakti Kecamatan Liliriaja di tiga titik.")

    async def answers_itself() -> None:
        event = await play.says("kadis-perhubungan", "Izin melaporkan, terminal dibersihkan.", reply_to=order_id)
        sent["a reply, then the photo as a reply to it"] = event
        await play.shows("kadis-perhubungan", "Terminal - Dishub", reply_to=event)

    async def in_the_thread() -> None:
        words = "Lapor pak, kerja bakti di lapangan kecamatan sudah selesai."
        sent["text and photo in the thread"] = await play.says("camat-marioriwawo", words, thread=order_id)
        await play.shows("camat-marioriwawo", "Lapangan - Marioriwawo", thread=order_id)

    async def with_the_number() -> None:
        written = number.replace("-", " ").lower()
        event = await play.says("kadis-kominfo", f"Laporan {written}: kantor dan menara Kominfo sudah dibersihkan.")
        sent[f"text that names it “{written}”, then the photo"] = event
        await play.shows("kadis-kominfo", "Menara - Diskominfo")

    async def one(way: str, act: object) -> None:
        sent[way] = await act  # type: ignore[misc]

    await together(text_then_photo(), photo_then_text(), album_then_text())
    await together(answers_itself(), in_the_thread(), with_the_number())
    await together(
        one(
            "a photo with a caption",
            play.shows(
                "kadis-kesehatan", "Puskesmas - Dinkes", "Izin melaporkan kerja bakti di puskesmas, 30 orang."
            ),
        ),
        one(
            "a photo as a reply, without a word",
            play.shows("kadis-pendidikan", "SDN 1 - Disdik", reply_to=order_id),
        ),
        one("a photo in the thread", play.shows("camat-lalabata", "Kanal - Lalabata", thread=order_id)),
        one(
            "a short video with a caption",
            play.films("kalaksa-bpbd", "Posko - BPBD", "Izin melapor, pembersihan posko dan gudang logistik."),
        ),
    )
    await together(
        one("a video as a reply", play.films("dirut-rsud", "Halaman - RSUD", reply_to=order_id)),
        one(
            "a captioned photo as a reply to the card",
            play.shows(
                "kadis-dukcapil", "Kantor - Dukcapil", "Kerja bakti Dukcapil selesai 🙏", reply_to=card.event_id
            ),
        ),
        one("a photo and nothing else", play.shows("camat-citta", "Bukit - Citta")),
        one(
            f"a caption that says “{number.replace('-', '')}”",
            play.shows(
                "kadis-perindag", "Pasar sentral", f"{number.replace('-', '')} pasar sentral sudah bersih pak"
            ),
        ),
        one(
            "one head for two units (Plt.), as a reply",
            play.shows("kadis-pupr", "Saluran - PUPR", "Kerja bakti PUPR dan Perkim selesai", reply_to=order_id),
        ),
    )
    for way, event in sent.items():
        async with play.expecting(f"a report: {way}") as note:
            note(await play.chip(event, "📋", within=10))
    play.events["dukcapil"] = sent["a captioned photo as a reply to the card"]
    await play.at(9, 15)
    async with play.expecting("the card counts them all: sixteen units have reported") as note:
        note(await play.card_shows(number, reported=16))


async def without_proof(play: Play, number: str) -> None:
    """No report without a photo, and no photo twice."""
    await play.chapter(
        "Reports without proof", "two heads send only text, a subdistrict head reuses an old photo", 9, 40
    )
    later = await play.says("kadis-pertanian", "Izin melapor, kerja bakti Distan di kebun bibit sudah selesai pak.")
    never = await play.says("kadis-sosial", "Izin melaporkan, penyaluran bantuan untuk 43 KK sudah selesai.")
    before = len(play.eyes.events)
    reused = await play.who("camat-ganra").image(
        play.forum, play.old_photo, caption="Kerja bakti Kecamatan Ganra selesai pak 🙏", filename="IMG_GANRA.jpg"
    )
    numbers = [await play.chip(event, "📋") for event in (later, never, reused)]
    async with play.expecting("a photo that was used before does not count, and its sender is told so") as note:
        said = await play.bot_says("sudah tercatat pada laporan", after=before)
        if said.content["m.relates_to"]["m.in_reply_to"]["event_id"] != reused:
            raise Unseen("it answers another message")
        note(str(said.content["body"])[:60] + "…")
    await play.at(9, 51)
    async with play.expecting(
        "a report without a photo is asked for it once, after ten minutes, until when"
    ) as note:
        asked = await play.bot_says(f"untuk laporan {numbers[0]}", after=before)
        await play.bot_says(f"untuk laporan {numbers[1]}", after=before)
        if "11.40 WITA" not in str(asked.content["body"]):
            raise Unseen(str(asked.content["body"]))
        note("asked at 09.50, until 11.40 WITA")
    await play.at(10, 5)
    await play.shows("kadis-pertanian", "Kebun bibit - Distan", reply_to=asked.event_id)
    await play.shows("camat-ganra", "Pasar Ganra pagi ini", reply_to=reused)
    await play.at(10, 10)
    async with play.expecting("the photo that follows mends the report, as a reply to the question") as note:
        note(await play.card_shows(number, reported=18))
    play.numbers["never proven"] = numbers[1]


async def wrong_tag(play: Play, number: str) -> None:
    """Tags are mended by those whom they concern."""
    await play.chapter(
        "A wrong tag", "a photo of the breakfast is taken for a report; its author mends it with one tap", 10, 20
    )
    breakfast = await play.shows("camat-lilirilau", "Warung kopi")
    async with play.expecting(
        "a wrong tag is mended by a reaction of its author, and what hung on it follows"
    ) as note:
        wrong = await play.chip(breakfast, "📋")
        await play.stage.settled()
        await play.reacts("camat-lilirilau", breakfast, "🚫")
        await play.until(lambda: not play.chips(breakfast), f"the chip {wrong} is still there")
        await play.at(10, 25)
        note(f"{wrong} is gone; {await play.card_shows(number, reported=18)}")
    await play.shows(
        "camat-lilirilau", "Pasar - Lilirilau", "Kerja bakti Lilirilau selesai", reply_to=play.events["order"]
    )


async def leaders(play: Play) -> None:
    """Accepted and returned by a tap; what never got its photo is not deleted either."""
    await play.chapter("The leaders look at reports", "the regent accepts one, the deputy returns another", 11, 0)
    await play.reacts("bupati", play.events["dlh"], "👍️")
    await play.reacts("wabup", play.events["dukcapil"], "👎️")
    async with play.expecting("a returned report rings its author, courteously") as note:
        returned = await play.bot_says("dilengkapi")
        if returned.content["msgtype"] != "m.text":
            raise Unseen("it does not ring")
        if returned.content["m.mentions"]["user_ids"] != [play.stage.user("kadis-dukcapil")]:
            raise Unseen("it rings somebody else")
        note(str(returned.content["body"])[:60] + "…")
    await play.at(11, 5)
    again = await play.shows(
        "kadis-dukcapil",
        "Ruang tunggu - Dukcapil",
        "Kerja bakti Dukcapil, foto yang lebih jelas",
        reply_to=returned.event_id,
    )
    async with play.expecting("the returned unit reports anew") as note:
        note(await play.chip(again, "📋"))
    await play.at(11, 45)
    unproven = play.numbers["never proven"]
    async with play.expecting("a report whose photo never came is marked incomplete after two hours") as note:
        await play.bot_says(f"Laporan {unproven} belum dapat dihitung")
        note(f"{unproven} is incomplete; nothing was deleted")


async def outsiders(play: Play) -> None:
    """Only those whom the roster names."""
    await play.chapter(
        "Outsiders", "a head invites somebody whom the roster does not name, and a trader knocks", 12, 0
    )
    stage, control = play.stage, play.control
    neighbour, trader = stage.user("tetangga"), stage.user("pedagang")
    before = len(play.eyes.events)
    await play.who("kadis-perindag").invite(play.forum, neighbour)
    await play.who("pedagang").knock(stage.props.rooms["forum"], "Mau ikut memantau harga")
    async with play.expecting("the control room hears of both, with fifteen minutes to say no") as note:
        leaving = await play.bot_says(neighbour, room=control, after=before)
        knocked = await play.bot_says(trader, room=control, after=before)
        if "12.15 WITA" not in str(leaving.content["body"]):
            raise Unseen(str(leaving.content["body"]))
        note(str(leaving.content["body"]).splitlines()[0])
    await play.at(12, 5)
    await play.who("ahli-2").text(control, "!batal", reply_to=knocked.event_id)
    async with play.expecting("the knock is refused by an expert, with a courteous reason") as note:
        gone = await play.eyes.wait_for(lambda event: _removed(event, trader), 20)
        note(_reason(gone))
    await play.at(12, 10)
    async with play.expecting("before the notice is over nobody is removed"):
        if play.eyes.room(play.forum).memberships.get(neighbour) != "invite":
            raise Unseen("the invitation is gone already")
    await play.at(12, 16)
    async with play.expecting("after the notice the invitation is taken back, with a reason and a contact") as note:
        gone = await play.eyes.wait_for(lambda event: _removed(event, neighbour), 20)
        if "Sekretariat" not in str(gone.content.get("reason")):
            raise Unseen(str(gone.content.get("reason")))
        note(_reason(gone))


def _removed(event: Event, user: str) -> bool:
    return event.type == "m.room.member" and event.state_key == user and event.content.get("membership") == "leave"


def _reason(event: Event) -> str:
    return f"“{str(event.content.get('reason', ''))[:60]}…”"


async def afternoon(play: Play, number: str) -> None:
    """Ten at once, a reminder for who is left, and one who never reports."""
    await play.chapter("Ten reports at once", "the other units report in the same minute", 13, 0)
    before = len(play.transcript.entries("forum"))
    order_id = play.events["order"]
    sent = await together(
        *(
            play.shows(one, place, f"Izin melaporkan, kerja bakti di {place} sudah selesai.", reply_to=order_id)
            for one, place in BURST.items()
        )
    )
    async with play.expecting("ten reports in a minute: ten tags, no chatter of the bot") as note:
        await asyncio.gather(*(play.chip(event, "📋") for event in sent))
        await play.at(13, 5)
        spoken = play.bot_messages("forum", before)
        if len(spoken) > 1:
            raise Unseen(f"{len(spoken)} messages of the bot")
        note(f"{len(sent)} tags, {len(spoken)} messages of the bot")
    async with play.expecting("twenty-nine of thirty units have reported") as note:
        note(await play.card_shows(number, reported=UNITS - 1))
    await play.chapter("Two hours before the due time", "who still owes is rung; nobody is named", 14, 0)
    async with play.expecting("the reminder rings the one head who still owes, and names nobody") as note:
        reminder = await play.bot_says(f"Mohon laporan {number}")
        if reminder.content["m.mentions"].get("user_ids") != [play.stage.user(NEVER)]:
            raise Unseen(str(reminder.content["m.mentions"]))
        if "Donri" in str(reminder.content["body"]):
            raise Unseen("it names the unit")
        note("rings one, names none")
    await play.chapter("The due time is over", "half an hour of grace, then late", 16, 31)
    async with play.expecting(
        "the unit that never reported is late: a count in the forum, its name on the day's card in control"
    ) as note:
        await play.bot_says(f"{number} terlambat: Donri-Donri", room=play.control)
        await play.until(
            lambda: "Lewat batas: 1 unit" in getattr(play.card(number), "text", ""), "the card says nothing"
        )
        if any("Donri" in entry.text for entry in play.transcript.entries("forum") if entry.bot):
            raise Unseen("the forum was told the name")
        note("card: Lewat batas: 1 unit")
