"""The story's weekend: a policy settled on the spot, an alarm at night, and the week that is sealed on Monday."""

from __future__ import annotations

from bridge.rehearsal.play import Play, Unseen

PROPOSAL = (
    "Izin Bapak Bupati, selama saluran diperbaiki kami usul pasar sore dipindahkan sementara ke Jl. Kayangan, "
    "tanpa biaya. Mohon arahan."
)
ALARM = (
    "Izin melaporkan Bapak, 3 ekor sapi mati mendadak di Desa Tottong, dugaan anthrax. "
    "Tim menuju lokasi, lalu lintas ternak kami tutup sementara."
)


async def saturday(play: Play) -> None:
    """A report that nobody ordered, a policy without a meeting, an order that sounded like a question."""
    await play.chapter("A report that nobody ordered", "first the photo, then the words", 9, 30, day=1)
    photo = await play.shows("kadis-dukcapil", "Desa Patampanua - Dukcapil")
    await play.stage.settled()
    words = await play.says(
        "kadis-dukcapil", "Izin melaporkan, pelayanan KTP keliling di Desa Patampanua, 87 perekaman."
    )
    async with play.expecting(
        "a photo that nobody asked for waits for its words, then both are one report"
    ) as note:
        note(await play.chip(words, "📋"))
        if play.chips(photo):
            raise Unseen("the photo has a tag of its own")
    await play.chapter(
        "A policy settled on the spot", "a head proposes, the regent in Jakarta answers with one word", 10, 0, day=1
    )
    proposal = await play.says("kadis-perindag", PROPOSAL)
    await play.stage.settled()
    await play.at(10, 6, day=1)
    decision = play.events["decision"] = await play.says("bupati", "ACC, laksanakan mulai Senin", reply_to=proposal)
    async with play.expecting(
        "the regent's ACC is recorded as a decision, with the proposal that it answers"
    ) as note:
        play.numbers["decision"] = await play.chip(decision, "⚖️")
        note(play.numbers["decision"])
    await play.chapter(
        "An order that sounds like a question", "an expert gives it its right name with one tap", 11, 0, day=1
    )
    asked = await play.says(
        "wabup", "Bagaimana kalau Kadis Perhubungan dan Satpol PP mengatur lalu lintas di sekitar pasar sentral?"
    )
    await play.stage.settled()
    await play.reacts("ahli-1", asked, "📌")
    async with play.expecting("an expert's 📌 makes it an order to the two units it names") as note:
        number = await play.chip(asked, "📌 ")
        card = await play.bot_says(f"📌 {number} ·")
        if "Dishub" not in card.content["body"] or "Satpol PP" not in card.content["body"]:
            raise Unseen(str(card.content["body"]))
        note(f"{number} to Dishub and Satpol PP")
        await play.reacts("kadis-perhubungan", card.event_id, "👍️")
        await play.says("kasat-polpp", "Siap", reply_to=card.event_id)
        await play.at(11, 5, day=1)
        await play.card_shows(number, received=2)


async def sunday_night(play: Play) -> None:
    """Anthrax, at 22.40."""
    await play.chapter(
        "Anthrax, Sunday night",
        "quiet hours; the head of the livestock agency reports without a photo",
        22,
        40,
        day=2,
    )
    leaders = [play.stage.user(one) for one in ("bupati", "wabup", "sekda")]
    regent = play.who("bupati")
    awake = len(regent.events)
    alarm = await play.says("kadis-peternakan", ALARM)
    number = ""
    async with play.expecting("the regent, his deputy and the secretary are rung at once, at night") as note:
        ring = await regent.wait_for_text(play.forum, "🚨", 20, after=awake, sender=play.stage.bot)
        if ring.content["msgtype"] != "m.text" or set(ring.content["m.mentions"]["user_ids"]) != set(leaders):
            raise Unseen(f"{ring.content['msgtype']} to {ring.content['m.mentions']}")
        if ring.content["m.relates_to"]["m.in_reply_to"]["event_id"] != alarm:
            raise Unseen("it answers another message")
        sent = await regent.wait_for(lambda event: event.event_id == alarm)
        number = play.numbers["alarm"] = await play.chip(alarm, "📋")
        note(f"{number}, {(ring.origin_ts - sent.origin_ts) / 1000:.1f} s after the report")
    before = len(play.eyes.events)
    await play.at(22, 51, day=2)
    async with play.expecting("only then the photo is asked for, without ringing") as note:
        asked = await play.bot_says(f"untuk laporan {number}", after=before)
        if asked.content["msgtype"] != "m.notice":
            raise Unseen("it rings at night")
        note("asked at 22.50, silently")
    await play.at(23, 5, day=2)
    photo = await play.shows("kadis-peternakan", "Desa Tottong")
    await play.says("bupati", "Terima kasih Pak Kadis 🙏")
    async with play.expecting("the photo that came later completes it"):
        await play.stage.settled()
        if play.transcript.entry(photo) is None:
            raise Unseen("the photo was not seen")
    play.events["photo of the alarm"] = photo


async def monday(play: Play) -> None:
    """The chain's head, the seal, the bundle."""
    before = len(play.eyes.events)
    await play.chapter(
        "Monday: the week is sealed", "the head of the chain at 05.30, the seal at 06.00", 5, 31, day=3
    )
    async with play.expecting("the chain's head of the day stands in the forum and in the audit room"):
        await play.bot_says("🔗", room=play.forum)
        await play.bot_says("🔗", room=play.audit)
    before = len(play.eyes.events)
    await play.at(6, 1, day=3)
    async with play.expecting("the week's head stands in the forum, in one line") as note:
        head = await play.bot_says(f"({play.week})", after=before)
        note(str(head.content["body"])[:78] + "…")
    async with play.expecting("the bundle is posted in the audit room, encrypted as everything there") as note:
        auditor = play.who("auditor-1")
        posted = await auditor.wait_for(
            lambda event: (
                event.room_id == play.audit
                and event.content.get("msgtype") == "m.file"
                and event.sender == play.stage.bot
                and play.week in str(event.content.get("body"))
            ),
            60,
        )
        data = await auditor.fetch(posted)
        folder = play.stage.root / "auditor"
        folder.mkdir(exist_ok=True)
        play.bundle = folder / str(posted.content["body"])
        play.bundle.write_bytes(data)
        if not posted.encrypted:
            raise Unseen("it came in clear")
        note(f"{play.bundle.name}, {len(data) / 1e6:.1f} MB")


async def seventy_two_hours(play: Play, number: str) -> None:
    """What nobody objected to is accepted by itself."""
    await play.chapter(
        "Three days later", "what nobody objected to is accepted by itself; the card says so", 14, 0, day=3
    )
    async with play.expecting("after 72 hours without objection the reports are accepted by themselves") as note:
        # 29 reported; 29 of these are accepted by now, the one of Dukcapil after its second try as well.
        await play.at(14, 5, day=3)
        await play.until(
            lambda: "Sudah diterima: 29" in getattr(play.card(number), "text", ""), "the card says otherwise"
        )
        note("card: Sudah diterima: 29 laporan")


LOOKERS = ("wabup", "kadis-dlh", "camat-donri-donri", "tamu-veteriner", "auditor-2")
"""Members whose clients were closed most of the time."""


async def readable(play: Play) -> None:
    """Whoever opens a client only now can read what was said in the meantime."""
    async with play.expecting("members who open their clients only now can read everything that they get") as note:
        read = 0
        for one in LOOKERS:
            client = play.who(one)
            await client.catch_up()
            sealed = [event for event in client.events if event.sealed is not None]
            if sealed:
                raise Unseen(f"{one} cannot read {len(sealed)} messages: {sealed[0].sealed}")
            read += sum(event.encrypted for event in client.events)
        note(f"{read} encrypted messages read by {len(LOOKERS)} members, none unreadable")
