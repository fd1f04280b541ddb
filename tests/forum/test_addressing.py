"""Whom an order addresses, by the names that people use for units."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum.addressing import Addressed, Directory, addressed
from bridge.lang.speech import load_address_words
from bridge.model.speech import UnitName

REGENCY = (
    UnitName("dlh", "Dinas Lingkungan Hidup", "DLH", ("dinas lh",)),
    UnitName("pupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "PUPR", ("pu", "dinas pu")),
    UnitName("kesehatan", "Dinas Kesehatan", "Dinkes"),
    UnitName("pendidikan", "Dinas Pendidikan dan Kebudayaan", "Disdik"),
    UnitName("peternakan", "Dinas Peternakan dan Kesehatan Hewan", "Disnakkeswan"),
    UnitName("perhubungan", "Dinas Perhubungan", "Dishub"),
    UnitName("perindag", "Dinas Perdagangan, Perindustrian dan Koperasi", "Disperindag"),
    UnitName("sosial", "Dinas Sosial"),
    UnitName("bpbd", "Badan Penanggulangan Bencana Daerah", "BPBD"),
    UnitName("bappeda", "Badan Perencanaan Pembangunan Daerah", "Bappeda"),
    UnitName("satpol", "Satuan Polisi Pamong Praja", "Satpol PP"),
    UnitName("kemenag", "Kantor Kementerian Agama", "Kemenag"),
    UnitName("rsud", "Rumah Sakit Umum Daerah", "RSUD"),
    UnitName("citta", "Kecamatan Citta", "Citta", ("camat citta",), "subdistrict"),
    UnitName("ganra", "Kecamatan Ganra", "Ganra", (), "subdistrict"),
    UnitName("donri", "Kecamatan Donri-Donri", "Donri-Donri", (), "subdistrict"),
    UnitName("lilirilau", "Kecamatan Lilirilau", "Lilirilau", (), "subdistrict"),
    UnitName("marioriawa", "Kecamatan Marioriawa", "Marioriawa", (), "subdistrict"),
    UnitName("marioriwawo", "Kecamatan Marioriwawo", "Marioriwawo", (), "subdistrict"),
)
CITY = (
    UnitName("works", "Department of Public Works", "DPW"),
    UnitName("fire", "Fire and Rescue", "Fire", ("fire service",)),
    UnitName("parks", "Environment and Parks", "Parks", ("parks department",)),
    UnitName("health", "Public Health", "Health"),
    UnitName("manager", "City Manager's Office", "Manager", ("city manager",), "office"),
    UnitName("north", "North Ward", "North", (), "subdistrict"),
    UnitName("harbour", "Harbour Ward", "Harbour", (), "subdistrict"),
)
PEOPLE = {"@kadis-dlh:a": "dlh", "@camat-citta:a": "citta"}
WORDS = {lang: load_address_words(lang) for lang in ("id", "en")}
DIRECTORIES = {
    "id": Directory(REGENCY, PEOPLE, WORDS["id"]),
    "en": Directory(CITY, {}, WORDS["en"]),
}


def said(text: str, lang: str = "id", *mentions: str) -> str:
    """Who was understood, briefly: `*` everybody, `/kind`, `-left out`, `?unknown`."""
    found = DIRECTORIES[lang].addressed(text, mentions)
    parts = ["*"] if found.all else []
    parts += [f"/{kind}" for kind in found.kinds]
    parts += found.units
    parts += [f"-{unit}" for unit in found.excluded]
    parts += [f"?{phrase}" for phrase in found.unmatched]
    return " ".join(parts)


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Besok Jumat seluruh OPD dan camat laksanakan kerja bakti di wilayah masing2", "* /subdistrict"),
        ("semua SKPD hadir", "*"),
        ("seluruh kepala OPD WAJIB hadir", "*"),
        ("Bagi OPD yg kerja baktinya blm lapor, saya tunggu", "*"),
        ("semua dinas dan badan", "*"),
        ("para camat lapor", "/subdistrict"),
        ("seluruh camat dan kadis PU", "/subdistrict pupr"),
        ("camat se-kabupaten", "/subdistrict"),
    ],
)
def test_everybody_and_kinds(text: str, whom: str) -> None:
    """Collective words address every unit, a title in the plural all units of a kind."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Kadis kesehatan tlg turunkan tim fogging ke Lalabata", "kesehatan"),
        ("kadis pu cek jembatan", "pupr"),
        ("KADIS PUPR", "pupr"),
        ("Plt. Kadis Kesehatan", "kesehatan"),
        ("Kepala Dinas Lingkungan", "dlh"),
        ("Tolong DLH angkut hari ini", "dlh"),
        ("dinas lh", "dlh"),
        ("tolong dibantu warga ini, dinsos", "sosial"),
        ("Kepala Bappeda coba hitung", "bappeda"),
        ("dir. RSUD siapkan bed", "rsud"),
        ("rumah sakit umum daerah siaga", "rsud"),
        ("@Kadis Peternakan lakukan vaksinasi", "peternakan"),
        ("Yth. Bapak Kadis Perhubungan", "perhubungan"),
        ("Kec. Citta lapor", "citta"),
        ("Camat Donri-Donri", "donri"),
        ("Citta: cek tanggul", "citta"),
        ("Dinas Perdagangan", "perindag"),
        ("dinas perdagangan perindustrian dan koperasi", "perindag"),
    ],
)
def test_single_units(text: str, whom: str) -> None:
    """By title, short name, alias, the beginning of the name or its usual contraction, in any case."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Dinas Pendidikan dan Kemenag agar berkoordinasi", "pendidikan kemenag"),
        ("Dinas Kesehatan dan Pendidikan", "kesehatan pendidikan"),
        ("Camat Citta dan Ganra turun langsung ke lokasi", "citta ganra"),
        ("Camat Citta, Ganra, serta Marioriwawo", "citta ganra marioriwawo"),
        ("Camat Citta/Ganra", "citta ganra"),
        ("Kadis PU, DLH, Camat Lilirilau: tindaklanjuti", "pupr dlh lilirilau"),
        ("Dinas Pekerjaan Umum dan Penataan Ruang, DLH serta Satpol PP", "pupr dlh satpol"),
        ("1. DLH angkut\n2. PU perbaiki", "dlh pupr"),
    ],
)
def test_lists(text: str, whom: str) -> None:
    """The title holds for the whole list; an "and" within a name is no end of it."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("puskesmas siapkan obat, kapuk, input data", ""),
        ("posko induk di BPBD", ""),
        ("banjir di Citta, Ganra", ""),
        ("Citta dan Ganra banjir", ""),
        ("posko dipindah ke kantor camat", ""),
        ("kendaraan dinas dipakai, bagian dari kegiatan", ""),
        ("Kadis PU berkoordinasi dgn BPBD dan Dinsos", "pupr"),
        ("Koordinasi dengan BPBD", "bpbd"),
        ("sosial dan kesehatan masyarakat", ""),
    ],
)
def test_places_companions_and_words(text: str, whom: str) -> None:
    """A unit as place is not addressed, one as companion only when nobody else is; words are whole words."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("seluruh OPD kecuali DLH dan Dinkes", "* -dlh -kesehatan"),
        (
            "semua SKPD selain camat",
            "* -citta -ganra -donri -lilirilau -marioriawa -marioriwawo",
        ),
        ("seluruh camat kecuali Camat Citta", "/subdistrict -citta"),
        ("para camat kecuali Citta. DLH angkut", "/subdistrict dlh -citta"),
    ],
)
def test_exceptions(text: str, whom: str) -> None:
    """Who is excepted is left out, and only they."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("dinas lingkngan hidup", "dlh"),
        ("kadis perhubungna", "perhubungan"),
        ("bapeda tolong hitung", "bappeda"),
        ("Camat Marioriwa cek", "marioriawa"),
        ("Camat Mariorwawo cek", "marioriwawo"),
        ("camat cita", "?camat"),
        ("kadis pertanahan", "?kadis"),
    ],
)
def test_slips_of_the_pen(text: str, whom: str) -> None:
    """Longer words forgive a slip when only one name is that near; short ones do not."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("OPD terkait segera merapat", "?OPD terkait"),
        ("Lanjutkan ya pak kadis", "?kadis"),
        ("Kadis Perikanan dan DLH lapor", "dlh ?Kadis Perikanan"),
        ("para lurah hadir", ""),
    ],
)
def test_who_is_not_known(text: str, whom: str) -> None:
    """A title without a known unit is returned as written, so that somebody can be asked."""
    assert said(text) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("All departments: sandbag the river gate tonight", "*"),
        ("To all departments and wards", "* /subdistrict"),
        ("Everyone report", "*"),
        ("Public Works, clear the culvert on Mill Lane", "works"),
        ("Department of Public Works and Parks", "works parks"),
        ("Parks dept, fence off the fallen oak please", "parks"),
        ("the parks director", "parks"),
        ("Fire and Health: send crews", "fire health"),
        ("Please Parks send a crew", "parks"),
        ("fence off the oak, Parks", "parks"),
        ("City Manager please", "manager"),
        ("all departments except for Parks and Fire", "* -fire -parks"),
        ("North Ward and Harbour, report", "north harbour"),
        ("all wards", "/subdistrict"),
        ("DPW coordinate with the fire service", "works"),
        ("Fire is spreading near the parks, health first", ""),
        ("meet at the harbour, north of here", ""),
    ],
)
def test_english(text: str, whom: str) -> None:
    """Names that are common words address a unit only where it is called."""
    expected = sorted(whom.split())
    assert sorted(said(text, "en").split()) == expected


def test_a_mention_addresses_the_unit_of_the_person() -> None:
    """Once, also when the name is written beside it; who has no unit adds nothing."""
    assert said("segera ke lokasi", "id", "@kadis-dlh:a", "@tamu:a") == "dlh"
    assert said("DLH dan Camat Citta", "id", "@camat-citta:a") == "dlh citta"
    assert said("seluruh OPD kecuali DLH", "id", "@kadis-dlh:a") == "* -dlh"


def test_the_addressed_units_in_full() -> None:
    """Everybody, kinds and single units together, without the excepted, in the order of the roster."""
    directory = DIRECTORIES["id"]
    assert directory.units_of(directory.addressed("DLH dan seluruh camat kecuali Citta")) == (
        "dlh",
        "ganra",
        "donri",
        "lilirilau",
        "marioriawa",
        "marioriwawo",
    )
    assert directory.units_of(directory.addressed("DLH dan Dinkes")) == ("dlh", "kesehatan")
    assert len(directory.units_of(directory.addressed("seluruh OPD kecuali DLH"))) == len(REGENCY) - 1
    assert directory.addressed("selamat pagi").nobody


def test_a_name_of_two_units_addresses_neither() -> None:
    """Better a question than the wrong agency."""
    units = (UnitName("a", "Dinas Sosial Utara"), UnitName("b", "Dinas Sosial Selatan"))
    assert addressed("Dinas Sosial lapor", (), units, {}, WORDS["id"]) == Addressed()
    assert addressed("Dinas Sosial Selatan lapor", (), units, {}, WORDS["id"]) == Addressed(units=("b",))


PIECES = [
    "seluruh",
    "OPD",
    "dan",
    ",",
    "kecuali",
    "camat",
    "Citta",
    "kadis",
    "PU",
    "DLH",
    "dgn",
    "di",
    ".",
    ":",
    "\n",
    "pak",
    "@",
]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)),
    st.sampled_from(["id", "en"]),
)
def test_whatever_is_written_the_answer_holds_known_units(text: str, lang: str) -> None:
    """Never an exception; only units of the directory, each once, none both addressed and left out."""
    directory = DIRECTORIES[lang]
    found = directory.addressed(text)
    known = {unit.id for unit in (REGENCY if lang == "id" else CITY)}
    assert set(found.units) | set(found.excluded) <= known
    assert len(set(found.units)) == len(found.units)
    assert not set(directory.units_of(found)) & set(found.excluded)


@pytest.mark.parametrize(
    ("text", "whom", "lang"),
    [
        ("Besok Kesehatan, Perhubungan dan Satpol PP turun", "kesehatan perhubungan satpol", "id"),
        ("Besok Citta, Ganra dan DLH kerja bakti", "citta ganra dlh", "id"),
        ("Sosial dan Dishub turun", "sosial perhubungan", "id"),
        ("DLH dan Sosial turun", "dlh sosial", "id"),
        ("Health and DPW share one truck", "health works", "en"),
        ("North and DPW clear the drains", "north works", "en"),
    ],
)
def test_whoever_is_joined_with_one_who_is_addressed_is_addressed(text: str, whom: str, lang: str) -> None:
    """A bare name beside "dan" and a unit is a unit, before it as behind it."""
    assert said(text, lang) == whom


@pytest.mark.parametrize(
    ("text", "whom", "lang"),
    [
        ("Jalan di Citta dan Ganra rusak, PUPR tangani", "pupr", "id"),
        ("Banjir Citta dan Ganra, BPBD turun", "bpbd", "id"),
        ("Kondisi kesehatan dan Satpol PP", "satpol", "id"),
        ("Good health and DPW trucks", "works", "en"),
    ],
)
def test_places_and_common_words_are_no_units_by_their_neighbours(text: str, whom: str, lang: str) -> None:
    """Where something is, or a word in small letters, calls nobody; a comma may begin another thought."""
    assert said(text, lang) == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Tomorrow Fire and Parks close the road", "fire parks"),
        ("What if Parks and Health meet them", "parks health"),
        ("On Friday Parks and Fire close the road", ""),
        ("Tomorrow morning, Fire and Parks close the road", "fire parks"),
    ],
)
def test_a_time_or_an_opening_may_stand_before_whom_one_calls(text: str, whom: str) -> None:
    """A list at the beginning is called, also behind "tomorrow" or "what if"; a single word is not."""
    assert said(text, "en") == whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("Besok Dishub dan Satpol PP mengatur lalu lintas", {"perhubungan", "satpol"}),
        ("Bagaimana kalau Dishub dan Satpol PP mengatur lalu lintas", {"perhubungan", "satpol"}),
        ("Dishub atur parkir", {"perhubungan"}),
    ],
)
def test_a_second_language_does_not_blunt_the_names_of_the_first(text: str, whom: set[str]) -> None:
    """English unit names are common words and must be called; Indonesian ones stay names beside it."""
    both = Directory(REGENCY, PEOPLE, WORDS["id"], WORDS["en"])
    assert set(both.addressed(text).units) == whom
