"""BANDING: one more look at a photo that was not counted, asked for in ordinary words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.desk import CONTROL, Desk, policy_text, user
from tests.forum.opened import direct, shown
from tests.forum.test_looked_at import card, posted, tap, told

SHA = "6" * 64


def refused(desk: Desk) -> str:
    """PUPR sends a photo that proves another report: its event, of L-2."""
    desk.judge(desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge"), sha256=SHA)
    photo = desk.photo("pupr-1", caption="Jalan poros sudah kami tambal")
    desk.judge(photo, sha256=SHA)
    desk.deliver()
    return photo


@pytest.mark.parametrize(
    "words", ["BANDING", "banding", "Banding.", "BANDING ini foto kami sendiri", "banding L-2"]
)
def test_a_word_is_enough(desk: Desk, words: str) -> None:
    """Alone within the day, with a reason, or with the number; what is said for it is on the card."""
    refused(desk)
    desk.say("pupr-1", words)
    opened = desk.facts(f.CheckOpened)[-1]
    assert (opened.report, opened.why, opened.person) == ("L-2", ("duplicate",), "pupr-1")
    assert desk.heard()[-1] == "appeal.opened"
    assert card(desk)[0].key == "check.title_appeal"
    assert card(desk)[1].values == {"first": "L-1", "unit": "DLH"}


def test_as_an_answer_to_what_the_bot_said(desk: Desk) -> None:
    """The sentence that asks for another photo says so, and its answer is understood."""
    photo = refused(desk)
    (asked,) = told(desk, "evidence.duplicate")
    assert [line.key for line in asked.lines] == ["looked.how"]
    desk.say("pupr-1", "banding pak, ini kami foto sendiri", reply_to=posted(desk, f"L-2.{photo}.verdict"))
    assert desk.facts(f.CheckOpened)[-1].words == "pak, ini kami foto sendiri"


def test_the_outcome_is_heard(desk: Desk) -> None:
    """✅ counts the photo, and its sender reads so below the appeal."""
    refused(desk)
    asked = desk.say("pupr-1", "BANDING")
    desk.deliver()
    tap(desk, "ahli-1", posted(desk, "A-1.check"), "✅")
    assert desk.report("L-2") == "reported"
    heard = [say for say in desk.effects(Say) if say.key == "looked.ok"]
    assert [say.reply_to for say in heard] == [asked]


def test_once_for_each_photo(desk: Desk) -> None:
    """After a second no there is nothing left but another photo."""
    refused(desk)
    desk.say("pupr-1", "BANDING")
    desk.deliver()
    desk.say("ahli-1", "!tolak A-1 foto itu bukan jalan poros", room=CONTROL)
    assert told(desk, "looked.declined")[0].lines[0].values == {"text": "foto itu bukan jalan poros"}
    desk.say("pupr-1", "BANDING")
    assert desk.heard()[-1] == "appeal.once"
    assert len(desk.facts(f.CheckOpened)) == 1


def test_talk_about_comparing_is_no_appeal(desk: Desk) -> None:
    """The word in the middle of talk stays talk."""
    refused(desk)
    desk.say("pupr-1", "Banding harga semen minggu lalu masih lebih murah")
    assert desk.facts(f.CheckOpened) == []


def test_nobody_appeals_for_others(desk: Desk) -> None:
    """Only whoever sent it."""
    photo = refused(desk)
    desk.say("kes-1", "BANDING", reply_to=photo)
    assert desk.facts(f.CheckOpened) == []
    assert desk.heard()[-1] == "appeal.nothing"


def test_what_waits_already_is_said(desk: Desk) -> None:
    """And words that are added reach those who look."""
    refused(desk)
    desk.say("pupr-1", "BANDING")
    desk.say("pupr-1", "BANDING kami punya foto dari sisi lain")
    assert desk.heard()[-1] == "appeal.waits"
    assert desk.said(CONTROL)[-1].values["text"] == "kami punya foto dari sisi lain"


WORDS = {"id": "BANDING", "en": "APPEAL"}


@pytest.fixture(params=["id", "en"])
def spoken(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """A forum in either language."""
    return Desk(tmp_path, policy=policy_text(language=request.param))


def refused_in(desk: Desk) -> str:
    """A blank photo for a report in the forum's language: its event."""
    english = desk.book.policy.forum.language == "en"
    text = "Reporting: the channel is cleaned" if english else "Lapor, saluran sudah kami bersihkan"
    photo = desk.photo("pupr-1", caption=text)
    desk.judge(photo, sha256=SHA, verdict="blank")
    desk.deliver()
    return photo


@pytest.mark.parametrize("mark", ["", "!"])
@pytest.mark.parametrize("more", ["", " foto ini kami ambil sendiri", " {number}"])
def test_alone_with_the_bot(spoken: Desk, mark: str, more: str) -> None:
    """In the direct chat: with or without a mark, reason or number; what comes of it is heard there alone."""
    desk, language = spoken, spoken.book.policy.forum.language
    refused_in(desk)
    number = desk.facts(f.Report)[0].number
    before = desk.heard()
    chat = direct(desk, "pupr-1")
    desk.say("pupr-1", mark + WORDS[language] + more.format(number=number), room=chat)
    (opened,) = desk.facts(f.CheckOpened)
    assert (opened.report, opened.person, opened.private) == (number, "pupr-1", True)
    assert opened.words == (more.strip() if "foto" in more else "")
    assert desk.heard(chat) == ["appeal.opened"]
    desk.deliver()
    tap(desk, "ahli-1", posted(desk, "A-1.check"), "✅")
    assert desk.report(number) == "reported"
    (heard,) = told(desk, "looked.ok")
    assert (heard.person, heard.room) == ("pupr-1", "")
    assert desk.heard() == before, "the forum reads nothing of it"
    assert shown(heard, language)


def test_a_refusal_heard_alone_says_until_when(spoken: Desk) -> None:
    """❌ on an appeal from the direct chat rings there, and another word is answered there."""
    desk, language = spoken, spoken.book.policy.forum.language
    refused_in(desk)
    chat = direct(desk, "pupr-1")
    desk.say("pupr-1", WORDS[language].lower(), room=chat)
    desk.deliver()
    tap(desk, "ahli-1", posted(desk, "A-1.check"), "❌")
    (heard,) = [say for say in desk.effects(Say) if say.key.startswith("looked.declined")]
    assert (heard.person, "{" in "".join(shown(heard, language))) == ("pupr-1", False)
    desk.say("pupr-1", WORDS[language], room=chat)
    assert desk.heard(chat)[-1] == "appeal.once"


def test_in_anothers_chat_or_before_a_third_it_is_none(desk: Desk) -> None:
    """A direct chat has two members."""
    refused(desk)
    chat = direct(desk, "pupr-1")
    desk.put(desk.state(chat, "m.room.member", user("kes-1"), {"membership": "join"}, sender=user("kes-1")))
    desk.say("pupr-1", "BANDING", room=chat)
    assert desk.facts(f.CheckOpened) == []


def test_an_answer_to_what_was_heard_alone(desk: Desk) -> None:
    """A photo that is held: its sender reads so alone, and explains it there, in any letters."""
    desk.say("wabup", "PUPR bersihkan saluran Cabenge hari ini paling lambat jam 17.00")
    chat = direct(desk, "pupr-1")
    desk.judge(desk.photo("pupr-1", caption="Lapor P-1, selesai"), sha256=SHA, width=500, height=400)
    desk.deliver()
    desk.say("pupr-1", "Banding pak, foto dari anggota di lapangan", room=chat, reply_to="$held")
    assert desk.said(CONTROL)[-1].values["text"] == "pak, foto dari anggota di lapangan"


def test_what_waits_already_is_said_alone_too(desk: Desk) -> None:
    """Words that are added in the direct chat reach those who look."""
    refused(desk)
    chat = direct(desk, "pupr-1")
    desk.say("pupr-1", "banding", room=chat)
    desk.say("pupr-1", "banding kami punya foto dari sisi lain", room=chat)
    assert desk.heard(chat)[-1] == "appeal.waits"
    assert desk.said(CONTROL)[-1].values["text"] == "kami punya foto dari sisi lain"
