"""The auditor's part: export, verify, and whether the record says what everybody saw."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import orjson

from bridge.model.event import Json
from bridge.rehearsal.bridge_process import run_command
from bridge.rehearsal.friday import NEVER, ORDER
from bridge.rehearsal.play import Play, Unseen
from bridge.rehearsal.weekend import PROPOSAL

REPORTS = 29
"""Units that the record must show as reported at the seal."""

PICTURES = 35
"""Photos and videos of the story, but for the one that was used twice."""


async def audit(play: Play) -> Path:
    """Export and verify as an auditor does, then read the records. Returns the exported bundle."""
    play.screen.chapter("The auditor", "tudang export, tudang verify, and the records compared with what was seen")
    out = play.stage.root / "exports"
    bundle = out / "none"
    settings = str(play.stage.settings)
    async with play.expecting(f"tudang export --week {play.week} writes the bundle") as note:
        code, said = await run_command("export", "--config", settings, "--week", play.week, "--out", str(out))
        if code != 0:
            raise Unseen(f"exit code {code}: {said}")
        bundle = Path(said.splitlines()[-1])
        note(f"{bundle.name}, {bundle.stat().st_size / 1e6:.1f} MB")
    async with play.expecting("it is byte for byte what the auditor downloaded from the encrypted room"):
        if play.bundle is None or play.bundle.read_bytes() != bundle.read_bytes():
            raise Unseen("they differ")
    async with play.expecting("tudang verify finds it intact and from a known key") as note:
        code, said = await run_command("verify", str(bundle), "--config", settings, "--lang", "en")
        if code != 0:
            raise Unseen(f"exit code {code}: {said}")
        note(said.splitlines()[0])
    if not bundle.exists():
        return bundle
    async with play.expecting("a copy with one byte changed is refused, with the reason") as note:
        code, said = await run_command("verify", str(_tampered(bundle)), "--config", settings, "--lang", "en")
        if code != 1:
            raise Unseen(f"exit code {code}: {said}")
        note(said.splitlines()[0][:90])
    _records(play, bundle)
    return bundle


def _tampered(bundle: Path) -> Path:
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    copy = bundle.parent / "changed" / bundle.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(data)
    return copy


def read_records(bundle: Path) -> list[Json]:
    """The facts of a bundle's records, in order, with their `kind`; from the bundle alone."""
    with zipfile.ZipFile(bundle) as bag:
        name = next(name for name in bag.namelist() if name.endswith("data/records.jsonl"))
        lines = bag.read(name).splitlines()
    # A content that was destroyed is null; only its hash remains.
    return [{**(line["fact"] or {}), "kind": line["kind"]} for line in map(orjson.loads, lines)]


def _records(play: Play, bundle: Path) -> None:
    """The verified record must say what the clients saw."""
    try:
        records = read_records(bundle)
    except (OSError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        play.judge("the records can be read", False, repr(error))
        return
    of_kind = Counter(str(record["kind"]) for record in records)
    order = next((r for r in records if r["kind"] == "directive" and r.get("text") == ORDER), None)
    number = order["number"] if order else ""
    states: dict[str, str] = {}
    for task in (r for r in records if r["kind"] == "task" and r["directive"] == number):
        states[task["unit"]] = task["state"]
    reported = [unit for unit, state in states.items() if state in ("reported", "accepted")]
    late = [unit for unit, state in states.items() if state == "late"]
    never = play.stage.company.players[NEVER].unit
    play.judge(
        "in the record: the order, its reports, and the one unit that was late",
        len(reported) == REPORTS and late == [never],
        f"{number}: {len(reported)} reported, late: {', '.join(late) or 'none'}",
    )
    paired = {record["how"] for record in records if record["kind"] == "evidence_paired"}
    wanted = {"caption", "photo", "reply", "thread", "before", "after", "album"}
    play.judge(
        "in the record: photos and videos found their reports in every way",
        wanted <= paired,
        ", ".join(sorted(paired)),
    )
    verdicts = Counter(record["verdict"] for record in records if record["kind"] == "evidence_judged")
    play.judge(
        "in the record: each picture was decoded and hashed, the old one is a duplicate",
        verdicts["ok"] == PICTURES and verdicts["duplicate"] == 1 and set(verdicts) == {"ok", "duplicate"},
        ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()),
    )
    alarm = play.numbers.get("alarm")
    rung = next((r for r in records if r["kind"] == "emergency" and r["report"] == alarm), None)
    photos = [r for r in records if r["kind"] == "evidence_paired" and r["report"] == alarm]
    play.judge(
        "in the record: the alarm, whom it rang, and its photo",
        rung is not None and len(rung["rung"]) == 3 and len(photos) == 1,
        f"{alarm}: rang {', '.join(rung['rung']) if rung else 'nobody'}, {len(photos)} photo",
    )
    decision = next((r for r in records if r["kind"] == "decision"), None)
    play.judge(
        "in the record: the decision with the words of the proposal",
        decision is not None and decision.get("proposal_text") == PROPOSAL,
        f"{decision['number']}: {decision['text']}" if decision else "none",
    )
    acts = Counter((r["verb"], r["rule"]) for r in records if r["kind"] == "act")
    people = {r.get("person") for r in records if r["kind"] == "act" and r["verb"] == "invite"}
    removed = {r["user"] for r in records if r["kind"] == "act" and r["verb"] == "remove"}
    outsiders = {play.stage.user("tetangga"), play.stage.user("pedagang")}
    play.judge(
        "in the record: every removal with its reason; two outsiders, nobody else",
        removed == outsiders,
        f"removed {len(removed)}, invited {len(people)}: "
        + ", ".join(f"{v}/{r} {n}" for (v, r), n in acts.items()),
    )
    play.judge(
        "in the record: both corrections, and no gap",
        of_kind["corrected"] == 2 and of_kind["gap"] == 0 and of_kind["sealed"] == 0,
        f"{of_kind['corrected']} corrections, {of_kind['gap']} gaps, {of_kind['sealed']} unreadable, "
        f"{len(records)} records",
    )
