"""Rules on what messages hold: words however they are written, mentions, links, files, length; and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.conduct.folding import says, words
from bridge.model.event import Json
from tests.forum.conducting import conduct, private, rule, steps, text, touched
from tests.forum.desk import CONTROL, FORUM, Desk, user

SELLING = "words: [jual beli, judi]"


@pytest.mark.parametrize(
    "written",
    [
        "ayo judi",
        "AYO JUDI!",
        "ju\u200bdi malam ini",
        "j\u00addi? bukan, ju\u2060di",
        "jυdi",
        "јudi",
        "ｊｕｄｉ",
        "𝗷𝘂𝗱𝗶",
        "júdì",
        "jud1",
        "j u d i",
        "j.u.d.i",
        "\u202ejudi\u202c",
        "ada (judi).",
        "jual   beli",
        "jual\nbeli motor",
        "Jual-Beli",
    ],
)
def test_a_word_is_found_however_it_is_written(written: str) -> None:
    """Invisible letters, letters that look alike, wide and fancy ones, digits, and letters apart hide nothing."""
    assert says(words(written), ("jual beli", "judi"))


@pytest.mark.parametrize("written", ["judika", "penjudi", "jual rumah, beli tanah", "j u d", "P-10 07.00", ""])
def test_only_whole_words_count(written: str) -> None:
    """Nobody is told off for a word within another, or for a phrase whose words stand apart."""
    assert not says(words(written), ("jual beli", "judi"))


def test_one_of_many_phrases_that_begin_alike_is_found() -> None:
    """In a text that begins it again and again, with digits in the place of letters."""
    listed = tuple(f"jual barang{chr(97 + n % 26)}{chr(97 + n // 26)} murah" for n in range(500))
    assert not says(words("jual barang " * 5000), listed)
    assert says(words("jual " * 5000 + "j ual jual b4rangzb murah"), listed)


def test_a_local_word_is_found_in_its_own_letters() -> None:
    """Arabic and Bugis letters are letters."""
    assert says(words("kata قمار di sini"), ("قمار",))
    assert says(words("ᨅᨔ ᨕᨘᨁᨗ"), ("ᨕᨘᨁᨗ",))


def test_a_word_of_the_list_is_one_private_answer(tmp_path: Path) -> None:
    """Told alone; the message stays where it is."""
    desk = Desk(tmp_path, policy=rule(SELLING))
    desk.say("dlh-1", "Ada yang mau jual beli?")
    assert [(say.person, say.key) for say in private(desk)] == [("dlh-1", "conduct.words")]
    assert steps(desk, "uji") == ["remind"]
    assert touched(desk) == [] and desk.said(FORUM) == []


def test_an_edit_that_adds_a_word_is_found(tmp_path: Path) -> None:
    """What an edit says now counts; what it leaves as it was counts once."""
    desk = Desk(tmp_path, policy=rule(SELLING + ", steps: [remind, warn]"))
    event = desk.say("dlh-1", "Selamat pagi")
    desk.edit("dlh-1", event, "Selamat pagi, ayo ju\u200bdi")
    assert [say.key for say in private(desk)] == ["conduct.words"]
    desk.move(minutes=5)
    second = desk.say("pupr-1", "judi")
    desk.move(minutes=5)
    desk.edit("pupr-1", second, "judi, maaf salah ketik")
    assert steps(desk) == ["remind", "remind"]


def test_a_word_in_the_formatted_body_alone_is_found(tmp_path: Path) -> None:
    """People see the formatted body; its marks do not hide a word."""
    desk = Desk(tmp_path, policy=rule(SELLING))
    html = {"format": "org.matrix.custom.html", "formatted_body": "<p>ayo ju<b>di</b></p>"}
    desk.put(desk.message("dlh-1", text("halo", **html)))
    assert steps(desk) == ["remind"]


def test_quoting_somebody_is_not_saying_it(tmp_path: Path) -> None:
    """The old quotation of a reply is another's."""
    desk = Desk(tmp_path, policy=rule(SELLING))
    quoted = "<mx-reply><blockquote>judi</blockquote></mx-reply>mohon tidak"
    relation = {"m.in_reply_to": {"event_id": "$x"}}
    content = text("> <@a:b> judi\n\nmohon tidak", formatted_body=quoted, **{"m.relates_to": relation})
    desk.put(desk.message("dlh-1", content))
    assert steps(desk) == []


def test_auditors_are_exempt_as_long_as_the_policy_does_not_say_otherwise(tmp_path: Path) -> None:
    """They quote what they found."""
    desk = Desk(tmp_path, policy=rule(SELLING))
    desk.say("auditor-1", "Kata judi ada di laporan L-3")
    assert steps(desk) == [] and desk.said(CONTROL) == []


@pytest.mark.parametrize(
    ("lines", "met"),
    [
        ("applies_to: [head]", ["dlh-1"]),
        ("applies_to: [citta]", ["citta-1"]),
        ("applies_to: [dlh-1, citta]", ["dlh-1", "citta-1"]),
        ("except: [subdistrict_head, auditor]", ["dlh-1", "ahli-1"]),
        ("except: [ahli-1, dlh]", ["citta-1"]),
        ("rooms: [forum]", ["dlh-1", "citta-1", "ahli-1"]),
        ('rooms: ["!other"]', []),
    ],
)
def test_whom_and_where_a_rule_concerns(tmp_path: Path, lines: str, met: list[str]) -> None:
    """Roles, units and persons, and rooms by name or id."""
    desk = Desk(tmp_path, policy=rule(f"{SELLING}, {lines}"))
    for person in ("dlh-1", "citta-1", "ahli-1"):
        desk.say(person, "judi")
    assert [say.person for say in private(desk)] == met


def test_mentions_above_the_limit(tmp_path: Path) -> None:
    """Counted once each, in the list and as pills."""
    desk = Desk(tmp_path, policy=rule("mentions_above: 3"))
    desk.say("dlh-1", "Mohon bantuan", mentions=["pupr-1", "kes-1", "dik-1", "dik-1"])
    assert steps(desk) == []
    pill = '<a href="https://matrix.to/#/@bpbd-1:desk">BPBD</a>'
    mentions = {"user_ids": [user(one) for one in ("pupr-1", "kes-1", "dik-1")]}
    desk.put(desk.message("dlh-1", text("Mohon", formatted_body=pill, **{"m.mentions": mentions})))
    assert [say.key for say in private(desk)] == ["conduct.mentions"]


def test_mentioning_everybody(tmp_path: Path) -> None:
    """As clients say it now, and as they did before."""
    desk = Desk(tmp_path, policy=rule("room_mention: true, except: [leader, auditor]"))
    desk.put(desk.message("bupati", text("@room apel", **{"m.mentions": {"room": True}})))
    desk.put(desk.message("dlh-1", text("halo @room")))
    desk.put(desk.message("pupr-1", text("halo", **{"m.mentions": {"room": True}})))
    desk.put(desk.message("kes-1", text("surat ke kes@room.id", **{"m.mentions": {}})))
    assert [say.person for say in private(desk)] == ["dlh-1", "pupr-1"]


@pytest.mark.parametrize(
    ("body", "outside"),
    [
        ("lihat https://soppeng.go.id/berita", False),
        ("lihat https://GO.ID/x dan https://matrix.to/#/@a:b", False),
        ("lihat https://pinjol.example/x", True),
        ("lihat www.pinjol.example", True),
        ("lihat https://go.id@pinjol.example/x", True),
        ("lihat https://go.id.pinjol.example", True),
        ("lihat https://soppengo.id", True),
        ("lihat https://gο.id", True),
        ("jam 07.00, laporan.pdf, Drs.Ahmad", False),
        ("http://[", True),
    ],
)
def test_links_to_elsewhere(tmp_path: Path, body: str, outside: bool) -> None:
    """What stands before an @, a longer name, or a Greek letter makes no other place the allowed one."""
    desk = Desk(tmp_path, policy=rule("links_outside: [go.id]"))
    desk.say("dlh-1", body)
    assert [say.key for say in private(desk)] == (["conduct.links"] if outside else [])


def test_a_link_that_the_text_hides_is_found(tmp_path: Path) -> None:
    """The address counts, not what is written over it."""
    desk = Desk(tmp_path, policy=rule("links_outside: [go.id]"))
    html = {"formatted_body": '<a href="https://pinjol.example">https://go.id</a>'}
    desk.put(desk.message("dlh-1", text("https://go.id", **html)))
    assert [say.key for say in private(desk)] == ["conduct.links"]


@pytest.mark.parametrize(
    ("name", "kind", "refused"),
    [
        ("aplikasi.apk", "m.file", True),
        ("Undangan.APK", "m.file", True),
        ("foto\u202egpj.apk", "m.image", True),
        ("laporan.pdf", "m.file", False),
        ("suara.ogg", "m.audio", True),
    ],
)
def test_files_by_their_names_and_kinds(tmp_path: Path, name: str, kind: str, refused: bool) -> None:
    """An order of writing direction does not turn the end of a name."""
    desk = Desk(tmp_path, policy=rule("files: [apk, audio]"))
    desk.photo("dlh-1", name, kind=kind, mimetype="application/octet-stream")
    assert [say.key for say in private(desk)] == (["conduct.files"] if refused else [])


def test_a_large_file_and_a_long_text(tmp_path: Path) -> None:
    """By the size that the sender's client says, and in characters."""
    desk = Desk(tmp_path, policy=rule("file_above: 50 kB, longer_than: 100"))
    desk.photo("dlh-1")
    desk.say("pupr-1", "x " * 60)
    desk.say("kes-1", "x " * 40)
    assert [(say.person, say.key) for say in private(desk)] == [
        ("dlh-1", "conduct.files"),
        ("pupr-1", "conduct.long"),
    ]


def test_the_policys_own_sentence_is_what_the_person_reads(tmp_path: Path) -> None:
    """With the way to somebody who explains it."""
    desk = Desk(tmp_path, policy=rule(f"{SELLING}, say: Mohon dipindah ke grup pasar."))
    desk.say("dlh-1", "jual beli")
    told = private(desk)[0]
    assert (told.key, told.values["text"]) == ("conduct.own", "Mohon dipindah ke grup pasar.")
    assert [line.key for line in told.lines] == ["conduct.contact"]


def test_a_message_that_meets_many_rules_has_one_answer(tmp_path: Path) -> None:
    """64 KiB of a thousand mentions, thousands of links and hidden words: one step, one private message."""
    many = "{{name: r{}, words: [judi], mentions_above: 5, links_outside: [], longer_than: 50}}"
    rules = ", ".join(many.format(n) for n in range(20))
    desk = Desk(tmp_path, policy=conduct(f"rules: [{rules}]"))
    body = ("ju\u200bdi https://x.example " * 4000)[:60_000]
    mentions = {"user_ids": [f"@orang{n}:desk" for n in range(1000)]}
    content: Json = text(body, formatted_body="<" * 20_000 + "<mx-reply>" * 2000, **{"m.mentions": mentions})
    desk.put(desk.message("dlh-1", content))
    assert len(private(desk)) == 1
    assert steps(desk) == ["remind"]


def test_a_thousand_words_of_a_policy_are_looked_for_at_once(tmp_path: Path) -> None:
    """A long list and a long text: the last word of the text is found."""
    listed = ", ".join(f"kata{n}x" for n in range(1000))
    desk = Desk(tmp_path, policy=rule(f"words: [{listed}]"))
    desk.say("dlh-1", "halo " * 8000 + "kata999x")
    assert steps(desk) == ["remind"]


def test_hostile_shapes_of_a_message_meet_nothing(tmp_path: Path) -> None:
    """Every field may be of any kind."""
    desk = Desk(tmp_path, policy=rule("words: [judi], mentions_above: 0, room_mention: true, links_outside: []"))
    for content in (
        {"msgtype": "m.text", "body": "x", "formatted_body": 7, "m.mentions": {"user_ids": 3, "room": "yes"}},
        {"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": [1, None, {}]}},
        {"msgtype": "m.text", "body": "x", "formatted_body": "<a href=''>", "m.mentions": []},
    ):
        desk.put(desk.message("dlh-1", content))
    assert steps(desk) == []
