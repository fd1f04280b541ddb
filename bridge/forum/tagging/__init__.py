"""The tagger: what a message is, from who says it, what it answers, what hangs on it, and its words.

Pure: no I/O, no clock. `classify` is the way in; `Tagger` is the same for whoever judges many messages.
"""

from bridge.forum.tagging.tagger import SURE, Tagger, classify, emergency
from bridge.forum.tagging.types import MEDIA, ROLES, Answered, Judgement, Utterance

__all__ = ["MEDIA", "ROLES", "SURE", "Answered", "Judgement", "Tagger", "Utterance", "classify", "emergency"]
