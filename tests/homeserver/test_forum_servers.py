"""Which servers may take part, on a real Synapse: written by the bot, told when a person changes it, put back."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.servers import ACL
from tests.homeserver.forum import Forum

DENIED = 'servers:\n  deny: ["*.buruk.example"]\n  ip_literals: false\n'


async def test_the_rooms_keep_the_policys_list_of_servers(forum: Forum) -> None:
    """Written at the start, seen by members; a slip by hand is told with who did it; undone, the room is open."""
    await forum.set_up(people=("bupati", "dlh", "ahli", "ahli2"), extra=DENIED, levels={"ahli": 100})
    room, control, ahli = forum.rooms["forum"], forum.rooms["control"], forum.people["ahli"]
    await forum.start()
    written = {"allow": ["*"], "deny": ["*.buruk.example"], "allow_ip_literals": False}
    assert await forum.people["dlh"].state(room, ACL) == written

    await ahli.set_state(room, ACL, {**written, "deny": ["*.buruk.example", "lain.example"]})
    await forum.settle()
    told = [str(event.content["body"]) for event in forum.said("ahli2", "control")]
    (by_hand,) = [body for body in told if "daftar server" in body]
    assert by_hand.startswith("Ahli Contoh mengubah langsung daftar server yang boleh ikut di ")
    assert "Sekarang lain.example tidak boleh ikut" in by_hand
    assert "Menurut kebijakan: lain.example tidak lagi ditutup" in by_hand

    (act,) = [act for act in forum.facts(f.Act) if act.verb == "servers"]
    await ahli.text(control, f"!urungkan {act.number}")
    await forum.settle()
    assert await ahli.state(room, ACL) == {"allow": ["*"], "deny": ["lain.example"], "allow_ip_literals": True}
    await ahli.text(control, f"!mengapa {act.number}")
    await forum.settle()
    assert "*.buruk.example tidak boleh ikut" in str(forum.said("ahli", "control")[-1].content["body"])
    assert forum.failures() == []
