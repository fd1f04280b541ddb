"""Errands: how each kind of effect is done, and how it is found out whether it was done already.

What the bot says is in :mod:`bridge.journey.messages`, what it does to people and rooms in
:mod:`bridge.journey.deeds`; what is known of earlier tries in :mod:`bridge.journey.tries`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.forum.book import Book
from bridge.journey.bundles import BundlePost, Export
from bridge.journey.comparing import Comparison, Draw, nothing_drawn
from bridge.journey.deeds import Deeds
from bridge.journey.house_pictures import HousePictures, Paint, nothing_painted
from bridge.journey.messages import Message, Messages
from bridge.journey.shown import AdoptionLines
from bridge.journey.tries import Done, Tries
from bridge.journey.upgrades import Upgrades
from bridge.journey.words import Speaker
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.model.clock import Clock
from bridge.model.effects import Decline, Deed, Discard, Follow, Join, Link, PostBundle, ShowPictures
from bridge.model.ports import Forbidden, Homeserver, NotFound, Unreachable


class Errands:
    """Does one errand at a time for whoever schedules them.

    Raises MatrixError kinds and :class:`bridge.journey.tries.Later`.

    ``discard`` removes the files of destroyed contents, ``draw`` draws archived pictures side by side,
    ``paint`` the picture of the welcome in a language.

    ``bundles`` writes a sealed week as a file; ``public_url`` is where people reach the web page, for links to it.

    ``personal`` speaks to a person (by id) alone, in their language; without it as ``speaker`` does.

    ``rounds`` is how many sync responses were taken in since the start.
    """

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
        personal: Callable[[str], Speaker] | None = None,
        bundles: Export,
        adoption: AdoptionLines,
        discard: Callable[[Discard], Awaitable[None]],
        upgrades: Upgrades,
        rounds: Callable[[], int],
        draw: Draw = nothing_drawn,
        paint: Paint = nothing_painted,
        public_url: str | None = None,
    ) -> None:
        self._homeserver = homeserver
        self._tries = Tries(ledger, homeserver, clock, rounds=rounds)
        self._messages = Messages(
            ledger,
            homeserver,
            clock,
            self._tries,
            books=books,
            speaker=speaker,
            personal=personal,
            adoption=adoption,
            pictures=HousePictures(ledger, homeserver, paint),
        )
        self._deeds = Deeds(ledger, homeserver, clock, self._tries)
        self._bundles = BundlePost(
            ledger, homeserver, clock, export=bundles, books=books, speaker=speaker, public_url=public_url
        )
        self._comparison = Comparison(ledger, homeserver, self._tries, draw=draw, books=books, speaker=speaker)
        self._discard = discard
        self._upgrades = upgrades

    async def do(self, errand: Errand) -> Done:
        """Carry an errand out, or find that it is done."""
        try:
            done = await self._do(errand)
        except Unreachable:
            self._tries.unanswered(errand)
            raise
        self._tries.answered(errand)
        return done

    async def _do(self, errand: Errand) -> Done:
        effect = errand.effect
        if isinstance(effect, Message):
            return await self._messages.send(errand, effect)
        if isinstance(effect, Deed):
            return await self._deeds.carry_out(errand, effect)
        if isinstance(effect, Join):
            await self._homeserver.join(effect.room)
            return Done()
        if isinstance(effect, Decline):
            return await self._decline(effect)
        if isinstance(effect, Follow):
            return Done(detail=await self._upgrades.follow(errand.forum, effect))
        if isinstance(effect, Link):
            return Done(detail=await self._upgrades.link(effect))
        if isinstance(effect, Discard):
            await self._discard(effect)
            return Done()
        if isinstance(effect, ShowPictures):
            return await self._comparison.show(errand, effect)
        return await self._bundle(errand, effect)

    async def _decline(self, effect: Decline) -> Done:
        try:
            await self._homeserver.leave(effect.room)
        except (Forbidden, NotFound):
            # We are not there (any more), which is what was wanted.
            return Done(already=True)
        return Done()

    async def _bundle(self, errand: Errand, effect: PostBundle) -> Done:
        if await self._tries.stands_already(errand, effect.room):
            return Done(already=True)
        return Done(event=await self._bundles.post(errand, effect))
