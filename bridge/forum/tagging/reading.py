"""What a text says, as *marks*: small findings such as "claims that something is done" or "asks".

A mark carries the words it was found in, for the explanation. Marks know nothing of who speaks, what is answered
or what hangs on the message; that is weighed in `weighing.py`.
"""

from __future__ import annotations

from bridge.forum.tagging.page import Page, Reading
from bridge.forum.tagging.vocabulary import Vocabulary
from bridge.model.lexicon import Lexicon

__all__ = ["Reader", "Reading"]


class Reader:
    """Reads texts by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._vocabulary = Vocabulary(lexicon)

    def read(self, text: str) -> Reading:
        """The marks of `text`."""
        language, tokens = self._vocabulary.normaliser.tokens(text)
        return Page(self._vocabulary, self._vocabulary.forms[language], tokens).reading()
