"""Text analysis before its turn: what messages are is worked out in a process of its own while others are decided.

Judging a text needs no situation and costs more than everything else that is done about a message. When many come
at once (a catch-up, a thirty-unit roll call), a second processor does it and the deciding thread finds the answer
ready. A message that is alone is judged where it is decided: it is not to wait for another process. Nothing rests
on this: what was not foreseen, or was forgotten, is judged in its turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import msgspec
import structlog

from bridge.forum import messages
from bridge.forum.book import Book
from bridge.forum.tagging import Judgement, Tagger, Utterance
from bridge.model.event import Batch
from bridge.model.lexicon import Lexicon

log = structlog.get_logger()

WORTH_IT = 20
"""So many messages in one response make a crowd."""

REMEMBERED = 20_000
"""Judgements kept for messages that are not decided yet; some 10 MiB at most."""


class ReadyTagger(Tagger):
    """A tagger that may have been told before what a message is; asked on the writer thread, told on the loop."""

    def __init__(self, lexicon: Lexicon, emergency_words: Sequence[str] = ()) -> None:
        super().__init__(lexicon, emergency_words)
        self.made_of = (lexicon, tuple(emergency_words))
        self._known: dict[Utterance, Judgement] = {}

    def classify(self, utterance: Utterance) -> Judgement:
        """As :meth:`Tagger.classify`, from memory where it was worked out before."""
        return self._known.pop(utterance, None) or super().classify(utterance)

    def remember(self, utterance: Utterance, judgement: Judgement) -> None:
        """Keep what was worked out elsewhere until it is asked for."""
        while len(self._known) >= REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        self._known[utterance] = judgement


class Foresight:
    """Judges the messages of a large sync response in one process beside ours, started when first needed."""

    def __init__(self, books: Callable[[], Mapping[str, Book]]) -> None:
        self._books = books
        self._helper: _Helper | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def look_at(self, batch: Batch, forums: Mapping[str, str], at: int) -> None:
        """Begin to judge what was received at ``at``; nobody waits for it. ``forums``: room id to forum id."""
        if sum(len(part.timeline) for part in batch.rooms) < WORTH_IT:
            return
        wanted: dict[ReadyTagger, list[Utterance]] = {}
        books = self._books()
        for part in batch.rooms:
            book = books.get(forums.get(part.room_id, ""))
            if book is None or not isinstance(book.tagger, ReadyTagger):
                continue
            found = (messages.foreseen(event, at, book) for event in part.timeline)
            wanted.setdefault(book.tagger, []).extend(one for one in found if one is not None)
        for tagger, utterances in wanted.items():
            task = asyncio.create_task(self._judge(tagger, utterances))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _judge(self, tagger: ReadyTagger, utterances: list[Utterance]) -> None:
        if self._helper is None or self._helper.tagger is not tagger:
            self.close()
            self._helper = _Helper(tagger)
        helper = self._helper
        try:
            judged = await asyncio.get_running_loop().run_in_executor(helper.thread, helper.ask, utterances)
        except (EOFError, OSError, RuntimeError, msgspec.MsgspecError) as error:
            # The messages are judged where they are decided; the next crowd gets a new process.
            log.warning("text analysis ended", error=str(error))
            if self._helper is helper:
                self.close()
            return
        for utterance, judgement in zip(utterances, judged, strict=True):
            tagger.remember(utterance, judgement)

    def close(self) -> None:
        """End the process; what it was doing is not missed."""
        if self._helper is not None:
            self._helper.end()
            self._helper = None


class _Helper:
    """The process, and the thread that talks with it."""

    def __init__(self, tagger: ReadyTagger) -> None:
        self.tagger = tagger
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="foresight")
        # Not forked: a copy of a process with threads and open databases is good for nothing.
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, *tagger.made_of), daemon=True)
        self._starting: Connection | None = theirs

    def ask(self, utterances: list[Utterance]) -> list[Judgement]:
        """Have utterances judged. Raises EOFError and OSError when the process has ended."""
        if self._starting is not None:
            self._process.start()
            self._starting.close()
            self._starting = None
        self._ours.send_bytes(msgspec.msgpack.encode(utterances))
        return msgspec.msgpack.decode(self._ours.recv_bytes(), type=list[Judgement])

    def end(self) -> None:
        """Close the pipe, at whose end the process ends too."""
        with contextlib.suppress(ValueError, AttributeError, AssertionError):
            self._process.terminate()
        self._ours.close()
        self.thread.shutdown(wait=False, cancel_futures=True)


def _serve(connection: Connection, lexicon: Lexicon, emergency_words: Sequence[str]) -> None:
    """The process: judges what comes down the pipe until it is closed."""
    # Who ends us is our parent, which hears of Ctrl-C itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tagger = Tagger(lexicon, emergency_words)
    with contextlib.suppress(EOFError, OSError):
        while True:
            utterances = msgspec.msgpack.decode(connection.recv_bytes(), type=list[Utterance])
            judged = [tagger.classify(utterance) for utterance in utterances]
            connection.send_bytes(msgspec.msgpack.encode(judged))
