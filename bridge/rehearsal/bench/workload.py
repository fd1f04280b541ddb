"""The messages of a bench: orders, photo reports and talk of a regency's forum, the same for every contestant.

Who writes tells what it is: the leader and the deputy give orders, pictures are reports, the rest is talk. So a
bare bot can know which messages want a tag without reading them, and reacts to the very ones that Tudang tags.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from random import Random

import msgspec
from PIL import Image

from bridge.model.event import Json
from bridge.rehearsal import pictures

SERVER = "bench.example"
BOT = f"@tudang:{SERVER}"
DEVICE = "BENCH"
TOKEN = "bench-token"  # noqa: S105  (opens nothing but the stand-in)
STAGE = "enforce"
UNITS = 40
MEMBERS_OF_GROUP = 12
ORDERS, REPORTS = 0.10, 0.40

PICTURES = 200
"""Drawn scenes; every file sent is one of them with a comment of its own, so that no two have the same SHA-256."""

_WORKS = (
    "saluran air di pasar",
    "jalan poros desa",
    "lampu jalan di pusat kota",
    "posyandu dan stok obat",
    "tempat sampah di terminal",
    "atap sekolah dasar",
    "jembatan gantung",
    "kandang ternak warga",
    "bendungan dan pintu air",
    "taman kalong",
)
_PLACES = ("Lajoa", "Cabenge", "Takkalala", "Batu-Batu", "Citta", "Ganra", "Watansoppeng", "Lilirilau")
_TALK = (
    "Selamat pagi Bapak Ibu semua, semoga sehat selalu",
    "Terima kasih banyak {who}, mantap sekali",
    "Alhamdulillah, ikut senang mendengar kabar {where} {number}",
    "Siap hadir {who}, mohon arahan lokasinya",
    "Wah bagus sekali pemandangan di {where} {number}",
    "Selamat ulang tahun ke {number} {who}, sehat dan panjang umur",
    "Amin, semoga dimudahkan semuanya",
    "Ada yang tahu nomor telepon rumah makan di {where} yang ke-{number}?",
    "Hati-hati di jalan {where} {who}, semoga selamat sampai tujuan",
    "Wah mantap, semangat terus untuk {who} yang ke-{number}",
)
_WHO = ("Pak", "Bu", "Bapak dan Ibu", "Pak Camat", "Bu Kadis", "teman-teman", "Pak Sekda", "rekan-rekan semua")


class Place(msgspec.Struct, frozen=True):
    """A room of the bench with the people in it (user ids, without the bot)."""

    room: str
    kind: str
    members: tuple[str, ...]


class Message(msgspec.Struct, frozen=True):
    """One message: its room, id, JSON as `/sync` delivers it, whether it is to be tagged, when it is sent (ms)."""

    room: str
    event_id: str
    body: bytes
    tagged: bool
    at: int


def head(unit: int) -> str:
    """The account of a unit's head."""
    return f"@kepala{unit:02}:{SERVER}"


LEADER, DEPUTY, EXPERT = f"@bupati:{SERVER}", f"@wabup:{SERVER}", f"@ahli:{SERVER}"


def unit_name(unit: int) -> str:
    """A unit's name as orders use it."""
    return f"Dinas Urusan {_roman(unit + 1)}"


def _roman(number: int) -> str:
    text = ""
    for value, letters in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value:
            text, number = text + letters, number - value
    return text


def places(rooms: int) -> list[Place]:
    """The forum with everybody, ``rooms - 1`` working groups, and the control room."""
    chance = Random(rooms)  # noqa: S311
    heads = [head(unit) for unit in range(UNITS)]
    found = [Place(_room("forum"), "forum", (LEADER, DEPUTY, EXPERT, *heads))]
    for group in range(rooms - 1):
        members = chance.sample(heads, MEMBERS_OF_GROUP - 2)
        found.append(Place(_room(f"kelompok{group:03}"), "group", (LEADER, DEPUTY, *members)))
    found.append(Place(_room("kendali"), "control", (EXPERT,)))
    return found


def _room(name: str) -> str:
    return f"!{name}:{SERVER}"


def pictures_among(count: int, reports: float = REPORTS) -> int:
    """How many of ``count`` messages are pictures."""
    return round(count * reports)


def messages(
    count: int, rooms: int, at: int, *, reports: float = REPORTS, span: int = 0, first: int = 0
) -> Iterator[Message]:
    """``count`` messages spread over the rooms, a share of them ``reports``; a function of its arguments.

    They are sent from ``at`` (ms) on, within ``span`` ms; one a millisecond when that is 0. ``first`` is the number
    of the first of them, for messages that follow others.
    """
    chance = Random(count * 1000 + rooms)  # noqa: S311
    where = places(rooms)[:-1]
    # Exact shares in an order that is the same every time.
    kinds = ["order"] * round(count * ORDERS) + ["report"] * pictures_among(count, reports)
    kinds += ["talk"] * (count - len(kinds))
    chance.shuffle(kinds)
    for number, kind in enumerate(kinds, first):
        place = where[number % len(where)]
        staff = [user for user in place.members if user not in (LEADER, DEPUTY, EXPERT)]
        sender = chance.choice((LEADER, DEPUTY)) if kind == "order" else chance.choice(staff)
        content = {"order": _order, "report": _report, "talk": _talk}[kind](chance, number, staff)
        event_id = f"${base64.urlsafe_b64encode(hashlib.sha256(str(number).encode()).digest())[:43].decode()}"
        event: Json = {
            "type": "m.room.message",
            "sender": sender,
            "content": content,
            "origin_server_ts": at + ((number - first) * span // count if span else number - first),
            "unsigned": {"membership": "join", "age": 40},
            "event_id": event_id,
        }
        yield Message(place.room, event_id, msgspec.json.encode(event), kind != "talk", event["origin_server_ts"])


def _order(chance: Random, number: int, staff: list[str]) -> Json:
    units = [int(user[7:9]) for user in chance.sample(staff, chance.choice((1, 1, 2, 3)))]
    # Now and then everybody is ordered at once.
    who = "Seluruh kepala dinas" if number % 500 == 0 else " dan ".join(unit_name(unit) for unit in units)
    where = f"{chance.choice(_WORKS)} {chance.choice(_PLACES)}"
    when = chance.choice(("", " besok pagi pukul 09.00", " paling lambat besok sore", " hari ini juga"))
    return _text(f"{who} agar segera memeriksa {where}{when} dan laporkan hasilnya dengan foto.")


def _report(chance: Random, number: int, staff: list[str]) -> Json:
    caption = (
        f"Izin melaporkan, {chance.choice(_WORKS)} {chance.choice(_PLACES)} sudah selesai diperiksa"
        f" dan dibersihkan oleh {chance.randint(4, 60)} orang petugas."
    )
    name = f"IMG-2026{number:06}.jpg"
    return {
        "msgtype": "m.image",
        "body": caption,
        "filename": name,
        "url": f"mxc://{SERVER}/photo{number}",
        "info": {"mimetype": "image/jpeg", "w": 640, "h": 480, "size": 60_000},
        "m.mentions": {},
    }


def _talk(chance: Random, number: int, staff: list[str]) -> Json:
    words = {"who": chance.choice(_WHO), "where": chance.choice(_PLACES), "number": chance.randint(2, 900)}
    return _text(chance.choice(_TALK).format(**words))


def _text(body: str) -> Json:
    return {"msgtype": "m.text", "body": body, "m.mentions": {}}


def wants_tag(event: Json) -> bool:
    """What a bare bot goes by: orders come from two people, reports are pictures."""
    return event["sender"] in (LEADER, DEPUTY) or event["content"].get("msgtype") == "m.image"


def scenes(count: int = PICTURES) -> list[bytes]:
    """Small real JPEGs of different scenes."""
    found = []
    for seed in range(count):
        out = io.BytesIO()
        pictures.scene(f"bench {seed}", (640, 480)).save(out, "JPEG", quality=70)
        found.append(out.getvalue())
    return found


def stamped(jpeg: bytes, number: int) -> bytes:
    """The same picture as another file: a comment segment (COM) after the start marker tells its number."""
    comment = f"bench {number:08}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def pixels(jpeg: bytes) -> bytes:
    """What is seen, whatever else the file says."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return picture.tobytes()


def policy_text() -> str:
    """The policy of the bench: defaults, in force from the start.

    But its few scenes come again and again, and nobody is there to look at what would be held.
    """
    forum = f"forum:\n  name: Forum Uji Kecepatan\n  language: id\n  timezone: Asia/Makassar\nstage: {STAGE}\n"
    return forum + "evidence: {checks: {similar: note, small: note}}\n"


def roster_text() -> str:
    """Forty agencies with a head each, a leader, a deputy, an expert."""
    lines = ["units:"]
    lines += [
        f'  - {{id: dinas-{unit:02}, name: "{unit_name(unit)}", short: "Urusan {_roman(unit + 1)}", kind: agency}}'
        for unit in range(UNITS)
    ]
    people: list[tuple[str, str, str, str | None]] = [
        ("bupati", LEADER, "leader", None),
        ("wabup", DEPUTY, "deputy", None),
        ("ahli", EXPERT, "expert", None),
    ]
    people += [(f"kepala{unit:02}", head(unit), "head", f"dinas-{unit:02}") for unit in range(UNITS)]
    lines.append("persons:")
    lines += [
        f'  - {{id: {person}, name: "{person.title()} Contoh", identifiers: [{{matrix: "{account}"}}]}}'
        for person, account, _, _ in people
    ]
    lines.append("offices:")
    for person, _, role, unit in people:
        at = f", unit: {unit}" if unit else ""
        lines.append(f"  - {{person: {person}, role: {role}{at}, from: 2025-01-01}}")
    return "\n".join(lines) + "\n"
