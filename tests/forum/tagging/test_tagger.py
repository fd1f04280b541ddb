"""What the tagger makes of messages: by hashtag, role, what is answered, media and words."""

from __future__ import annotations

import pytest

from bridge.forum.tagging import Answered, Tagger, Utterance, classify
from bridge.lang.lexicon import load
from bridge.model.lexicon import Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


@pytest.fixture(scope="module")
def tagger(lexicon: Lexicon) -> Tagger:
    return Tagger(lexicon)


def label(
    tagger: Tagger, role: str, text: str, media: str = "none", answers: tuple[str, str, str] | None = None
) -> str:
    answered = Answered(*answers) if answers is not None else None
    return tagger.classify(Utterance(text, role, media, answered)).label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#perintah posko dijaga", "directive"),
        ("posko dijaga #PERINTAH", "directive"),
        ("#order test the sirens", "directive"),
        ("#keputusan libur dua hari", "decision"),
        ("#decision closed on Monday", "decision"),
        ("#tanya jam berapa", "question"),
        ("#laporan saya di lokasi", "report"),
    ],
)
def test_a_hashtag_wins_over_every_guess(tagger: Tagger, text: str, expected: str) -> None:
    """What the sender wrote himself counts, in both languages and in any case."""
    assert label(tagger, "leader", text) == expected


@pytest.mark.parametrize("role", ["guest", "unknown"])
def test_a_hashtag_gives_no_authority(tagger: Tagger, role: str) -> None:
    """A guest's #perintah is talk."""
    assert label(tagger, role, "#perintah aspal jalan kami") == "chatter"


def test_a_head_may_not_tag_an_order_unless_it_is_passed_on(tagger: Tagger) -> None:
    """A head's #perintah is asked about; with the leader's word it is an order."""
    assert label(tagger, "head", "#perintah semua camat kirim data") == "unsure"
    assert label(tagger, "head", "#perintah atas nama Bupati, semua camat kirim data") == "directive"


@pytest.mark.parametrize(
    "text",
    [
        "Tolong DLH angkut sampah di pasar hari ini",
        "Camat Citta dan Ganra turun langsung ke lokasi skrg",
        "Public Works, clear the culvert before noon",
    ],
)
def test_the_same_words_are_an_order_only_from_those_who_may_order(tagger: Tagger, text: str) -> None:
    """Leader, deputy and secretary order; the same words of anybody else never become a directive."""
    for role in ("leader", "deputy", "secretary"):
        assert label(tagger, role, text) == "directive"
    for role in ("head", "subdistrict_head", "expert", "auditor", "guest", "unknown"):
        assert label(tagger, role, text) != "directive"


@pytest.mark.parametrize(
    ("role", "text", "media"),
    [
        ("head", "Meneruskan arahan Bapak Bupati: semua OPD kirim data hari ini", "none"),
        ("head", "UNDANGAN rapat koordinasi, Selasa 09.00. Mohon kehadiran Bapak/Ibu. a.n. Sekda", "image"),
        ("expert", "Meneruskan perintah Pak Wabup: semua kepala OPD hadir jam 2", "none"),
        ("head", "Per the mayor, all departments must submit their numbers by noon", "none"),
    ],
)
def test_an_order_passed_on_is_an_order(tagger: Tagger, role: str, text: str, media: str) -> None:
    """Relays and official invitations count as directives whoever sends them."""
    assert label(tagger, role, text, media) == "directive"


PROPOSAL = ("head", "question", "Izin pak, kami geser jadwal ke Kamis")
DONE = ("head", "report", "Sudah selesai pak, 120 ekor")
ORDER = ("leader", "directive", "Bersihkan pasar sekarang")


@pytest.mark.parametrize("text", ["👍", "👍🏽", "Ok", "Setuju", "Silakan", "boleh", "ACC", "go ahead", "Approved"])
def test_a_leaders_consent_means_what_it_answers(tagger: Tagger, text: str) -> None:
    """To a proposal it is a decision."""
    assert label(tagger, "leader", text, answers=PROPOSAL) == "decision"


@pytest.mark.parametrize("text", ["👍", "Ok", "Terima kasih", "Mantap", "Thanks", "👏👏"])
def test_a_leaders_thanks_for_a_report_decides_nothing(tagger: Tagger, text: str) -> None:
    """To a report the same signs are an acknowledgement."""
    assert label(tagger, "leader", text, answers=DONE) == "acknowledgement"


@pytest.mark.parametrize("text", ["Ulangi, fotonya kabur", "Kirim fotonya", "Redo it, the photo is too dark"])
def test_a_leader_who_returns_a_report_orders(tagger: Tagger, text: str) -> None:
    """A report that must be mended is answered by a directive."""
    assert label(tagger, "leader", text, answers=DONE) == "directive"


@pytest.mark.parametrize(
    ("text", "media", "expected"),
    [
        ("Siap pak", "none", "acknowledgement"),
        ("Siap pak, besok kami turun", "none", "acknowledgement"),
        ("Siap pak, sudah dilaksanakan", "none", "report"),
        ("Siap pak", "image", "report"),
        ("", "image", "report"),
        ("", "video", "report"),
        ("Copy that, crew is on the way", "none", "acknowledgement"),
        ("Done, area is clear", "none", "report"),
        ("Apakah termasuk pasar sore pak?", "none", "question"),
        ("👍", "none", "acknowledgement"),
    ],
)
def test_what_a_unit_answers_to_an_order(tagger: Tagger, text: str, media: str, expected: str) -> None:
    """Readiness and promises acknowledge; deeds and photos report; questions ask."""
    assert label(tagger, "head", text, media, ORDER) == expected


def test_facts_that_answer_a_leaders_question_are_a_report(tagger: Tagger) -> None:
    """A bare number can be a report when it was asked for."""
    assert label(tagger, "head", "45 KK pak", answers=("leader", "question", "Berapa KK mengungsi?")) == "report"
    assert label(tagger, "head", "About 300", answers=("leader", "question", "How many bags?")) == "report"


@pytest.mark.parametrize("role", ["head", "subdistrict_head"])
def test_a_units_photo_without_words_is_a_report(tagger: Tagger, role: str) -> None:
    """Nobody on an old phone must type a caption."""
    assert label(tagger, role, "", "image") == "report"


def test_a_leaders_photo_without_words_is_asked_about(tagger: Tagger) -> None:
    """A leader's photo is the object of something that he has not said yet."""
    assert label(tagger, "leader", "", "image") == "unsure"


@pytest.mark.parametrize("media", ["sticker", "gif"])
def test_a_sticker_is_no_evidence(tagger: Tagger, media: str) -> None:
    """Stickers and GIFs without words are talk."""
    assert label(tagger, "head", "", media) == "chatter"


def test_a_voice_message_alone_is_asked_about(tagger: Tagger) -> None:
    """What nobody can read is not guessed."""
    assert label(tagger, "head", "", "audio") == "unsure"


def test_document_is_another_name_of_file(tagger: Tagger) -> None:
    """Both names of the same medium give the same judgement."""
    text = "Izin melaporkan serapan anggaran, rincian terlampir"
    assert tagger.classify(Utterance(text, "head", "file")) == tagger.classify(Utterance(text, "head", "document"))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("sdh dilaksnakan pak, dok terlampir", "sudah dilaksanakan pak, dokumentasi terlampir"),
        ("sudahmi dibersihkan puang", "sudah dibersihkan puang"),
        ("siaaaap pak", "siap pak"),
        ("Ijin mlaporkan pak, jln sdh terbuka", "Izin melaporkan pak, jalan sudah terbuka"),
        ("tabe' puang, bisa ji dipinjam truknya?", "tabe puang, bisa dipinjam truknya?"),
    ],
)
def test_phone_typing_is_read_like_careful_writing(tagger: Tagger, typed: str, plain: str) -> None:
    """Abbreviations, slips, drawn-out letters and Bugis particles do not change the label."""
    assert label(tagger, "head", typed) == label(tagger, "head", plain) != "unsure"


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("subdistrict_head", "WASPADA!!! Sebarkan ke semua grup, besok gempa besar, wajib siaga"),
        ("expert", "Mohon maaf pesan berantai tadi sdh kami hapus, grup ini khusus laporan dan arahan"),
        ("head", "Innalillahi wa inna ilaihi rojiun, turut berduka cita"),
        ("leader", "Selamat pagi semua, semoga sehat selalu"),
        ("head", "Happy birthday chief! 🎉"),
    ],
)
def test_talk_stays_talk(tagger: Tagger, role: str, text: str) -> None:
    """Order words in chain messages and notices make no order."""
    assert label(tagger, role, text) == "chatter"


def test_the_reason_quotes_the_message(tagger: Tagger) -> None:
    """An admin reads why, with the words that were found."""
    judgement = tagger.classify(Utterance("Izin melaporkan pak, jalan sudah terbuka", "head"))
    assert "izin melaporkan" in judgement.why
    assert 0.75 <= judgement.confidence <= 1.0


def test_the_reason_speaks_the_first_language() -> None:
    """With Indonesian first, the admin reads Indonesian, also of an English message."""
    tagger = Tagger(load("id", "en"))
    assert "ucapan terima kasih" in tagger.classify(Utterance("Thank you all", "leader")).why


def test_one_language_alone_is_enough() -> None:
    """An English-speaking city needs no Indonesian word list."""
    assert label(Tagger(load("en")), "leader", "Public Works, clear the drain by noon") == "directive"


def test_classify_is_the_tagger(lexicon: Lexicon, tagger: Tagger) -> None:
    """The function and the class give one answer."""
    utterance = Utterance("Siap pak", "head")
    assert classify(utterance, lexicon) == tagger.classify(utterance)
