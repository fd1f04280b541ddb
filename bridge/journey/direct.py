"""Which of several direct chats with a person private words go to, and when another one is offered. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.ledger.rooms import DirectChat

OFFER_PAUSE_MS = 24 * 3600 * 1000
"""Whoever leaves the direct chat or declines it is invited to another one, but not more than once in this time."""


def best_chat(chats: Sequence[DirectChat], users: Sequence[str], own: str) -> str | None:
    """The room to wait in, or to speak in if it is private; None when there is none to wait for.

    Where exactly the two are comes first, then where the person is asked to be. A clear chat is none, one with a
    third member is none, and one that all accounts of the person have left is none. A chat whose state was not read
    yet may turn out to be the right one.
    """

    def order(chat: DirectChat) -> tuple[bool, bool, bool]:
        alone = len(chat.joined) == 2 and chat.joined <= {*users, own}
        return not (alone and chat.encrypted), chat.joined.isdisjoint(users), chat.maker is None

    open_ones = [
        chat
        for chat in chats
        if chat.maker is None
        or (chat.encrypted and not chat.crowded and not (chat.joined | chat.invited).isdisjoint(users))
    ]
    return min(open_ones, key=order).room if open_ones else None


def next_offer(chats: Sequence[DirectChat], own: str, now: int) -> int:
    """When the person may be invited to another chat (ms): at once if we made none of late."""
    newest = max((chat.made for chat in chats if chat.maker == own), default=None)
    # A homeserver whose clock is ahead of ours must not put it off for longer.
    return now if newest is None or newest > now else max(now, newest + OFFER_PAUSE_MS)
