"""Honest raw events of every kind, as a homeserver gives them: what the mutations begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.model.event import Json
from tests.forum.desk import BOT, user
from tests.fuzz.table import ORDERS, REPORTS, Played

SENDERS = ("bupati", "wabup", "sekda", "dlh-1", "pupr-1", "ahli-1", "auditor-1", "@asing:desk", BOT)


def sender(name: str) -> str:
    """The user id of one of :data:`SENDERS`."""
    return name if name.startswith("@") else user(name)


def _text(body: str, **more: object) -> Json:
    return {"msgtype": "m.text", "body": body, "m.mentions": {"user_ids": [user("pupr-1")], "room": True}, **more}


def _media(kind: str, **more: object) -> Json:
    return {
        "msgtype": kind,
        "body": "drainase pasar",
        "filename": "IMG_1.jpg",
        "url": "mxc://desk/honest",
        "info": {"mimetype": "image/jpeg", "size": 90_000, "w": 1000, "h": 750},
        **more,
    }


def _file() -> Json:
    return {
        "url": "mxc://desk/sealed",
        "v": "v2",
        "iv": "AAAAAAAAAAAAAAAAAAAAAA",
        "hashes": {"sha256": "x" * 43},
        "key": {"kty": "oct", "alg": "A256CTR", "k": "k" * 43, "ext": True, "key_ops": ["encrypt", "decrypt"]},
    }


def _relates(rel: str, event: str, **more: object) -> Json:
    return {"m.relates_to": {"rel_type": rel, "event_id": event, **more}}


def _reply(event: str) -> Json:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event}}}


Content = Callable[[Played, str], Json]
"""(what was played, the event it is about) -> content."""

MESSAGES: Mapping[str, Content] = {
    "order": lambda p, e: _text(ORDERS[p.language]),
    "report": lambda p, e: _text(REPORTS[p.language], **_reply(e)),
    "caption": lambda p, e: _media("m.image", body=REPORTS[p.language], **_reply(e)),
    "sealed photo": lambda p, e: {**_media("m.image", file=_file()), **_reply(e)},
    "video": lambda p, e: _media("m.video", **_relates("m.thread", e, is_falling_back=True)),
    "file": lambda p, e: _media("m.file"),
    "voice": lambda p, e: _media("m.audio", **{"org.matrix.msc3245.voice": {}}),
    "place": lambda p, e: {"msgtype": "m.location", "body": "pasar", "geo_uri": "geo:-4.3,119.9"},
    "siap": lambda p, e: _text("Siap pak", **_reply(e)),
    "thread": lambda p, e: _text(
        "izin bertanya pak", **_relates("m.thread", e, **{"m.in_reply_to": {"event_id": e}})
    ),
    "edit": lambda p, e: _text("* diralat", **{"m.new_content": _text("diralat")}, **_relates("m.replace", e)),
    "status": lambda p, e: _text("!status"),
    "stage": lambda p, e: _text("!tahap remind" if p.language == "id" else "!stage remind"),
    "remove": lambda p, e: _text(f"!keluarkan {user('pupr-1')} karena pindah"),
    "invite": lambda p, e: _text("!undang @asing:desk"),
    "approve": lambda p, e: _text("!setuju A-1"),
    "due": lambda p, e: _text("!batas P-1 besok jam 9"),
    "accept": lambda p, e: _text("terima semua P-1"),
    "banjir": lambda p, e: _text("BANJIR di kelurahan, mohon bantuan #darurat"),
    "decision": lambda p, e: _text("Baik, disetujui. Rapat dipindah ke hari Senin."),
}
OTHERS: Mapping[str, tuple[str, Content]] = {
    "reaction": ("m.reaction", lambda p, e: _relates("m.annotation", e, key="👍")),
    "chip": ("m.reaction", lambda p, e: _relates("m.annotation", p.order, key="📌 P-1")),
    "return": ("m.reaction", lambda p, e: _relates("m.annotation", p.report, key="↩️")),
    "mend": ("m.reaction", lambda p, e: _relates("m.annotation", e, key="📌")),
    "redaction": ("m.room.redaction", lambda p, e: {"redacts": e, "reason": "salah kirim"}),
    "sticker": ("m.sticker", lambda p, e: _media("m.sticker")),
    "poll": (
        "m.poll.start",
        lambda p, e: {
            "m.text": [{"body": "kapan?"}],
            "m.poll": {"question": {"m.text": [{"body": "kapan?"}]}, "answers": [{"m.id": "1", "m.text": []}]},
        },
    ),
    "old poll": (
        "org.matrix.msc3381.poll.start",
        lambda p, e: {"org.matrix.msc3381.poll.start": {"question": {"body": "kapan?"}, "answers": []}},
    ),
    "call": ("m.call.invite", lambda p, e: {"call_id": "1", "version": "1", "lifetime": 60_000, "offer": {}}),
    "unknown": ("id.contoh.apa", lambda p, e: {"x": [1, {"y": None}]}),
    "refused": ("tudang.refused", lambda p, e: {"why": "encrypted_state", "type": "m.room.member"}),
    "malformed": ("tudang.malformed", lambda p, e: {"why": "event"}),
}
STATES: Mapping[str, tuple[str, str, Json]] = {
    "join": ("m.room.member", user("dik-1"), {"membership": "join", "displayname": "Disdik"}),
    "joined by a stranger": ("m.room.member", "@asing:desk", {"membership": "join", "displayname": "Bupati"}),
    "leave": ("m.room.member", user("kes-1"), {"membership": "leave", "reason": "pamit"}),
    "ban": ("m.room.member", user("kes-1"), {"membership": "ban"}),
    "knock": ("m.room.member", "@asing:desk", {"membership": "knock", "reason": "izin masuk"}),
    "our own leave": ("m.room.member", BOT, {"membership": "leave"}),
    "levels": (
        "m.room.power_levels",
        "",
        {"users": {BOT: 100, user("ahli-1"): 50}, "users_default": 0, "events": {"m.room.name": 50}, "ban": 50},
    ),
    "encryption": ("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_ms": 1}),
    "create": ("m.room.create", "", {"room_version": "12", "predecessor": {"room_id": "!x"}}),
    "name": ("m.room.name", "", {"name": "Forum"}),
    "topic": ("m.room.topic", "", {"topic": "t", "m.topic": {"m.text": []}}),
    "join rules": ("m.room.join_rules", "", {"join_rule": "public", "allow": []}),
    "history": ("m.room.history_visibility", "", {"history_visibility": "world_readable"}),
    "tombstone": ("m.room.tombstone", "", {"body": "pindah", "replacement_room": "!baru"}),
    "servers": ("m.room.server_acl", "", {"allow": ["*"], "deny": []}),
    "pins": ("m.room.pinned_events", "", {"pinned": ["$x"]}),
    "invite by mail": ("m.room.third_party_invite", "t", {"display_name": "x", "key_validity_url": "x"}),
}
KINDS = (*MESSAGES, *OTHERS, *STATES)


def honest(kind: str, who: str, start: Played, about: str, room: str, number: int, *, sealed: bool) -> Json:
    """An event as it should be. ``sealed``: encrypted, with what the client said under `content.payload`."""
    content: Json
    if kind in MESSAGES:
        name, content = "m.room.message", MESSAGES[kind](start, about)
    elif kind in OTHERS:
        name, content = OTHERS[kind][0], OTHERS[kind][1](start, about)
    else:
        name, _, content = STATES[kind]
    event: Json = {
        "event_id": f"$fuzz{number}",
        "sender": sender(who),
        "type": name,
        "origin_server_ts": 1_795_129_260_000,
        "content": content,
        "unsigned": {"age": 5},
    }
    if kind in STATES:
        event["state_key"] = STATES[kind][1]
        event["unsigned"] = {"age": 5, "prev_content": {"membership": "invite"}, "replaces_state": "$x"}
    elif name == "m.room.redaction":
        event["redacts"] = about
    elif sealed and name != "m.reaction":
        relation = {"m.relates_to": content["m.relates_to"]} if "m.relates_to" in content else {}
        event["type"] = "m.room.encrypted"
        event["content"] = {
            "payload": {"type": name, "room_id": room, "content": content},
            "session_id": f"fuzz {number}",
            "index": number % 3,
            "algorithm": "m.megolm.v1.aes-sha2",
            **relation,
        }
    return event
