"""What a policy says when the file says nothing, where that depends on the forum's language.

Kept as data, so that an English-speaking city finds no Indonesian word and another language is one more entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.policy.types import Kind, Language


@dataclass(frozen=True, slots=True)
class LanguageDefaults:
    """The language-dependent half of a policy of ten lines."""

    salutation: str
    letters: Mapping[Kind, str]
    emergency_hashtag: str


DEFAULTS: Mapping[Language, LanguageDefaults] = {
    "id": LanguageDefaults(
        salutation="Bapak/Ibu",
        letters={"directive": "P", "report": "L", "decision": "K", "meeting": "R", "action": "A"},
        emergency_hashtag="#darurat",
    ),
    "en": LanguageDefaults(
        salutation="colleague",
        letters={"directive": "D", "report": "R", "decision": "C", "meeting": "M", "action": "A"},
        emergency_hashtag="#emergency",
    ),
}
