"""What the tagger is asked and what it answers."""

from __future__ import annotations

import msgspec

from bridge.model.lexicon import LABELS

DIRECTIVE, REPORT, DECISION, ACKNOWLEDGEMENT, QUESTION, CHATTER = LABELS
UNSURE = "unsure"

ROLES = frozenset(
    ["leader", "deputy", "secretary", "head", "subdistrict_head", "staff", "expert", "auditor", "guest", "unknown"]
)
"""The sender's role by the roster, at the time of receiving; `staff`, in files, is who works for a head."""

MEDIA = frozenset(["none", "image", "video", "audio", "file", "sticker", "gif"])
"""What hangs on a message. `document` is another name of `file`."""


class Answered(msgspec.Struct, frozen=True):
    """The message that an utterance answers: its author's role, its label (also `unsure`), its text."""

    author_role: str
    label: str
    text: str = ""


class Utterance(msgspec.Struct, frozen=True):
    """One message as the tagger sees it. Hashtags are found in the text; a caption is the text."""

    text: str
    author_role: str
    media: str = "none"
    reply_to: Answered | None = None


class Judgement(msgspec.Struct, frozen=True):
    """What a message is.

    `label` is one of `LABELS` or `unsure`; `confidence` lies between 0 and 1 and is that of the likeliest label
    even if the answer is `unsure`; `why` is a sentence for an admin; `emergency` holds the matched emergency
    words or tag and is empty when there is none.
    """

    label: str
    confidence: float
    why: str
    emergency: tuple[str, ...] = ()
    said: bool = False
    """The sender named the label himself, with a hashtag."""
