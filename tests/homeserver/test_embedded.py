"""The embedded homeserver and the clients that play people on it."""

from __future__ import annotations

import asyncio
import io
import itertools
import stat
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from bridge.model.ports import MatrixError
from bridge.rehearsal.cast import Cast, MakeClient, MakeRoom, MakeUser
from bridge.rehearsal.homeserver import EmbeddedHomeserver, HomeserverFailed

pytestmark = pytest.mark.homeserver


def jpeg(colour: str = "green") -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


async def test_people_talk_in_an_encrypted_room(make_client: MakeClient, make_room: MakeRoom) -> None:
    """Texts, replies, threads and edits arrive decrypted, related as Element relates them."""
    regent, head = await make_client("regent"), await make_client("head")
    room = await make_room(regent, head)

    order = await regent.text(room, "Bersihkan pasar besok pagi")
    seen = await head.wait_for(lambda event: event.event_id == order)
    assert seen.encrypted
    assert seen.content == {"body": "Bersihkan pasar besok pagi", "m.mentions": {}, "msgtype": "m.text"}

    await head.text(room, "Siap", reply_to=order)
    reply = await regent.wait_for_text(room, "Siap", sender=head.user_id)
    assert reply.content["m.relates_to"] == {"m.in_reply_to": {"event_id": order}}

    await head.text(room, "Sudah mulai", thread=order)
    threaded = await regent.wait_for_text(room, "Sudah mulai")
    assert threaded.content["m.relates_to"]["rel_type"] == "m.thread"
    assert threaded.content["m.relates_to"]["is_falling_back"] is True

    await regent.edit(room, order, "Bersihkan pasar lusa")
    edited = await head.wait_for(lambda event: "m.new_content" in event.content)
    assert edited.content["m.new_content"]["body"] == "Bersihkan pasar lusa"
    assert edited.content["m.relates_to"] == {"event_id": order, "rel_type": "m.replace"}


async def test_a_picture_arrives_byte_for_byte(make_client: MakeClient, make_room: MakeRoom) -> None:
    """A photo goes as an encrypted attachment; without a caption its body is the file name, as in Element Web."""
    head, expert = await make_client("head"), await make_client("expert")
    room = await make_room(head, expert)
    photo = jpeg()

    plain = await head.image(room, photo, filename="pasar.jpg")
    captioned = await head.image(room, photo, filename="pasar.jpg", caption="Pasar sudah bersih")

    first = await expert.wait_for(lambda event: event.event_id == plain)
    assert first.content["body"] == "pasar.jpg"
    assert "filename" not in first.content
    assert first.content["info"] == {"h": 48, "w": 64, "mimetype": "image/jpeg", "size": len(photo)}
    assert "url" not in first.content
    assert await expert.fetch(first) == photo
    second = await expert.wait_for(lambda event: event.event_id == captioned)
    assert (second.content["body"], second.content["filename"]) == ("Pasar sudah bersih", "pasar.jpg")


async def test_reactions_are_clear_and_can_be_taken_back(make_client: MakeClient, make_room: MakeRoom) -> None:
    """A reaction is not encrypted, also in an encrypted room, and a redaction removes it."""
    regent, head = await make_client("regent"), await make_client("head")
    room = await make_room(regent, head)
    order = await regent.text(room, "Perintah")

    reaction = await head.react(room, order, "👍️")
    seen = await regent.wait_for(lambda event: event.event_id == reaction)
    assert (seen.type, seen.encrypted) == ("m.reaction", False)
    assert seen.content["m.relates_to"]["key"] == "👍️"

    await head.redact(room, reaction)
    taken_back = await regent.wait_for(lambda event: event.type == "m.room.redaction")
    assert taken_back.redacts == reaction


async def test_every_kind_of_file_arrives(make_client: MakeClient, make_room: MakeRoom) -> None:
    """Albums are separate events; videos, documents, voice messages and stickers can be fetched."""
    head, expert = await make_client("head"), await make_client("expert")
    room = await make_room(head, expert)

    album = await head.album(room, [("1.jpg", jpeg("red")), ("2.jpg", jpeg("blue"))])
    sent = {
        "m.video": await head.video(room, b"video bytes", caption="Lokasi"),
        "m.file": await head.file(room, b"%PDF", filename="surat.pdf"),
        "m.audio": await head.voice(room, b"OggS"),
    }
    sticker = await head.sticker(room, jpeg())

    assert len(set(album)) == 2
    await expert.wait_for(lambda event: event.event_id == sticker)
    arrived = {event.event_id: event for event in expert.events}
    for msgtype, event_id in sent.items():
        event = arrived[event_id]
        assert event.content["msgtype"] == msgtype
        assert await expert.fetch(event)
    seen = arrived[sticker]
    assert (seen.type, await expert.fetch(seen)) == ("m.sticker", jpeg())


async def test_rooms_are_made_as_element_makes_them(make_client: MakeClient, make_user: MakeUser) -> None:
    """Version 12, encrypted, by invitation, history shared, and the asked power levels beside the creator's own."""
    expert, regent = await make_client("expert"), await make_user("regent")
    room = await expert.create_room("Forum", levels={regent.user_id: 100}, invite=[regent.user_id])

    assert (await expert.state(room, "m.room.create"))["room_version"] == "12"
    assert (await expert.state(room, "m.room.encryption"))["algorithm"] == "m.megolm.v1.aes-sha2"
    assert (await expert.state(room, "m.room.join_rules"))["join_rule"] == "invite"
    assert (await expert.state(room, "m.room.history_visibility"))["history_visibility"] == "shared"
    assert (await expert.state(room, "m.room.power_levels"))["users"] == {regent.user_id: 100}


async def test_who_left_cannot_read_what_follows(make_client: MakeClient, make_room: MakeRoom) -> None:
    """After a removal the next message is encrypted for those who remain."""
    regent, head, guest = await make_client("regent"), await make_client("head"), await make_client("guest")
    room = await make_room(regent, head, guest)
    await regent.text(room, "Untuk semua")
    await guest.wait_for_text(room, "Untuk semua")
    first = await head.wait_for_text(room, "Untuk semua")

    await regent.kick(room, guest.user_id, "Bukan anggota")
    await regent.wait_for(lambda event: event.content.get("membership") == "leave")
    await regent.text(room, "Untuk anggota saja")
    after = await head.wait_for_text(room, "Untuk anggota saja")
    assert after.session_id != first.session_id


async def test_thirty_light_clients_share_a_room(make_client: MakeClient, make_room: MakeRoom) -> None:
    """Clients without a long poll read and are read; what came while they were idle is fetched when needed."""
    deputy = await make_client("deputy")
    staff = [await make_client(f"unit{number}", light=True) for number in range(30)]
    room = await make_room(deputy, *staff)

    order = await deputy.text(room, "Semua melapor")
    for unit in staff:
        await unit.text(room, f"Siap dari {unit.user_id}", reply_to=order)
    for unit in staff:
        assert (await deputy.wait_for_text(room, f"Siap dari {unit.user_id}")).encrypted
    assert (await staff[7].wait_for_text(room, "Semua melapor")).encrypted
    assert [event for event in deputy.events if event.sealed] == []


async def test_a_restart_keeps_everything(own_synapse: EmbeddedHomeserver, tmp_path: Path) -> None:
    """Killed and started again, the homeserver has the same address, users, rooms and pictures."""
    async with aiohttp.ClientSession() as session:
        cast = Cast(own_synapse, tmp_path / "stores", session, itertools.count())
        regent, head = await cast.client("regent"), await cast.client("head")
        room = await cast.room(regent, head)
        await regent.text(room, "Sebelum padam")
        photo = await regent.image(room, jpeg())
        await head.wait_for(lambda event: event.event_id == photo)
        address = own_synapse.url

        await own_synapse.kill()
        await own_synapse.start()

        assert own_synapse.url == address
        await regent.text(room, "Sesudah padam")
        assert (await head.wait_for_text(room, "Sesudah padam")).encrypted
        await cast.close()

        # The same device on the same keys, starting from nothing but the homeserver's copy.
        again = await Cast(own_synapse, tmp_path / "stores", session, itertools.count()).play(head.account)
        assert (await again.wait_for_text(room, "Sebelum padam")).encrypted
        seen = await again.wait_for(lambda event: event.event_id == photo)
        assert await again.fetch(seen) == jpeg()
        await again.close()


async def test_secrets_are_private_and_only_this_machine_is_served(synapse: EmbeddedHomeserver) -> None:
    """Keys, secrets and the database are readable by their owner only, and no federation API answers."""
    for name in ("signing.key", "registration.secret", "macaroon.secret", "form.secret", "homeserver.db"):
        assert stat.S_IMODE((synapse.root / name).stat().st_mode) == 0o600, name
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{synapse.url}/_matrix/federation/v1/version") as answer,
    ):
        assert answer.status == 404


async def test_a_taken_name_is_refused_with_the_servers_code(
    synapse: EmbeddedHomeserver, make_user: MakeUser
) -> None:
    """Registering a user twice raises the homeserver's own error, not a retry loop."""
    account = await make_user("ani")
    localpart = account.user_id.partition(":")[0].removeprefix("@")
    with pytest.raises(MatrixError) as refused:
        await synapse.register(localpart)
    assert refused.value.errcode == "M_USER_IN_USE"
    again = await synapse.login(localpart, account.password)
    assert (again.user_id, again.device_id != account.device_id) == (account.user_id, True)


async def test_one_process_per_data_directory(synapse: EmbeddedHomeserver, homeserver_python: Path) -> None:
    """A second homeserver on the same data is refused with a sentence instead of corrupting it."""
    with pytest.raises(HomeserverFailed, match="Another process"):
        await EmbeddedHomeserver(synapse.root, homeserver_python).start()


async def test_a_homeserver_that_cannot_start_says_why(homeserver_python: Path, tmp_path: Path) -> None:
    """When Synapse ends at once, the end of its log is in the error."""
    homeserver = EmbeddedHomeserver(tmp_path / "hs", homeserver_python, server_name="not a name!")
    with pytest.raises(HomeserverFailed, match="invalid format"):
        await homeserver.start()
    assert not homeserver.running


async def test_default_limits_apply_when_they_are_not_lifted(homeserver_python: Path, tmp_path: Path) -> None:
    """With the defaults in force thirty registrations pass, and the eleventh quick message is held back."""
    homeserver = EmbeddedHomeserver(tmp_path / "hs", homeserver_python, limits_lifted=False)
    await homeserver.start()
    try:
        accounts = [await homeserver.register(f"u{number}") for number in range(30)]
        async with aiohttp.ClientSession() as session:
            cast = Cast(homeserver, tmp_path / "stores", session, itertools.count())
            client = await cast.play(accounts[0])
            room = await client.create_room("Pelan", encrypted=False)
            path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message"
            body = {"msgtype": "m.text", "body": "x"}
            attempts = (client.wire.once("PUT", f"{path}/{number}", body) for number in range(30))
            answers = await asyncio.gather(*attempts, return_exceptions=True)
            limited = [answer for answer in answers if isinstance(answer, MatrixError)]
            assert {error.errcode for error in limited} == {"M_LIMIT_EXCEEDED"}
            assert all(error.retry_after_ms for error in limited)
            await cast.close()
    finally:
        await homeserver.stop()
