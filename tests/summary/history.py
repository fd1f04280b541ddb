"""Records as a forum's ledger would hold them, put together by what people did, for tests of the bundle."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from bridge.model import chain
from bridge.model import facts as f
from bridge.model.event import Trust
from bridge.model.facts import AnyFact, Record

ZONE = ZoneInfo("Asia/Makassar")
FORUM = "!forum:soppeng.test"
UNITS = (
    ("DLH", "Dinas Lingkungan Hidup"),
    ("DISNAKKESWAN", "Dinas Peternakan dan Kesehatan Hewan"),
    ("PUPR", "Dinas Pekerjaan Umum dan Penataan Ruang"),
    ("DISDIK", "Dinas Pendidikan dan Kebudayaan"),
    ("DINKES", "Dinas Kesehatan"),
    ("DISHUB", "Dinas Perhubungan"),
    ("SATPOLPP", "Satuan Polisi Pamong Praja"),
    ("DAMKAR", "Dinas Pemadam Kebakaran"),
    ("DISDAG", "Dinas Perdagangan"),
    ("DISPORA", "Dinas Pemuda dan Olahraga"),
    ("DINSOS", "Dinas Sosial"),
    ("BPBD", "Badan Penanggulangan Bencana Daerah"),
    ("KEC-LALABATA", "Kecamatan Lalabata"),
    ("KEC-MARIORIWAWO", "Kecamatan Marioriwawo"),
)
LETTERS = {"directive": "P", "report": "L", "decision": "K", "meeting": "R", "action": "A"}


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> int:
    """A time of November 2026 in Soppeng, in milliseconds."""
    return int(datetime(2026, month, day, hour, minute, second, tzinfo=ZONE).timestamp() * 1000)


def picture(seed: int, words: str = "") -> bytes:
    """A small JPEG that differs by seed."""
    image = Image.new("RGB", (320, 240), ((seed * 37) % 200 + 40, (seed * 71) % 200 + 40, (seed * 13) % 200 + 40))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        x = (seed * 17 + step * 29) % 300
        draw.ellipse((x, step * 18, x + 60, step * 18 + 40), fill=((step * 20) % 255, (seed * 9) % 255, 90))
    draw.text((20, 100), words or f"foto {seed}", fill=(255, 255, 255))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@dataclass
class Ledger:
    """Records as a forum's ledger would hold them, and an archive beside it."""

    records: list[Record] = field(default_factory=list)
    archive: dict[str, bytes] = field(default_factory=dict)
    seals: list[tuple[str, int]] = field(default_factory=list)
    language: str = "id"
    serial: int = 0

    def add(self, fact: AnyFact) -> Record:
        """Append a fact; its salt follows from the position, so that two builds are equal."""
        head = chain.head_of(self.records[-1]) if self.records else chain.START
        salt = hashlib.sha256(f"salt {head.position + 1}".encode()).digest()[: chain.SALT_BYTES]
        record = chain.append(head, fact, at=0, salt=salt)
        self.records.append(record)
        if isinstance(fact, f.WeekSealed):
            self.seals.append((fact.week, record.position))
        return record

    def event(self) -> str:
        self.serial += 1
        return f"$event{self.serial:04}"

    def sealed_weeks(self) -> Sequence[tuple[str, int]]:
        return self.seals

    def cut(self, week: str) -> int:
        return dict(self.seals)[week]

    def head(self) -> chain.Head:
        return chain.head_of(self.records[-1])

    def run(self, after: int, upto: int) -> list[Record]:
        return self.records[after:upto]

    def media(self, sha256: str) -> BinaryIO | None:
        data = self.archive.get(sha256)
        return None if data is None else io.BytesIO(data)

    def message(self, person: str, when: int, text: str, label: str, *, media: str = "", **more: object) -> str:
        """A person of the roster says something in the forum; returns the event id."""
        event = self.event()
        who = PERSONS[person]
        parts = (f.MediaPart(media, f"mxc://soppeng.test/{event[1:]}", f"IMG_{event[1:]}.jpg"),) if media else ()
        values: dict[str, object] = {
            "event": event,
            "room": FORUM,
            "sender": who.users[0],
            "person": person,
            "name": who.name,
            "unit": who.unit or None,
            "role": who.role,
            "sent_at": when,
            "received_at": when + 300,
            "text": text,
            "text_hash": hashlib.sha256(text.encode()).hexdigest() if text else "",
            "media": parts,
            "encrypted": True,
            "trust": Trust.CROSS_SIGNED,
            "device": "DEV1",
            "label": label,
            "confidence": 0.97,
            "why": "role",
        }
        if label == "chatter":
            values["text"] = None
        self.add(f.Message(**{**values, **more}))  # type: ignore[arg-type]
        return event

    def report(
        self,
        number: str,
        person: str,
        when: int,
        text: str,
        *,
        directive: str | None = None,
        photos: Sequence[bytes] = (),
        video: bool = False,
        emergency: bool = False,
        state: str = "waiting",
    ) -> str:
        """A report and its photos, from message to verdict."""
        who = PERSONS[person]
        event = self.message(person, when, text, "report", number=number)
        self.add(
            f.Report(
                number=number,
                event=event,
                room=FORUM,
                person=person,
                name=who.name,
                unit=who.unit,
                role=who.role,
                text=text,
                directive=directive,
                emergency=emergency,
                emergency_words=("anthrax",) if emergency else (),
                reported_at=when,
                state=state,
                policy_version=3,
            )
        )
        for index, data in enumerate(photos):
            self.photo(number, person, when + 60_000 * (index + 1), data, video=video)
        if photos:
            self.add(
                f.ReportChanged(
                    number=number,
                    state="reported",
                    at=when + 400_000,
                    by="rule:evidence",
                    reason="evidence",
                    cause=event,
                )
            )
            if directive:
                self.task(directive, who.unit, "reported", when + 400_000, person=person, report=number)
        return event

    def photo(
        self,
        report: str,
        person: str,
        when: int,
        data: bytes,
        *,
        verdict: str = "ok",
        first: str = "",
        video: bool = False,
        mime: str = "",
        copy: bytes = b"",
    ) -> str:
        """A photo of a report: message, pairing, verdict, archive; ``copy`` is a JPEG of it for readers."""
        event = self.message(person, when, "", "report", media="video" if video else "image", number=report)
        sha256 = hashlib.sha256(data).hexdigest()
        self.archive[sha256] = data
        kind = "video" if video else "image"
        self.add(
            f.EvidencePaired(
                report=report,
                event=event,
                kind_of_media=kind,
                mxc=f"mxc://soppeng.test/{event[1:]}",
                how="after",
                at=when + 1000,
            )
        )
        self.add(
            f.EvidenceJudged(
                event=event,
                report=report,
                verdict=verdict,
                sha256=sha256,
                size=len(data),
                mime=mime or ("video/mp4" if video else "image/jpeg"),
                readable_sha256=self._archived(copy) if copy else "",
                readable_size=len(copy),
                mime_claimed="image/jpeg",
                width=320,
                height=240,
                duration_ms=8000 if video else 0,
                first_report=first or None,
                first_event="$event0001" if first else None,
                archived=True,
                at=when + 2500,
            )
        )
        return event

    def _archived(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.archive[sha256] = data
        return sha256

    def task(self, directive: str, unit: str, state: str, when: int, **more: object) -> None:
        """A unit's task changes its state."""
        values: dict[str, object] = {"by": "rule:directive", "via": "message", "cause": "$cause"}
        self.add(f.Task(directive=directive, unit=unit, state=state, at=when, **{**values, **more}))  # type: ignore[arg-type]

    def directive(
        self, number: str, person: str, when: int, text: str, units: Sequence[str], due: int | None
    ) -> str:
        """An order to units, each of which gets its task."""
        who = PERSONS[person]
        event = self.message(person, when, text, "directive", number=number)
        self.add(
            f.Directive(
                number=number,
                event=event,
                room=FORUM,
                person=person,
                name=who.name,
                role=who.role,
                text=text,
                units=tuple(units),
                to_all=len(units) == len(UNITS),
                issued_at=when,
                due=due,
                due_phrase="sore ini pukul 17.00" if due else "",
                confidence=0.98,
                policy_version=3,
                roster_version=2,
            )
        )
        for unit in units:
            self.task(number, unit, "open", when)
        return event

    def seal(self, week: str, starts: int, ends: int) -> None:
        """Close a week on Monday at 06.00."""
        english = self.language == "en"
        self.add(
            f.WeekSealed(
                week=week,
                starts=starts,
                ends=ends,
                previous=self.seals[-1][1] if self.seals else 0,
                forum_name="Coordination Forum of Riverton" if english else "Forum Pimpinan SKPD Kabupaten Soppeng",
                language=self.language,
                timezone="Asia/Makassar",
                policy_version=3,
                policy_sha256="a" * 64,
                roster_version=2,
                roster_sha256="b" * 64,
                units=tuple(f.UnitName(unit, name, unit) for unit, name in UNITS),
                persons=tuple(PERSONS.values()),
                letters=LETTERS,
                role_names={} if english else {"leader": "Bupati", "deputy": "Wakil Bupati", "head": "Kepala OPD"},
                legal_note="" if english else "Tanda tangan ini bukan tanda tangan elektronik tersertifikasi.",
                at=ends + 6 * 3600 * 1000,
            )
        )


def _persons() -> dict[str, f.PersonName]:
    people = [
        f.PersonName("bupati", "Andi Baso", "", "leader", users=("@bupati:soppeng.test",)),
        f.PersonName("wabup", "Andi Tenri", "", "deputy", users=("@wabup:soppeng.test",)),
        f.PersonName("ahli", "Rahmat Ilyas", "", "expert", users=("@ahli:soppeng.test",)),
    ]
    for number, (unit, _) in enumerate(UNITS, 1):
        user = f"@kepala{number}:soppeng.test"
        people.append(
            f.PersonName(f"kepala-{unit.lower()}", f"Kepala {number} {unit}", unit, "head", users=(user,))
        )
    return {person.id: person for person in people}


PERSONS = _persons()


def head_of_unit(unit: str) -> str:
    return f"kepala-{unit.lower()}"


class Shelf:
    """The ledger as export reads it; counts what is read."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.read = 0

    def sealed_weeks(self) -> Sequence[tuple[str, int]]:
        return self.ledger.sealed_weeks()

    def records(self, after: int, upto: int) -> Iterator[Record]:
        for record in self.ledger.run(after, upto):
            self.read += 1
            yield record
