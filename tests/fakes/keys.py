"""The fake homeserver's key endpoints: enough to find, claim and send keys. Signatures are not judged."""

from __future__ import annotations

from copy import deepcopy

from bridge.model.event import Json
from tests.fakes.world import Refused

Device = tuple[str, str]


class Keys:
    """Device keys, one-time keys, cross-signing keys and to-device inboxes of all accounts."""

    def __init__(self) -> None:
        self.devices: dict[Device, Json] = {}
        self.one_time: dict[Device, dict[str, Json]] = {}
        self.fallback: dict[Device, dict[str, Json]] = {}
        self.cross_signing: dict[str, Json] = {}
        self.inbox: dict[Device, list[tuple[int, Json]]] = {}
        self.changes: list[str] = []
        """Users whose devices changed, in order; a position in it belongs to a sync token."""
        self._sent = 0

    def copy(self) -> Keys:
        return deepcopy(self)

    def upload(self, device: Device, body: Json) -> Json:
        """`POST /keys/upload`; a known key id with another value is 400, as on Synapse."""
        if "device_keys" in body:
            self.devices[device] = body["device_keys"]
            self.changes.append(device[0])
        held = self.one_time.setdefault(device, {})
        for key_id, key in body.get("one_time_keys", {}).items():
            if key_id in held and held[key_id] != key:
                raise Refused(400, "M_UNKNOWN", f"One time key {key_id} already exists")
            held[key_id] = key
        if body.get("fallback_keys"):
            self.fallback[device] = dict(body["fallback_keys"])
        return {"one_time_key_counts": self.counts(device)}

    def counts(self, device: Device) -> Json:
        counts: dict[str, int] = {"signed_curve25519": 0}
        for key_id in self.one_time.get(device, {}):
            algorithm = key_id.partition(":")[0]
            counts[algorithm] = counts.get(algorithm, 0) + 1
        return counts

    def query(self, body: Json) -> Json:
        devices: Json = {}
        for user_id, wanted in body.get("device_keys", {}).items():
            devices[user_id] = {
                device_id: keys
                for (owner, device_id), keys in self.devices.items()
                if owner == user_id and (not wanted or device_id in wanted)
            }
        answer: Json = {"device_keys": devices, "failures": {}}
        for usage in ("master", "self_signing"):
            answer[f"{usage}_keys"] = {
                user: keys[f"{usage}_key"]
                for user, keys in self.cross_signing.items()
                if user in devices and f"{usage}_key" in keys
            }
        return answer

    def claim(self, body: Json) -> Json:
        claimed: Json = {}
        for user_id, wanted in body.get("one_time_keys", {}).items():
            for device_id, algorithm in wanted.items():
                found = self._claim_one((user_id, device_id), algorithm)
                if found:
                    claimed.setdefault(user_id, {})[device_id] = found
        return {"one_time_keys": claimed, "failures": {}}

    def _claim_one(self, device: Device, algorithm: str) -> Json:
        held = self.one_time.get(device, {})
        for key_id in held:
            if key_id.startswith(algorithm + ":"):
                return {key_id: held.pop(key_id)}
        return {
            key_id: key
            for key_id, key in self.fallback.get(device, {}).items()
            if key_id.startswith(algorithm + ":")
        }

    def upload_cross_signing(self, user_id: str, body: Json) -> None:
        self.cross_signing[user_id] = {**self.cross_signing.get(user_id, {}), **body}
        self.changes.append(user_id)

    def upload_signatures(self, body: Json) -> Json:
        for user_id, objects in body.items():
            for key_id, signed in objects.items():
                if (user_id, key_id) in self.devices:
                    self.devices[(user_id, key_id)] = signed
            self.changes.append(user_id)
        return {"failures": {}}

    def send(self, sender: str, event_type: str, body: Json) -> None:
        """`PUT /sendToDevice`; `*` is every device of the user."""
        for user_id, messages in body.get("messages", {}).items():
            for device_id, content in messages.items():
                targets = (
                    [device for device in self.devices if device[0] == user_id]
                    if device_id == "*"
                    else [(user_id, device_id)]
                )
                for target in targets:
                    self._sent += 1
                    event = {"type": event_type, "sender": sender, "content": content}
                    self.inbox.setdefault(target, []).append((self._sent, event))

    def waiting(self, device: Device, acknowledged: int) -> tuple[list[Json], int]:
        """What the device has not acknowledged by its token, and the token's new value."""
        left = [entry for entry in self.inbox.get(device, []) if entry[0] > acknowledged]
        self.inbox[device] = left
        return [event for _, event in left], max((at for at, _ in left), default=acknowledged)
