"""Twelve people on a real Synapse: an edited roster does just what its plan said, and the ledger says it too."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner

from bridge.cli import main
from bridge.model import facts as f
from tests.homeserver.forum import Forum
from tests.waiting import until


def _edited(text: str, newcomer: str) -> str:
    """One joins, one goes, one has another role."""
    kept = [line for line in text.splitlines() if 'id: dinas-3, name: "Dinas-3' not in line]
    kept = [line.replace("role: head, unit: dinas-2", "role: expert") for line in kept]
    kept = [line for line in kept if "person: dinas-3," not in line]
    offices = kept.index("offices:")
    person = f'  - {{id: baru, name: "Baru Contoh", identifiers: [{{matrix: "{newcomer}"}}]}}'
    kept.insert(offices, person)
    return "\n".join([*kept, "  - {person: baru, role: head, unit: dinas-3, from: 2026-11-20}"]) + "\n"


def _bullets(output: str) -> list[str]:
    return [line.removeprefix("  • ") for line in output.splitlines() if line.startswith("  • ")]


async def test_an_edit_does_in_the_room_what_its_plan_said(forum: Forum) -> None:
    """`policy edit` and `roster edit` beside the running bridge: the plan, the record and the rooms agree."""
    await forum.set_up(more_units=3)
    room, people = forum.rooms["forum"], forum.people
    newcomer = await forum.cast.client("baru")
    await forum.start()
    assert len(forum.accounts) == 12
    config = forum.root / "config"
    wanted, editor = forum.root / "wanted", forum.root / "editor"
    editor.write_text(f'#!/bin/sh\ncat "{wanted}" > "$1"\n')
    editor.chmod(0o700)

    async def edit(what: str, text: str) -> list[str]:
        wanted.write_text(text, encoding="utf-8")
        words = [what, "edit", "--author", "Sri Wahyuni", "--config", str(forum.root / "bridge.yaml")]
        runner = CliRunner(env={"EDITOR": str(editor), "VISUAL": ""})
        done = await asyncio.to_thread(runner.invoke, main, words, input="y\n")
        assert done.exit_code == 0, done.output
        await until(lambda: _version(forum, what).version == 2, f"the new {what} takes force")
        await forum.settle()
        return _bullets(done.output)

    shown = await edit("policy", (config / "policy.yaml").read_text() + "membership: {notice: 20m}\n")
    policy = _version(forum, "policy")
    assert shown == list(policy.changes) == ["membership.notice: 15m menjadi 20m."]
    assert policy.effects == policy.waiting == ()

    shown = await edit("roster", _edited((config / "roster.yaml").read_text(), newcomer.user_id))
    roster = _version(forum, "roster")
    assert shown == [*roster.changes, *roster.effects, *roster.waiting]
    assert roster.author.startswith("Sri Wahyuni")
    assert any("Dinas-2 Contoh" in line and "menjadi" in line for line in roster.changes)
    assert f"Baru Contoh ({newcomer.user_id}) diundang ke forum." in roster.effects
    leaver = people["dinas-3"].user_id
    assert roster.waiting == (
        f"Setelah pemberitahuan 20 menit, kecuali dibatalkan: Dinas-3 Contoh ({leaver}) dikeluarkan dari forum.",
    )
    told = [e.content["body"] for e in forum.said("ahli", "control") if "roster.yaml versi 2" in e.content["body"]]
    assert len(told) == 1 and all(line in told[0] for line in shown)

    # In the rooms: who was to come is invited, who was to go stays until the notice is over.
    assert await newcomer.wait_for_invitation(room) == forum.bot.user_id
    acts = [act for act in forum.facts(f.Act) if act.roster_version == 2]
    assert {act.user for act in acts} == {newcomer.user_id, people["dinas-2"].user_id}
    assert len(acts) == sum("diundang" in line or "wewenang" in line for line in roster.effects)
    await forum.move(minutes=19)
    assert (await people["bupati"].state(room, "m.room.member", leaver))["membership"] == "join"
    await forum.move(minutes=2)
    assert (await people["bupati"].state(room, "m.room.member", leaver))["membership"] == "leave"
    assert forum.failures() == []


def _version(forum: Forum, what: str) -> f.FileVersion:
    """What the record says of the newest version of a file."""
    return [fact for fact in forum.facts(f.FileVersion) if fact.what == what][-1]
