"""The pulse of a running bridge, as `/healthz` shows it: measured at every question, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from bridge import __version__
from bridge.journey.decide import Decider
from bridge.journey.intake import Intake
from bridge.ledger import fetching, forums, gaps, inbox, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.web.health import Health, RoomTrouble

SYNC_STALE_MS = 120_000
"""A sync older than this is a reason to be unwell: the homeserver answers a quiet one after 30 seconds."""


async def take_pulse(
    forum: str,
    ledger: Ledger,
    clock: Clock,
    intake: Intake,
    decider: Decider,
    *,
    faults: Sequence[str] = (),
    rehearsal: bool,
    preview: bool,
) -> Health:
    """How the bridge that holds a forum is now. ``faults`` are those of its files on the disk.

    It is well as long as the homeserver answers. What else is wrong is told as a reason, and mended by people: a
    supervisor that restarts what is unwell would only restart it again.
    """
    now = clock.now()

    def look(store: Store) -> tuple[int, int, tuple[int, int], int, int, list[tuple[str, str, str]], str]:
        # One moment: what goes from one queue into the next is not to be missed between two looks.
        with store.snapshot():
            return (
                inbox.undecided(store, forum),
                inbox.failures(store, forum),
                outbox.depth(store, now, forum),
                fetching.waiting(store, forum),
                gaps.open_count(store, forum),
                rooms.degraded(store),
                forums.stage(store, forum),
            )

    waiting, failed, to_do, media, holes, trouble, stage = await ledger.read(look)
    synced = intake.last_sync
    written = max(decider.last_write, intake.last_write)
    unwell = ""
    if intake.failing:
        unwell = f"The homeserver does not answer: {intake.failing}"
    elif not synced or (not rehearsal and now - synced > SYNC_STALE_MS):
        unwell = "Nothing was heard from the homeserver for a while."
    reasons = [unwell] if unwell else []
    if failed:
        reasons.append(
            f"{failed} rows could not be decided; see tudang doctor. They are tried again at the next start."
        )
    if faults:
        reasons.append(
            "policy.yaml or roster.yaml on the disk is not in force, the version before it is; see tudang policy "
            f"check. The first of {len(faults)} is at {faults[0].split(': ')[0]}"
        )
    reasons += [f"The {kind} room does not work: {why}" for _, kind, why in trouble]
    return Health(
        ok=not unwell,
        status="unwell" if unwell else "degraded" if reasons else "well",
        reasons=tuple(reasons),
        forum=forum,
        stage=stage,
        last_sync_age=(now - synced) / 1000 if synced else None,
        last_write_age=(now - written) / 1000 if written else None,
        sync_failing=intake.failing,
        inbox=waiting,
        outbox=to_do[0],
        later=to_do[1],
        media=media,
        gaps=holes,
        failed=failed,
        degraded=tuple(RoomTrouble(*one) for one in trouble),
        now=now,
        rehearsal=rehearsal,
        preview=preview,
        version=__version__,
    )
