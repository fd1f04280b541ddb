"""What an event may say about itself, and what it may not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nio import Event as NioEvent
from nio import RoomMessageText

from bridge.matrix.parse import MALFORMED, REFUSED, Reader
from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model.event import Batch, Event, Json, Trust

ROOM = "!room"
US = "@bot:fake.test"
ANI = "@ani:fake.test"


def outer(**changes: Any) -> Json:
    event = {
        "event_id": "$one",
        "sender": ANI,
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": "siap"},
        "origin_server_ts": 1_700_000_000_000,
    }
    return {**event, **changes}


def read(event: Json, opened: Opened | Sealed | None = None) -> Event:
    def opener(room_id: str, outer: Json) -> Opened | Sealed:
        return Sealed("no_keys") if opened is None else opened

    found = Reader(US, opener).event(ROOM, msgspec.json.encode(event))
    assert found is not None
    return found


def encrypted(**changes: Any) -> Json:
    return outer(type="m.room.encrypted", content={"algorithm": "m.megolm.v1.aes-sha2", **changes})


def payload(**changes: Any) -> Opened:
    inner = {
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": "secret"},
        "room_id": ROOM,
        **changes,
    }
    return Opened(payload=inner, session_id="S", message_index=3, device_id="ANIDEVICE", trust=Trust.CROSS_SIGNED)


class TestClear:
    def test_an_event_is_read_from_its_raw_json(self) -> None:
        """Fields and bytes are what the homeserver sent."""
        event = outer(unsigned={"age": 4})
        found = read(event)
        assert (found.event_id, found.room_id, found.sender) == ("$one", ROOM, ANI)
        assert (found.content["body"], found.origin_ts, found.trust) == ("siap", 1_700_000_000_000, Trust.CLEAR)
        assert found.raw == msgspec.json.encode(event)
        assert not (found.encrypted or found.redacted or found.sealed or found.state_key)

    @pytest.mark.parametrize(
        "optional",
        [
            {"unsigned": "x"},
            {"unsigned": {"transaction_id": 7, "redacted_because": "no", "age": "old"}},
            {"unsigned": None},
            {"redacts": 5},
            {"room_id": 9},
            {"user_id": []},
            {"prev_content": 1},
        ],
    )
    def test_an_ill_typed_optional_field_hides_nothing(self, optional: Json) -> None:
        """A message with a nonsensical optional field is still that message."""
        found = read(outer(**optional))
        assert (found.type, found.content["body"], found.redacted) == ("m.room.message", "siap", False)

    def test_where_nio_loses_the_message(self) -> None:
        """Plain nio turns a message into a bad event for one ill-typed optional field; we read it."""
        event = outer(content={"msgtype": "m.text", "body": "lapor", "formatted_body": 7, "format": "x"})
        assert not isinstance(
            NioEvent.parse_event(msgspec.json.decode(msgspec.json.encode(event))), RoomMessageText
        )
        assert read(event).content["body"] == "lapor"

    def test_where_nio_breaks(self) -> None:
        """An event without content crashes nio's parser; here it keeps its place."""
        event = outer()
        del event["content"]
        with pytest.raises(KeyError):
            NioEvent.parse_event(dict(event))
        assert read(event).type == MALFORMED

    @pytest.mark.parametrize(
        "required",
        [
            {"sender": 5},
            {"sender": "ani"},
            {"sender": None},
            {"type": ["m.room.message"]},
            {"type": ""},
            {"type": "x" * 256},
            {"sender": f"@{'x' * 256}:fake.test"},
            {"type": "m.room.member", "state_key": f"@{'x' * 60_000}:fake.test"},
            {"content": "text"},
            {"content": None},
            {"origin_server_ts": "yesterday"},
            {"state_key": 3},
            {"state_key": None},
        ],
    )
    def test_an_ill_typed_required_field_takes_the_meaning_and_leaves_the_bytes(self, required: Json) -> None:
        """Such an event is kept as malformed: no state, no message, its raw JSON preserved."""
        event = outer(**required)
        found = read(event)
        assert (found.type, found.event_id, found.state_key) == (MALFORMED, "$one", None)
        assert found.raw == msgspec.json.encode(event)

    @pytest.mark.parametrize("event_id", [None, 5, "", ["$one"]])
    def test_without_an_id_there_is_no_event(self, event_id: object) -> None:
        """What has no id cannot be recorded or answered, and is left out."""
        raw = msgspec.json.encode(outer(event_id=event_id))
        assert Reader(US, lambda room, event: Sealed("x")).event(ROOM, raw) is None

    @pytest.mark.parametrize(("claimed", "shown"), [(-5, 0), (10**18, 253_402_300_799_000), (0, 0)])
    def test_a_claimed_time_is_one_that_a_calendar_can_show(self, claimed: int, shown: int) -> None:
        """An absurd timestamp neither hides the message nor breaks dates."""
        assert read(outer(origin_server_ts=claimed)).origin_ts == shown

    def test_redaction_targets_of_old_and_new_rooms(self) -> None:
        """The target is at the top, or (room version 11 and later, which nio calls bad) only in the content."""
        assert read(outer(type="m.room.redaction", redacts="$a", content={})).redacts == "$a"
        assert read(outer(type="m.room.redaction", content={"redacts": "$b"})).redacts == "$b"
        assert read(outer(type="m.room.redaction", redacts="$a", content={"redacts": "$b"})).redacts == "$a"
        assert read(outer(content={"redacts": "$b"}, redacts="$a")).redacts is None

    def test_a_state_event_says_what_it_replaced(self) -> None:
        """Who changed which power level, and whether a join is a new name only, is seen by what was before."""
        before = {"membership": "join"}
        member: Json = {"type": "m.room.member", "state_key": ANI}
        assert read(outer(**member, unsigned={"prev_content": before})).prev_content == before
        assert read(outer(**member, unsigned={"prev_content": [1]})).prev_content is None
        assert read(outer(unsigned={"prev_content": before})).prev_content is None

    def test_only_our_own_events_have_a_transaction_id(self) -> None:
        """A transaction id confirms an effect of ours, so nobody else's event may carry one."""
        unsigned = {"transaction_id": "t1"}
        assert read(outer(sender=US, unsigned=unsigned)).transaction_id == "t1"
        assert read(outer(sender=ANI, unsigned=unsigned)).transaction_id is None

    def test_a_redacted_event_says_so(self) -> None:
        """`redacted_because` marks it; a redacted encrypted event is not "undecryptable"."""
        because = {"redacted_because": outer(type="m.room.redaction")}
        assert read(outer(content={}, unsigned=because)).redacted
        found = read(outer(type="m.room.encrypted", content={}, unsigned=because))
        assert (found.redacted, found.sealed) == (True, None)

    # On a machine that is busy with other things, drawing alone can take longer than hypothesis likes.
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(["event_id", "sender", "type", "content", "origin_server_ts", "state_key", "unsigned"]),
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just({}) | st.just([1]),
        )
    )
    def test_no_event_stops_intake(self, changes: Json) -> None:
        """Whatever the fields are, the result is an event or nothing, never an exception."""
        raw = msgspec.json.encode(outer(**changes))
        found = Reader(US, lambda room, event: Sealed("x")).event(ROOM, raw)
        assert found is None or found.raw == raw


class TestEncrypted:
    def test_type_and_content_from_inside_all_else_from_outside(self) -> None:
        """A payload speaks about its type and content only."""
        lies = payload(
            sender="@regent:fake.test",
            event_id="$other",
            origin_server_ts=5,
            unsigned={"redacted_because": {"type": "m.room.redaction"}, "transaction_id": "t"},
            redacts="$x",
        )
        found = read(encrypted(), lies)
        assert (found.type, found.content["body"], found.encrypted) == ("m.room.message", "secret", True)
        assert (found.sender, found.event_id, found.origin_ts) == (ANI, "$one", 1_700_000_000_000)
        assert (found.redacted, found.transaction_id, found.redacts) == (False, None, None)
        assert (found.session_id, found.message_index, found.trust) == ("S", 3, Trust.CROSS_SIGNED)

    def test_relations_come_from_the_outer_event(self) -> None:
        """An inner relation is dropped, an outer one counts."""
        inside = {"body": "x", "m.relates_to": {"rel_type": "m.replace", "event_id": "$order"}}
        assert "m.relates_to" not in read(encrypted(), payload(content=inside)).content
        outside = {"m.in_reply_to": {"event_id": "$root"}}
        found = read(encrypted(**{"m.relates_to": outside}), payload(content=inside))
        assert found.content == {"body": "x", "m.relates_to": outside}

    @pytest.mark.parametrize(
        ("claimed", "key"),
        [
            ("m.room.power_levels", {"state_key": ""}),
            ("m.room.power_levels", {}),
            ("m.room.member", {"state_key": ANI}),
            ("m.room.name", {}),
            ("m.room.redaction", {}),
            ("m.room.encrypted", {}),
            ("m.space.child", {"state_key": "!x"}),
            ("m.policy.rule.user", {"state_key": "x"}),
            ("tudang.malformed", {}),
        ],
    )
    def test_a_payload_is_never_state(self, claimed: str, key: Json) -> None:
        """A payload that claims to be state, or to act on the room, becomes a refused event without content."""
        content = {"users": {ANI: 100}, "membership": "ban", "name": "x"}
        found = read(encrypted(), payload(type=claimed, content=content, **key))
        assert (found.type, found.state_key, found.encrypted) == (REFUSED, None, True)
        assert found.content == {"why": "encrypted_state", "type": claimed}

    @pytest.mark.parametrize("claimed", ["m.sticker", "m.poll.start", "m.reaction", "org.example.own"])
    def test_other_messages_pass(self, claimed: str) -> None:
        """Types that are messages, known or not, are what they say."""
        assert read(encrypted(), payload(type=claimed)).type == claimed

    @pytest.mark.parametrize("key", ["", None, ANI])
    @pytest.mark.parametrize("claimed", ["m.room.message", "org.example.own"])
    def test_a_message_that_calls_itself_state_is_a_message(self, claimed: str, key: str | None) -> None:
        """Every client shows it as one, so it must not be hidden from the record; it changes no state."""
        found = read(encrypted(), payload(type=claimed, state_key=key))
        assert (found.type, found.state_key, found.content["body"]) == (claimed, None, "secret")

    @pytest.mark.parametrize("room", ["!other", None, 5])
    def test_a_payload_for_another_room_stays_sealed(self, room: object) -> None:
        """Ciphertext carried over from another room is not read here."""
        found = read(encrypted(), payload(room_id=room))
        assert (found.sealed, found.type, found.encrypted) == ("wrong_room", "m.room.encrypted", False)
        assert "secret" not in repr(found.content)

    @pytest.mark.parametrize("inner", [{"type": 5}, {"content": "text"}, {"content": None}])
    def test_an_ill_typed_payload_means_nothing(self, inner: Json) -> None:
        """It is malformed, and stays distinguishable from "could not be decrypted"."""
        found = read(encrypted(), payload(**inner))
        assert (found.type, found.sealed, found.message_index) == (MALFORMED, None, 3)

    def test_what_cannot_be_opened_is_sealed_with_its_code(self) -> None:
        """The code and the session are kept for the retry."""
        found = read(encrypted(), Sealed("m.unverified", session_id="S"))
        assert (found.sealed, found.session_id, found.type) == ("m.unverified", "S", "m.room.encrypted")

    def test_a_defect_in_decryption_seals_one_event(self) -> None:
        """An exception while decrypting must not stop the intake of all others."""

        def broken(room_id: str, event: Json) -> Opened:
            raise IndexError

        found = Reader(US, broken).event(ROOM, msgspec.json.encode(encrypted()))
        assert found is not None
        assert found.sealed == "broken"


class TestBatch:
    def batch(self, room: Json, *, since: str | None = "s1", joined: bool = True, section: str = "join") -> Batch:
        reader = Reader(US, lambda room_id, event: Sealed("no_keys"))
        answer = reader.sync(msgspec.json.encode({"next_batch": "s2", "rooms": {section: {ROOM: room}}}))
        return reader.batch(answer, since=since, joined={ROOM} if joined else (), received=Received())

    def own_join(self, before: str | None = None) -> Json:
        unsigned = {} if before is None else {"prev_content": {"membership": before}}
        return outer(
            type="m.room.member", sender=US, state_key=US, content={"membership": "join"}, unsigned=unsigned
        )

    def window(self, *events: Json, limited: bool = True) -> Json:
        return {"timeline": {"events": list(events), "limited": limited, "prev_batch": "p7"}}

    def test_a_limited_timeline_is_a_gap_between_our_token_and_its_start(self) -> None:
        """Where nio drops `limited`, the hole is named."""
        gap = self.batch(self.window(outer())).rooms[0].gap
        assert gap is not None
        assert (gap.since, gap.until) == ("s1", "p7")
        assert self.batch(self.window(outer(), limited=False)).rooms[0].gap is None

    def test_the_first_sync_has_no_gap(self) -> None:
        """What was before the bot came is not missing."""
        assert self.batch(self.window(outer()), since=None, joined=False).rooms[0].gap is None

    @pytest.mark.parametrize("before", [None, "invite", "leave"])
    def test_our_own_arrival_has_no_gap(self, before: str | None) -> None:
        """A room that we joined within the window lacks nothing of ours."""
        assert self.batch(self.window(self.own_join(before)), joined=False).rooms[0].gap is None

    def test_a_new_display_name_is_no_arrival(self) -> None:
        """Our member event after a join of ours must not hide a gap."""
        assert self.batch(self.window(self.own_join("join")), joined=True).rooms[0].gap is not None
        assert self.batch(self.window(self.own_join("join")), joined=False).rooms[0].gap is not None

    def test_a_return_after_a_stay_outside_is_a_gap(self) -> None:
        """Removed and back within one window: events before the removal may be missing."""
        assert self.batch(self.window(self.own_join("invite")), joined=True).rooms[0].gap is not None

    def test_a_room_that_we_left_is_reported(self) -> None:
        """Our own kick comes with its events (nio gives no callback at all); its gap counts if we were in it."""
        kick = outer(type="m.room.member", state_key=US, content={"membership": "leave"})
        left = self.batch(self.window(kick), section="leave").rooms[0]
        assert (left.membership, left.timeline[0].state_key, left.gap is not None) == ("leave", US, True)
        assert self.batch(self.window(kick), section="leave", joined=False).rooms[0].gap is None

    def test_only_clear_events_are_state(self) -> None:
        """State comes from `state` and from the timeline, each event with its state key."""
        name = outer(type="m.room.name", state_key="", content={"name": "Forum"})
        room = {"state": {"events": [name, encrypted(), outer()]}, "timeline": {"events": [name, encrypted()]}}
        found = self.batch(room).rooms[0]
        assert [event.type for event in found.state] == ["m.room.name"]
        assert [event.state_key for event in found.timeline] == ["", None]

    def test_a_poisoned_event_spoils_only_itself(self) -> None:
        """Between two messages, an event that no decoder takes costs nobody else's message."""
        reader = Reader(US, lambda room_id, event: Sealed("no_keys"))
        first, last = (msgspec.json.encode(outer(event_id=name)) for name in ("$first", "$last"))
        for poison in (b'{"event_id":"\\ud800"', b'{"event_id":"$p","content":' + b"[" * 4000 + b"]" * 4000):
            body = b'{"next_batch":"s2","rooms":{"join":{"!r":{"timeline":{"events":[%s,%s},%s]}}}}}' % (
                first,
                poison,
                last,
            )
            batch = reader.batch(reader.sync(body), since="s1", joined=(), received=Received())
            found = [event for event in batch.rooms[0].timeline if event.type != MALFORMED]
            assert [event.event_id for event in found] == ["$first", "$last"]

    @pytest.mark.parametrize(
        ("end", "goes_on"), [("s5", "s5"), (None, None), ("", None), ("s9", None), ("s1", None)]
    )
    def test_a_walk_through_history_ends(self, end: str | None, goes_on: str | None) -> None:
        """Without an end, at its aim, and where the homeserver does not move on; an empty page is not the end."""
        reader = Reader(US, lambda room_id, event: Sealed("no_keys"))
        body = msgspec.json.encode({"chunk": [], "start": "s1", "end": end})
        assert reader.page(ROOM, body, since="s1", until="s9").end == goes_on

    def test_an_invitation_names_its_inviter(self) -> None:
        """The inviter is the sender of our own member event; a forged one for somebody else does not count."""
        reader = Reader(US, lambda room_id, event: Sealed("no_keys"))
        decoy = {"type": "m.room.member", "state_key": ANI, "sender": "@x:y", "content": {"membership": "invite"}}
        ours = {
            "type": "m.room.member",
            "state_key": US,
            "sender": ANI,
            "content": {"membership": "invite", "is_direct": True},
        }
        for events, expected in (([decoy, 5, ours], [(ROOM, ANI, True)]), ([decoy], []), ([], [])):
            rooms = {"invite": {ROOM: {"invite_state": {"events": events}}}}
            answer = reader.sync(msgspec.json.encode({"next_batch": "s2", "rooms": rooms}))
            batch = reader.batch(answer, since="s1", joined=(), received=Received())
            found = [(i.room_id, i.inviter, i.direct) for i in batch.invitations]
            assert found == expected

    def test_key_material_has_the_promised_shape(self) -> None:
        """Whatever the homeserver sends, the keeper of the keys gets objects and lists, and a count of 0 as 0."""
        reader = Reader(US, lambda room_id, event: Sealed("no_keys"))
        odd: Json = {"to_device": {"events": [5, {"type": "x"}]}, "device_lists": []}
        odd["device_one_time_keys_count"] = None
        assert reader.sync(msgspec.json.encode({"next_batch": "s", **odd})).keys() == {
            "to_device": {"events": [{"type": "x"}]},
            "device_lists": {"changed": [], "left": []},
        }
        even = {
            "device_one_time_keys_count": {"signed_curve25519": 0, "x": "y"},
            "device_unused_fallback_key_types": [],
            "device_lists": {"changed": [ANI, 5]},
        }
        keys = reader.sync(msgspec.json.encode({"next_batch": "s", **even})).keys()
        assert keys["device_one_time_keys_count"] == {"signed_curve25519": 0}
        assert keys["device_unused_fallback_key_types"] == []
        assert keys["device_lists"] == {"changed": [ANI], "left": []}
