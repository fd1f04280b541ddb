"""Commands and free text of every role, in both languages, whole and broken, through the rules."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from bridge.lang.commands import load_commands
from bridge.model import facts as f
from bridge.model.effects import Refresh, Say
from bridge.model.event import Json
from tests.forum.desk import CONTROL, FORUM, PEOPLE, user
from tests.fuzz.cases import share
from tests.fuzz.hostile import WORDS
from tests.fuzz.table import DIRECT, ORDERS, REPORTS, Table, table

EVERYBODY = (*(person for person, _, _ in PEOPLE), "@asing:desk", "@dlh-1:elsewhere")
NUMBERS = [
    "P-1",
    "p1",
    "#P1",
    "D-1",
    "L-1",
    "R-1",
    "A-1",
    "A1",
    "K-1",
    "P-0",
    "P--1",
    "P-999999",
    "P-9999999",
    "P–1",
    "P-١",
    "Р-1",
    "P-1P-1",
]
STAGES = ["watch", "tag", "remind", "enforce", "amati", "tandai", "ingatkan", "tegakkan", "1", "ENFORCE"]
WHOM = (
    user("pupr-1"),
    "@asing:desk",
    "pupr-1",
    "@",
    "@:",
    "@pupr-1:desk:desk",
    f"@{'x' * 300}:desk",
    "semua",
    "Pupr-1 Contoh",
)
TIMES = (
    "besok jam 9",
    "jam 25.61",
    "31 Februari",
    "tanggal 99",
    "paling lambat 24.00",
    "tomorrow at noon",
    "by 31 June 17:60",
    "in 99999999999 days",
    "9999-12-31 23:59",
    "kemarin",
    "\u0661\u0667.\u0660\u0660",
)
TALK = (
    *ORDERS.values(),
    *REPORTS.values(),
    "Siap pak",
    "Noted, sir",
    "nihil",
    "Nothing to report",
    "Disetujui. Rapat hari Senin.",
    "Agreed: the meeting moves to Monday.",
    "BANJIR di Citta, dua rumah terendam #darurat",
    "Flood at the market, two injured",
    "Mohon Dinas LH dan PUPR segera bersihkan drainase",
    "DLH, PUPR, Dinkes: kerjakan hari ini",
    "Sudah selesai? Kapan dilaporkan?",
    "terima semua P-1",
    "accept all D-1",
    "tolong",
    "perintah",
)


@cache
def commands(lang: str) -> tuple[str, ...]:
    """The command words of a language, and "" for a number alone."""
    return ("", *load_commands(lang))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Something that somebody types: a command with what may follow it, a sentence, several, or noise."""
    kind = draw(st.sampled_from(("command", "command", "talk", "noise")))
    if kind == "noise":
        return draw(st.sampled_from(WORDS) | st.text(max_size=60))
    if kind == "talk":
        said = " ".join(draw(st.lists(st.sampled_from(TALK) | st.sampled_from(TIMES), min_size=1, max_size=3)))
    else:
        words = draw(st.sampled_from(commands(draw(st.sampled_from(("id", "en"))))))
        mark = draw(st.sampled_from(("!", "!", "!", "! ", "", "!!", "/", "\uff01")))
        rest = draw(
            st.lists(st.sampled_from((*NUMBERS, *STAGES, *WHOM, *TIMES, "karena pindah", *WORDS[:16])), max_size=3)
        )
        said = " ".join([mark + words, *rest])
    match draw(st.sampled_from(["plain", "plain", "upper", "cut", "insert", "twice"])):
        case "upper":
            return said.upper()
        case "cut":
            return said[: draw(st.integers(0, len(said)))]
        case "insert":
            place = draw(st.integers(0, len(said)))
            return said[:place] + draw(st.sampled_from(WORDS[:14])) + said[place:]
        case "twice":
            return f"{said}\n{said}"
    return said


utterances = st.lists(
    st.tuples(
        st.sampled_from(EVERYBODY),
        st.sampled_from((FORUM, FORUM, CONTROL, DIRECT)),
        texts(),
        st.sampled_from((None, 0, 1, 3, 4)),
        st.sampled_from(("sealed", "sealed", "sealed", "clear", "reaction")),
        st.sampled_from((0, 0, 0, 1, 20, 200)),
    ),
    min_size=1,
    max_size=5,
)
"""Who says what where, about which known event, in which manner, and how many minutes pass afterwards."""

Said = tuple[str, str, str, int | None, str, int]


def event_of(said: Said, number: int, at: Table) -> Json:
    """The raw event of something said."""
    who, room, text, about, manner, _ = said
    sender = who if who.startswith("@") else user(who)
    event: Json = {"event_id": f"$said{number}", "sender": sender, "origin_server_ts": at.clock.now()}
    target = at.start.known[about] if about is not None else at.start.order
    if manner == "reaction":
        relation = {"rel_type": "m.annotation", "event_id": target, "key": text}
        return {**event, "type": "m.reaction", "content": {"m.relates_to": relation}}
    content: Json = {"msgtype": "m.text", "body": text}
    if about is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": target}}
    if manner == "clear":
        return {**event, "type": "m.room.message", "content": content}
    payload = {"type": "m.room.message", "room_id": room, "content": content}
    outer: Json = {"payload": payload, "session_id": f"said {number}"}
    if about is not None:
        outer["m.relates_to"] = content["m.relates_to"]
    return {**event, "type": "m.room.encrypted", "content": outer}


@given(utterances, st.sampled_from(("id", "en")))
@share(0.22)
def test_whatever_is_typed_is_answered_or_let_be(said: list[Said], lang: str) -> None:
    """No row fails, answers can be said, rights hold, clear text decides nothing, the next order is carded."""
    with table(lang) as forum:
        senders, clear = {}, set()
        for number, one in enumerate(said):
            event = event_of(one, number, forum)
            senders[event["event_id"]] = event["sender"]
            if one[4] == "clear":
                clear.add(event["event_id"])
            forum.give([event], one[1])
            if one[5]:
                forum.move(one[5])
        forum.rights_hold(senders)
        assert {cause for cause, _ in forum.rights_used()} & clear == set()
        if any(stage.stage == "watch" for stage in forum.facts(f.Stage)):
            forum.is_sound()
        else:
            forum.goes_on()


@given(
    st.lists(st.tuples(st.sampled_from(EVERYBODY), texts()), min_size=1, max_size=6), st.sampled_from(("id", "en"))
)
@share(0.04)
def test_one_text_has_one_answer_at_most(said: list[tuple[str, str]], lang: str) -> None:
    """In the control room, where all may be a command, nobody is answered twice, and no card stands twice."""
    with table(lang) as forum:
        for number, (who, text) in enumerate(said):
            forum.give([event_of((who, CONTROL, text, None, "sealed", 0), number, forum)], CONTROL)
        answers = [one.reply_to for one in forum.effects() if isinstance(one, Say) and one.reply_to is not None]
        assert len(answers) == len(set(answers))
        cards = [(one.card, one.ref) for one in forum.effects() if isinstance(one, Refresh)]
        assert len({ref for _, ref in cards}) == len({card for card, _ in cards})
        forum.is_sound()
