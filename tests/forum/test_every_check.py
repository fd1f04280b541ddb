"""Every check of photos, at every level that the policy knows, and every sentence of one that cannot count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.evidence import Reason, Sign, Verdict
from bridge.policy.pictures import Checks
from tests.forum.desk import Desk, policy_text
from tests.forum.opened import shown

SHA, OTHER = "a" * 64, "b" * 64
PLACES = "places: [{name: Cabenge, at: [-4.28, 119.96]}]"
AREA = "area: [[-4.0, 119.6], [-4.0, 120.2], [-4.6, 120.2], [-4.6, 119.6]]"

SEEN: Mapping[str, dict[str, object]] = {
    "blank": {"verdict": "blank"},
    "dark": {"signs": (Sign.DARK,)},
    "screenshot": {"signs": (Sign.SCREENSHOT,)},
    "ai_marked": {"signs": (Sign.AI_MARKED,)},
    "seal_broken": {"signs": (Sign.SEAL_BROKEN,)},
    "edited": {"signs": (Sign.EDITED,)},
    "small": {"width": 500, "height": 400},
    "macros": {"signs": (Sign.MACROS,)},
    "aligned": {"signs": (Sign.ALIGNED,)},
    "old": {"taken_at": "2026-11-01T08:00:00"},
    "future": {"taken_at": "2026-12-24T08:00:00"},
    "outside": {"position": (-6.2, 106.8)},
    "far": {"position": (-4.55, 119.65)},
}
"""What the inspection finds, by the check that it concerns."""

LEVELS = ("off", "note", "hold", "refuse")
REPAIR = {"id": r"Mohon (kirim|diambil|balas)", "en": r"Please (send|take)"}
APPEAL = {"id": "BANDING", "en": "APPEAL"}


def near(bits: int) -> str:
    """A view of which so many bits differ from those of the first picture."""
    return f"whole:{int(OTHER, 16) ^ ((1 << bits) - 1):064x}"


def forum_with(folder: Path, check: str, level: str, language: str = "id") -> Desk:
    lines = f"evidence: {{checks: {{{check}: {level}, {PLACES if check == 'far' else AREA}}}}}\n"
    return Desk(folder, policy=policy_text(lines, language=language))


def an_order(desk: Desk) -> None:
    english = desk.book.policy.forum.language == "en"
    desk.say("wabup", "Public Works: clean the Cabenge channel today, report with a photo" if english else ORDER)


ORDER = "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00"


def send(desk: Desk, check: str) -> str:
    """A report whose photo this check notices: the event."""
    english = desk.book.policy.forum.language == "en"
    done = "Report: the Cabenge channel has been cleaned" if english else "Lapor, saluran Cabenge sudah dibersihkan"
    other = "Report: the park is tidy again" if english else "Lapor, taman kota sudah kami rapikan"
    if check in ("similar", "resembling", "duplicate"):
        desk.judge(desk.photo("dlh-1", caption=other), sha256=OTHER)
    if check == "together":
        an_order(desk)
        desk.judge(desk.photo("dlh-1", caption=f"{done} P-1"), sha256=OTHER)
    if check == "forwarded":
        content = {
            "msgtype": "m.image",
            "body": f"↷ Forwarded\n\n{done}",
            "format": "org.matrix.custom.html",
            "formatted_body": f"<p data-mx-forwarded-notice><em>↷ Forwarded</em></p><p>{done}</p>",
            "filename": "image.jpeg",
            "url": "mxc://desk/forwarded",
            "info": {"mimetype": "image/jpeg", "size": 90_000},
        }
        event = desk.put(desk.message("pupr-1", content))
    else:
        event = desk.photo("pupr-1", caption=f"{done} P-1" if check == "together" else done)
    seen = dict(SEEN.get(check, {}))
    if check in ("similar", "resembling"):
        seen["views"] = (near(10 if check == "similar" else 45),)
    verdict = str(seen.pop("verdict", "ok"))
    desk.judge(event, index=0, sha256=OTHER if check in ("duplicate", "together") else SHA, verdict=verdict, **seen)
    return event


def levels() -> list[tuple[str, str]]:
    """Every check with every level, as the policy names them; what replaces a photo, never arrives, or states
    no place, is another test's."""
    checks = [
        name
        for name, field in Checks.model_fields.items()
        if field.default in LEVELS and name not in ("replaced", "view_once", "unplaced", "signed")
    ]
    return [(check, level) for check in checks for level in LEVELS]


@pytest.mark.parametrize(("check", "level"), levels())
def test_every_check_follows_its_level(tmp_path: Path, check: str, level: str) -> None:
    """Off and noted, the photo counts; held, people look at it and know why; refused, another is asked for."""
    desk = forum_with(tmp_path, check, level)
    event = send(desk, check)
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert judged.event == event
    number = judged.report or ""
    if check == "blank" and level in ("off", "note"):
        # What is looked for beside blankness still holds.
        assert desk.report(number) in ("reported", "held")
        return
    assert desk.report(number) == {"hold": "held", "refuse": "waiting"}.get(level, "reported")
    opened = desk.facts(f.CheckOpened)
    named = "joint" if check == "together" else check
    assert [named in one.why for one in opened] == ([True] if level == "hold" else [])
    if check in list(Sign):
        assert (check in judged.signs) is (level != "off")
    refusals = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert len(refusals) == (level == "refuse")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("check", sorted({check for check, _ in levels()}))
def test_every_refusal_names_the_repair_and_the_appeal(tmp_path: Path, check: str, language: str) -> None:
    """In both languages: what to send, and by which word people look again."""
    desk = forum_with(tmp_path, check, "refuse", language)
    send(desk, check)
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    text = "\n".join(shown(said, language))
    assert re.search(REPAIR[language], text), text
    assert APPEAL[language] in text
    assert not re.search("DLH|Environment", text), "nothing names another unit before everybody"


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("verdict", [*(str(one) for one in Verdict if one is not Verdict.OK), "unavailable"])
def test_every_file_that_cannot_count_is_told_so_in_the_same_way(
    tmp_path: Path, verdict: str, language: str
) -> None:
    """Whatever the file was: empty, cut off, a bomb, too short, no picture at all."""
    desk = Desk(tmp_path, policy=policy_text(language=language))
    english = language == "en"
    done = "Report: the Cabenge channel has been cleaned" if english else "Lapor, saluran Cabenge sudah dibersihkan"
    desk.judge(desk.photo("pupr-1", caption=done), verdict=verdict)
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    text = "\n".join(shown(said, language))
    assert re.search(REPAIR[language], text), text
    assert APPEAL[language] in text


@pytest.mark.parametrize(("language", "said"), [("id", "paling singkat 2 detik"), ("en", "at least 2 seconds")])
def test_a_video_that_is_over_at_once_is_told_how_long_it_should_be(
    tmp_path: Path, language: str, said: str
) -> None:
    """It is not called small."""
    desk = Desk(tmp_path, policy=policy_text(language=language))
    english = language == "en"
    done = "Report: the Cabenge channel has been cleaned" if english else "Lapor, saluran Cabenge sudah dibersihkan"
    video = desk.photo("pupr-1", "VID.mp4", kind="m.video", mimetype="video/mp4", caption=done)
    desk.judge(video, verdict="too_small", reason=Reason.DURATION, duration_ms=1_600)
    (told,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert told.key == "evidence.too_short"
    assert said in "\n".join(shown(told, language))


@pytest.mark.parametrize("level", ["off", "note", "hold"])
def test_a_photo_that_is_replaced_follows_its_level(tmp_path: Path, level: str) -> None:
    """Held by default; where it is not, the first one goes on counting."""
    desk = forum_with(tmp_path, "replaced", level)
    photo = desk.photo("pupr-1", caption="Lapor, saluran Cabenge sudah dibersihkan")
    desk.judge(photo, sha256=SHA)
    image = {"msgtype": "m.image", "body": "IMG.jpg", "url": "mxc://desk/new", "info": {"mimetype": "image/jpeg"}}
    relation = {"rel_type": "m.replace", "event_id": photo}
    edit = desk.put(desk.message("pupr-1", {**image, "m.new_content": image, "m.relates_to": relation}))
    desk.judge(edit, sha256=OTHER)
    assert [one.why for one in desk.facts(f.CheckOpened)] == ([("replaced",)] if level == "hold" else [])
    assert desk.report("L-1") == "reported"


@pytest.mark.parametrize("level", ["off", "note", "hold"])
def test_a_photo_without_a_place_follows_its_level(tmp_path: Path, level: str) -> None:
    """Noted by default, since most that are sent have none; and only where a place is named."""
    lines = f"evidence: {{checks: {{unplaced: {level}, {PLACES}}}}}\n"
    desk = Desk(tmp_path, policy=policy_text(lines))
    desk.judge(desk.photo("pupr-1", caption="Lapor, saluran Cabenge sudah dibersihkan"), sha256=SHA)
    desk.judge(desk.photo("dlh-1", caption="Lapor, taman kota sudah kami rapikan"), sha256=OTHER)
    named, other = desk.facts(f.EvidenceJudged)
    assert named.signs == (() if level == "off" else (Sign.UNPLACED,))
    assert named.verdict == ("held" if level == "hold" else "ok")
    assert (other.signs, other.verdict) == ((), "ok")


@pytest.mark.parametrize(("signed", "why"), [(False, "ai_marked"), (True, "ai_signed")])
def test_whoever_looks_reads_whether_the_mark_of_ai_is_signed(tmp_path: Path, signed: bool, why: str) -> None:
    """A signature that fits says that the file was not changed since; either way it is held, and a claim."""
    desk = Desk(tmp_path)
    found = (Sign.AI_MARKED, Sign.SIGNED) if signed else (Sign.AI_MARKED,)
    desk.judge(desk.photo("pupr-1", caption="Lapor, saluran Cabenge sudah dibersihkan"), signs=found)
    assert [one.why for one in desk.facts(f.CheckOpened)] == [(why,)]
    assert desk.report("L-1") == "held"


@pytest.mark.parametrize(("level", "noted"), [("off", ()), ("note", (Sign.SIGNED,))])
def test_a_signature_that_fits_speaks_against_nobody(tmp_path: Path, level: str, noted: tuple[str, ...]) -> None:
    """It stands in the record, and the photo counts."""
    desk = forum_with(tmp_path, "signed", level)
    desk.judge(desk.photo("pupr-1", caption="Lapor, saluran Cabenge sudah dibersihkan"), signs=(Sign.SIGNED,))
    assert desk.facts(f.EvidenceJudged)[-1].signs == noted
    assert desk.report("L-1") == "reported"
