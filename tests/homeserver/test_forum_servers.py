"""Servers and reported messages on a real Synapse: the policy's list is written into the room, and undone; what a
member reports comes to the control room once, and a tap settles it."""

from __future__ import annotations

from urllib.parse import quote

from bridge.admin.look_reports import look_at_reports
from bridge.model import facts as f
from bridge.model.servers import ACL
from bridge.settings import Secrets, load_settings
from tests.homeserver.forum import Forum

DENIED = 'servers:\n  deny: ["*.buruk.example"]\n  ip_literals: false\n'


async def test_lists_of_servers_are_kept_and_reports_come_to_the_control_room(forum: Forum) -> None:
    """A slip by hand is told with who did it; undone, the room is open. A message reported twice is one card."""
    await forum.set_up(people=("bupati", "dlh", "pupr", "ahli", "ahli2"), extra=DENIED, levels={"ahli": 100})
    room, control, ahli = forum.rooms["forum"], forum.rooms["control"], forum.people["ahli"]
    name = f"pengelola.{forum.bot.user_id[1:].partition(':')[0]}"
    admin = await forum.homeserver.register(name, admin=True)

    async def report(by: str, event: str) -> None:
        path = f"rooms/{quote(room)}/report/{quote(event)}"
        await forum.call(forum.people[by].account, "POST", path, {"reason": "kata-kata kasar"})

    await report("dlh", await forum.people["pupr"].text(room, "Sebelum bot ada"))
    await forum.start(Secrets(access_token=forum.bot.access_token, password=None, admin_token=admin.access_token))
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

    watch = forum.bridge.abuse
    assert watch is not None
    await watch.look()
    rude = await forum.people["pupr"].text(room, "Kalian semua pemalas")
    await forum.settle()
    await report("dlh", rude)
    await report("bupati", rude)
    await watch.look()
    await forum.settle()
    cards = [one for one in forum.said("ahli", "control") if "melaporkan pesan" in str(one.content["body"])]
    (card,) = [one for one in cards if "m.new_content" not in one.content]
    body = str(card.content["body"])
    assert f"Pupr Contoh ({forum.people['pupr'].user_id})" in body
    assert "“Kalian semua pemalas”" in body
    assert "kata-kata kasar" in body
    assert "Dlh" not in body
    await forum.people["ahli2"].react(control, card.event_id, "✅")
    await forum.settle()
    (taken_back,) = [act for act in forum.facts(f.Act) if act.verb == "redact"]
    assert (taken_back.target, taken_back.by) == (rude, "ahli2")
    seen = await forum.call(forum.people["dlh"].account, "GET", f"rooms/{quote(room)}/event/{quote(rude)}")
    assert seen["content"] == {}
    assert forum.failures() == []

    settings = load_settings(forum.root / "bridge.yaml")
    for token, expected in ((None, "off"), (admin.access_token, "right"), (forum.bot.access_token, "no_rights")):
        secrets = Secrets(admin_token=token)
        assert [found.key for found in await look_at_reports(settings, secrets)] == [f"reports.{expected}"]
