"""Due times in the words that officials use; nothing else is taken for one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum.due import Due, DueReader
from bridge.lang.speech import load_due_words

WITA = ZoneInfo("Asia/Makassar")
WORDS = {lang: load_due_words(lang) for lang in ("id", "en")}
READERS = {lang: DueReader(words) for lang, words in WORDS.items()}
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=WITA)
"""A Wednesday."""


def read(text: str, lang: str = "id", now: datetime = NOW, zone: ZoneInfo = WITA) -> Due | None:
    return READERS[lang].find(text, now, zone)


def said(text: str, lang: str = "id", now: datetime = NOW, zone: ZoneInfo = WITA) -> str:
    """What was understood, briefly: `~` not certain, `<` past, `^` only a start."""
    due = read(text, lang, now, zone)
    if due is None:
        return "-"
    marks = ("" if due.certain else "~") + ("<" if due.past else "") + ("^" if due.start_only else "")
    return f"{due.at:%a %d %b %H:%M}{marks}"


INDONESIAN = [
    ("laporkan jam 5 sore", "Wed 18 Nov 17:00"),
    ("pkl 12.00", "Wed 18 Nov 12:00"),
    ("pukul 14.00 WITA", "Wed 18 Nov 14:00"),
    ("pkl. 20:30 wita", "Wed 18 Nov 20:30"),
    ("lapor sblm magrib", "Wed 18 Nov 18:00"),
    ("sebelum dhuhur", "Wed 18 Nov 12:00"),
    ("besok sebelum ashar", "Thu 19 Nov 15:30"),
    ("Hasilnya sampaikan ke saya bsk pagi", "Thu 19 Nov 11:00"),
    ("bsk jam 10", "Thu 19 Nov 10:00"),
    ("hari ini juga", "Wed 18 Nov 23:59"),
    ("edarkan suratnya malam ini", "Wed 18 Nov 23:59"),
    ("nanti sore", "Wed 18 Nov 18:00"),
    ("sebentar jam 4", "Wed 18 Nov 16:00"),
    ("lusa", "Fri 20 Nov 23:59"),
    ("paling lambat Kamis", "Thu 19 Nov 23:59"),
    ("Senin 14.00", "Mon 23 Nov 14:00"),
    ("s.d. jumat", "Fri 20 Nov 23:59"),
    ("s/d Jum'at jam 10", "Fri 20 Nov 10:00"),
    ("tgl 25 November", "Wed 25 Nov 23:59"),
    ("tgl. 25 Nov. 2026 pkl. 08.00", "Wed 25 Nov 08:00"),
    ("25/11", "Wed 25 Nov 23:59"),
    ("25-11-2026 pukul 10", "Wed 25 Nov 10:00"),
    ("hari Rabu, 25 November 2026 pukul 10.00 WITA", "Wed 25 Nov 10:00"),
    ("tgl 5", "Sat 05 Dec 23:59"),
    ("20-25 November", "Wed 25 Nov 23:59"),
    ("Minggu depan sdh harus tuntas ya pak kadis", "Sun 29 Nov 23:59"),
    ("Selasa pekan depan", "Tue 24 Nov 23:59"),
    ("akhir bulan", "Mon 30 Nov 23:59"),
    ("akhir Desember", "Thu 31 Dec 23:59"),
    ("dalam 2 jam", "Wed 18 Nov 11:00"),
    ("maks 2 jam 30 menit", "Wed 18 Nov 11:30"),
    ("setengah jam lagi", "Wed 18 Nov 09:30"),
    ("2 hari lagi", "Fri 20 Nov 23:59"),
    ("dua minggu lagi", "Wed 02 Dec 23:59"),
    ("maksimal 3 hari kerja", "Mon 23 Nov 23:59"),
    ("wajib lapor 1x24 jam", "Thu 19 Nov 09:00"),
    ("dlm waktu 2 x 24 jam", "Fri 20 Nov 09:00"),
    ("H-1 tgl 25 November", "Tue 24 Nov 23:59"),
    ("H-1 (Kamis)", "Thu 19 Nov 23:59"),
    ("jam setengah 5 sore", "Wed 18 Nov 16:30"),
    ("jam 12 malam", "Wed 18 Nov 23:59"),
    ("sampai pukul 24.00", "Wed 18 Nov 23:59"),
    ("besok jam 1 malam", "Fri 20 Nov 01:00"),
    ("jam 11 siang", "Wed 18 Nov 11:00"),
    ("malam Jumat", "Thu 19 Nov 23:59"),
    ("Jumat malam", "Fri 20 Nov 23:59"),
    ("Senin s.d. Jumat", "Fri 27 Nov 23:59"),
    ("sebelum Senin", "Sun 22 Nov 23:59"),
    ("sebelum tgl 25", "Tue 24 Nov 23:59"),
    ("paling lambat Kamis, sebelum jam 12", "Thu 19 Nov 12:00"),
    ("batas waktu: Kamis, 26 Nov 2026 (pukul 15.00 WITA)", "Thu 26 Nov 15:00"),
    ("saya tunggu fotonya dari jam 1 sampai jam 5 sore", "Wed 18 Nov 17:00"),
]

ENGLISH = [
    ("done by 22:00. Send photos.", "Wed 18 Nov 22:00"),
    ("before noon", "Wed 18 Nov 12:00"),
    ("by 5 pm", "Wed 18 Nov 17:00"),
    ("no later than 5:30pm on Thursday", "Thu 19 Nov 17:30"),
    ("by 5 p.m. tomorrow", "Thu 19 Nov 17:00"),
    ("by 1700 hrs", "Wed 18 Nov 17:00"),
    ("by 5 o'clock", "Wed 18 Nov 17:00"),
    ("tonight", "Wed 18 Nov 23:59"),
    ("this afternoon", "Wed 18 Nov 17:00"),
    ("tomorrow morning", "Thu 19 Nov 11:00"),
    ("the day after tomorrow at 10", "Fri 20 Nov 10:00"),
    ("by Friday", "Fri 20 Nov 23:59"),
    ("on Sat by 10", "Sat 21 Nov 10:00"),
    ("before Friday", "Thu 19 Nov 23:59"),
    ("by Friday noon", "Fri 20 Nov 12:00"),
    ("next Monday", "Mon 23 Nov 23:59"),
    ("next Wednesday 9am", "Wed 25 Nov 09:00~"),
    ("by end of day", "Wed 18 Nov 23:59"),
    ("EOD please", "Wed 18 Nov 23:59"),
    ("by COB", "Wed 18 Nov 17:00"),
    ("by the end of the week", "Fri 20 Nov 23:59"),
    ("by the end of next week", "Fri 27 Nov 23:59"),
    ("by the end of the month", "Mon 30 Nov 23:59"),
    ("before next week", "Sun 22 Nov 23:59"),
    ("within 2 hours", "Wed 18 Nov 11:00"),
    ("in 30 minutes", "Wed 18 Nov 09:30"),
    ("in half an hour", "Wed 18 Nov 09:30"),
    ("within 3 working days", "Mon 23 Nov 23:59"),
    ("by Nov 25", "Wed 25 Nov 23:59"),
    ("by November 25th, 2026", "Wed 25 Nov 23:59"),
    ("25 November 10:00", "Wed 25 Nov 10:00"),
    ("by the 25th", "Wed 25 Nov 23:59"),
    ("by midnight", "Wed 18 Nov 23:59"),
    ("5pm at the latest", "Wed 18 Nov 17:00"),
    ("Meet Saturday at 8 am, report by noon", "Sat 21 Nov 12:00"),
]


@pytest.mark.parametrize(("text", "due"), INDONESIAN)
def test_indonesian_forms(text: str, due: str) -> None:
    """The forms in which orders are really dated."""
    assert said(text) == due


@pytest.mark.parametrize(("text", "due"), ENGLISH)
def test_english_forms(text: str, due: str) -> None:
    """The forms in which orders are really dated."""
    assert said(text, "en") == due


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("id", "TMA 3,2 m (siaga 2), Rp 5.000, 214 ekor, 61,4 %"),
        ("id", "sesuai pasal 12.00 perda"),
        ("id", "hubungi 081234567890 atau 0812-3456-7890, +62 812 3456 7890"),
        ("id", "wilayah masing2, 10/12 desa, 24 jam siaga, 2 jam 15 menit"),
        ("id", "turun langsung ke lokasi skrg, segera"),
        ("id", "Selamat sore bapak ibu semua"),
        ("id", "sdh kami tinjau tadi pagi"),
        ("id", "kemarin jam 10 sudah dikirim"),
        ("id", "2 hari yang lalu"),
        ("id", "setiap Jumat jam 07.00 kerja bakti"),
        ("id", "mulai besok wajib pakai masker"),
        ("id", "persiapan H-1"),
        ("id", "status siaga darurat 14 hari terhitung mulai hari ini"),
        ("id", "sampai 12.50 juta"),
        ("id", "selesaikan sampai selesai"),
        ("id", "NIP 19700101 199003 1 001"),
        ("en", "open 24/7, call 555-0123, pay $12.50, crew of six"),
        ("en", "cut it by 5 percent and by 10 people"),
        ("en", "Good morning everyone"),
        ("en", "last Friday we met at 10:00"),
        ("en", "every Friday at 7am"),
        ("en", "ASAP, now"),
        ("en", "You may go. Go with option B."),
        ("id", ""),
    ],
)
def test_what_is_no_due_time(lang: str, text: str) -> None:
    """Numbers, greetings, the past, what recurs and "at once" never make anybody late."""
    assert said(text, lang) == "-"


@pytest.mark.parametrize(
    ("lang", "text", "due"),
    [
        (
            "id",
            "Besok Jumat seluruh OPD dan camat laksanakan kerja bakti massal di wilayah masing2, mulai jam 07.00 "
            "WITA. Laporkan hasilnya di grup ini disertai foto.",
            "Fri 20 Nov 23:59~^",
        ),
        ("id", "seluruh kepala OPD WAJIB hadir pada rapat evaluasi, Senin 14.00 WITA", "Mon 23 Nov 23:59~^"),
        ("id", "kerja bakti Jumat jam 07.00", "Fri 20 Nov 23:59~^"),
        ("id", "besok pkl. 08.00-10.00 kerja bakti", "Thu 19 Nov 23:59~^"),
        ("id", "rapat jam 10 s.d. selesai", "Wed 18 Nov 23:59~^"),
        ("id", "mulai jam 07.00", "Wed 18 Nov 07:00~<^"),
        ("en", "Clean-up Friday 7am", "Fri 20 Nov 23:59~^"),
        ("en", "meeting from 9am to 11am tomorrow", "Thu 19 Nov 23:59~^"),
    ],
)
def test_a_start_is_not_a_deadline(lang: str, text: str, due: str) -> None:
    """The deed belongs to that day, so that day's end is offered, and not as certain."""
    assert said(text, lang) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Mulai besok jam 07.00, paling lambat jam 10.00 sudah selesai", "Thu 19 Nov 10:00"),
        ("Besok kerja bakti mulai jam 07.00. Laporkan sebelum jam 12.00.", "Thu 19 Nov 12:00~"),
        ("besok sekolah diliburkan. Kadis Pendidikan edarkan suratnya malam ini", "Wed 18 Nov 23:59"),
        ("DLH paling lambat Kamis. PU paling lambat Jumat", "Fri 20 Nov 23:59~"),
        ("Upacara tgl 25 November pukul 07.30, gladi H-1", "Tue 24 Nov 23:59~"),
        ("besok sebelum apel kumpulkan", "Thu 19 Nov 23:59"),
    ],
)
def test_several_times_in_a_message(text: str, due: str) -> None:
    """A deadline beats a start; of two deadlines the later one counts, and a person is asked."""
    assert said(text) == due


def test_a_time_gone_by_is_returned_as_it_was_meant() -> None:
    """ "Jam 5 sore", said at six, is asked about and not moved to tomorrow."""
    evening = NOW.replace(hour=18)
    assert said("lapor jam 5 sore", now=evening) == "Wed 18 Nov 17:00<"
    assert said("pagi ini", now=evening) == "Wed 18 Nov 11:00<"
    assert said("Rabu 14.00", now=evening) == "Wed 18 Nov 14:00~<"
    assert said("by 5pm", "en", now=evening) == "Wed 18 Nov 17:00<"
    assert said("tgl 10 November", now=evening) == "Tue 10 Nov 23:59<"


def test_a_bare_hour_is_read_within_the_working_day() -> None:
    """ "Jam 2" is two in the afternoon; "jam 8" said at nine may be tonight and is not certain."""
    assert said("kirim jam 2") == "Wed 18 Nov 14:00"
    assert said("kirim jam 10") == "Wed 18 Nov 10:00"
    assert said("kirim jam 8") == "Wed 18 Nov 20:00~"
    assert said("kirim jam 05.00") == "Wed 18 Nov 05:00<"


def test_before_friday_said_on_friday_is_before_the_prayer() -> None:
    """On other days it is the day before; since both are meant by it, it is never certain."""
    friday = NOW.replace(day=20, hour=8)
    assert said("turunkan tim fogging sblm jumat") == "Thu 19 Nov 23:59~"
    assert said("turunkan tim fogging sblm jumat", now=friday) == "Fri 20 Nov 12:00~"
    assert said("sebelum jumatan") == "Fri 20 Nov 12:00"
    assert said("before Friday", "en", now=friday) == "Thu 26 Nov 23:59~"


def test_a_date_without_a_year_is_the_coming_one() -> None:
    """Also over New Year, the end of a short month and a leap day."""
    december = datetime(2026, 12, 20, 9, 0, tzinfo=WITA)
    due = read("paling lambat 5 Januari", now=december)
    assert due is not None
    assert due.at == datetime(2027, 1, 5, 23, 59, tzinfo=WITA)
    february = datetime(2027, 2, 10, 9, 0, tzinfo=WITA)
    assert said("tgl 30", now=february) == "Tue 30 Mar 23:59"
    assert said("akhir bulan", now=february) == "Sun 28 Feb 23:59"
    assert said("29 Februari 2027", now=february) == "-"


def test_zones_of_indonesia() -> None:
    """A zone that is named wins over the forum's; the answer is in the forum's."""
    due = read("pukul 14.00 WIB")
    assert due is not None
    assert due.at == datetime(2026, 11, 18, 15, 0, tzinfo=WITA)
    assert due.at.tzinfo is WITA
    assert said("pukul 14.00 WIT") == "Wed 18 Nov 13:00"
    assert said("pukul 14.00", zone=ZoneInfo("Asia/Jakarta")) == "Wed 18 Nov 14:00"
    assert said("besok", now=datetime(2026, 11, 18, 16, 30, tzinfo=UTC)) == "Fri 20 Nov 23:59~"


def test_clocks_that_are_changed() -> None:
    """A time that the clocks skip is taken after the skip; of one that comes twice, the later."""
    london = ZoneInfo("Europe/London")
    spring = read("by 01:30 tomorrow", "en", datetime(2026, 3, 28, 12, 0, tzinfo=london), london)
    assert spring is not None
    assert spring.at.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert (spring.at.hour, spring.at.minute) == (2, 30)
    autumn = read("by 01:30 tomorrow", "en", datetime(2026, 10, 24, 12, 0, tzinfo=london), london)
    assert autumn is not None
    assert autumn.at.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    night = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    lasting = read("within 3 hours", "en", night, london)
    assert lasting is not None
    assert lasting.at.astimezone(UTC) - night == timedelta(hours=3)


def test_the_phrase_is_quoted_as_found() -> None:
    """The card can show which words were taken for the due time."""
    due = read("Besok seluruh OPD wajib lapor\npaling lambat   jam 10 pagi ya pak")
    assert due is not None
    assert due.phrase == "Besok … paling lambat jam 10 pagi"


PIECES = sorted(
    {word for text, _ in INDONESIAN + ENGLISH for word in text.split()}
    | {"-", ".", ",", "(", "\n", "31", "0", "99"}
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2150, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
ZONES = st.sampled_from(["Asia/Makassar", "Europe/London", "America/New_York", "Pacific/Apia"]).map(ZoneInfo)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)),
    MOMENTS,
    ZONES,
    st.sampled_from(["id", "en"]),
)
def test_whatever_is_written_the_answer_keeps_its_promise(
    text: str, now: datetime, zone: ZoneInfo, lang: str
) -> None:
    """Never an exception; a due time lies ahead or is marked as past; its zone is the forum's."""
    due = read(text, lang, now, zone)
    if due is not None:
        assert due.past == (due.at.astimezone(UTC) < now)
        assert due.at.tzinfo is zone
        assert due.phrase


NOISE = st.lists(
    st.sampled_from(
        ["🙏", "👍👍", "terima kasih pak", "!!", "...", "wassalam", "- Sekda", "mohon atensi", "\n\n", "*"]
    ),
    max_size=4,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(INDONESIAN), NOISE)
def test_courtesies_after_it_change_nothing(form: tuple[str, str], noise: str) -> None:
    """Thanks, emoji and signatures behind the order leave its due time as it was."""
    text, due = form
    assert said(f"{text} {noise}") == due


def test_the_calendar_ends() -> None:
    """Beyond the last year of the calendar there is no due time, and no error."""
    assert said("bulan depan", now=datetime(9999, 12, 30, tzinfo=UTC)) == "-"
    assert said("dalam 999 bulan", now=datetime(9990, 1, 1, tzinfo=UTC)) == "-"
