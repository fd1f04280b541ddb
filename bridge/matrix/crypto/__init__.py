"""End-to-end encryption on vodozemac: :class:`Machine` implements :class:`bridge.matrix.sealing.Sealing`.

A message's way in: `machine` (one sync response, one write) -> `channels` (Olm) -> `inbound` (room keys, events).
A message's way out: `outbound` (room sessions) -> `devices` (who reads) -> `channels`. `account` is our own device,
`vault` how all of it is stored, `signing` canonical JSON. Cross-signing is in :mod:`bridge.matrix.trust`.
"""

from bridge.matrix.crypto.machine import Machine
from bridge.model.ports import DeviceLost

__all__ = ["DeviceLost", "Machine"]
