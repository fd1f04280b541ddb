"""Who tells of an emergency: staff, whatever else their message is; not a leader who orders or asks about one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.forum.tagging import Answered, Tagger, Utterance
from bridge.forum.tagging.learn import Example
from bridge.lang.lexicon import load

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(load())


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("head", "Siap pak, 3 sapi mati mendadak diduga anthrax, tim menuju lokasi"),
        ("subdistrict_head", "Siap, kami tindaklanjuti, saat ini juga ada longsor di Umpungeng"),
        ("head", "Mohon petunjuk pak, ada warga keracunan 20 orang di Ganra"),
        ("head", "mohon bantuan alat berat pak, longsor cukup besar"),
        ("head", "Selamat pagi pak, banjir masih setinggi lutut di Laringgi"),
        ("head", "Innalillahi, 3 warga terseret arus di Walanae, belum ditemukan"),
        ("expert", "Kebakaran di pasar sentral, damkar sudah meluncur"),
        ("secretary", "Izin pak Bupati, banjir di Pajalele setinggi dada, 3 warga terjebak"),
        ("secretary", "Banjir di Pajalele setinggi dada, 3 warga terjebak"),
        ("deputy", "Banjir di Pajalele setinggi dada, 3 warga terjebak"),
        ("head", "bnjir di laringgi pak"),
        ("head", "tanggul jebol di Lompulle"),
        ("subdistrict_head", "Rapat ditunda krn banjir di Citta"),
        ("subdistrict_head", "Kegiatan terganggu banjir"),
        ("head", "Noted sir, two people trapped by the flood on Pine St"),
        ("head", "Copy. House fire on 9th, crew rolling"),
    ],
)
def test_staff_tell_of_it_in_any_kind_of_message(tagger: Tagger, role: str, text: str) -> None:
    """Receipts, questions and talk count like reports."""
    assert tagger.classify(Utterance(text, role)).emergency != ()


@pytest.mark.parametrize(
    "text",
    [
        "Rapat penanggulangan banjir besok jam 9",
        "Apel siaga banjir besok jam 7 di lapangan Gasis",
        "Izin pak, bagaimana kalau rapat evaluasi kebakaran hutan digeser ke Kamis?",
        "Izin meneruskan undangan rapat koordinasi penanganan bencana longsor, Senin jam 9",
        "Flood response meeting tomorrow 9am",
        "Meeting on flood control tomorrow at 9",
        "Doa bersama untuk korban gempa di pendopo",
    ],
)
@pytest.mark.parametrize("role", ["head", "expert", "secretary"])
def test_a_planned_event_is_none(tagger: Tagger, role: str, text: str) -> None:
    """What people will meet about does not happen now."""
    assert tagger.classify(Utterance(text, role)).emergency == ()


@pytest.mark.parametrize(
    "text",
    [
        "kami sudah sosialisasikan bahaya anthrax kemarin",
        "Kami kemarin melatih 30 warga memadamkan api kebakaran",
        "Vaksinasi anthrax 120 ekor selesai pak",
        "dbd minggu ini 6 kasus, 2 dirawat, meninggal 0",
        "Korban jiwa: nihil",
        "Casualties: nil",
        "Jembatan darurat bambu sudah bisa dilewati",
        "Graduation ceremony for the fire academy, 14 cadets",
        "Warga kami sudah panen duluan pak karena takut banjir",
        "Terima kasih pak, korban kebakaran sudah menerima bantuan",
        "Hari ini fogging untuk mencegah wabah DBD di Lalabata",
        "Menjenguk korban kebakaran di RSUD bersama Baznas",
        "Perbaikan tanggul jebol di Pajalele rampung 100%",
        "Donor darah untuk korban gempa, terkumpul 45 kantong",
        "Fundraiser for the flood victims raised 2,400",
    ],
)
def test_a_report_of_prevention_or_aftermath_is_none(tagger: Tagger, text: str) -> None:
    """Neither what was done so that nothing happens, nor a nil, nor a name that holds the word."""
    assert tagger.classify(Utterance(text, "head")).emergency == ()


@pytest.mark.parametrize(
    "text",
    [
        "Siap pak, kami menuju lokasi banjir",
        "Kapan bantuan korban banjir disalurkan pak?",
        "Mohon tidak mengirim stiker saat laporan banjir berjalan, terima kasih",
        "Sesuai arahan Bapak Bupati, seluruh OPD merapat ke lokasi banjir Pajalele",
        "Innalillahi wainna ilaihi rojiun, turut berduka atas meninggalnya ayah pak camat",
        "Which cost centre was the emergency catering charged to?",
    ],
)
def test_naming_one_that_is_known_tells_nothing(tagger: Tagger, text: str) -> None:
    """Outside reports a word that only says where one goes, or whom one helps, rings nobody."""
    assert tagger.classify(Utterance(text, "head")).emergency == ()


def test_a_receipt_that_repeats_the_order_tells_nothing(tagger: Tagger) -> None:
    """The leader who ordered about the flood need not be told of it; of something else he is."""
    order = Answered("leader", "directive", "BPBD, ada banjir di Laringgi, turun sekarang")
    same = Utterance("Siap pak, banjir kami tangani", "head", reply_to=order)
    more = Utterance("Siap pak, di Citta juga longsor", "head", reply_to=order)
    assert tagger.classify(same).emergency == ()
    assert tagger.classify(more).emergency == ("longsor",)


class Line(Example, frozen=True, kw_only=True):
    """A line of the corpus."""


def _lines() -> list[Line]:
    decode = msgspec.json.Decoder(Line).decode
    return [decode(line) for path in sorted(CORPUS.glob("*/*.jsonl")) for line in path.read_bytes().splitlines()]


FALSE_ALARMS = (
    "Laporan pak wabup: piring sdh dicuci, situasi dapur aman terkendali, korban satu gelas 🫡",
    "Sinyal di atas gunung sini satu bar, muncul tenggelam seperti cintaku dulu",
    "Kata orang tua, banjir itu tamu yang tidak pamit",
    "Tolong jangan kirim stiker dulu njih, laporan para camat jadi tenggelam",
    "Sy kira tadi gempa, ternyata truk lewat",
    "Yg barusan itu hoaks pak, sdh dibantah Korlantas. Kita fokus lagi ke banjir ya",
    "akhirnya bisa mi tidur, mimpi ka jg banjir",
    "siapa bawa charger tipe c, darurat hp tinggal 2 persen",
    "New number from tomorrow, the old SIM drowned in the river",
)
"""Jokes and figures of speech that ring, though they tell of nothing: known errors, all of the corpus."""


def test_of_all_messages_hardly_any_talk_rings_and_no_leader(tagger: Tagger) -> None:
    """In the whole corpus leaders' orders, questions and decisions wake nobody, and chatter only by jokes."""
    rang = [
        line.text
        for line in _lines()
        if (line.author_role == "leader" or line.label in ("chatter", "directive", "decision"))
        and tagger.classify(line).emergency
    ]
    assert sorted(rang) == sorted(FALSE_ALARMS)


def test_whole_corpus_rings_for_few_messages(tagger: Tagger) -> None:
    """About one message in a hundred tells of an emergency: rings stay something to get up for."""
    lines = _lines()
    assert 25 <= sum(bool(tagger.classify(line).emergency) for line in lines) <= len(lines) / 50
