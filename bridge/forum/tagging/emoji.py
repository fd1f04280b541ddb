"""Emoji by what people mean with them in a forum of officials."""

from __future__ import annotations

_GROUPS = (
    ("yes", "👍👌✅✔☑🆗🙆💯🤝"),
    ("ready", "🙏💪🫡🙋✊👊🤲"),
    ("praise", "👏🔥⭐🌟🏆🥇❤💖💙💚🧡💛🤩👑"),
    ("no", "👎❌🚫⛔✖🙅"),
    ("laugh", "😂🤣😁😄😆😅😜😝🤪😹😀😃😎😋"),
    ("smile", "😊🙂☺😇🥰😍😘🤗😉"),
    ("sad", "😢😭😔🥺💔😞🙁☹"),
    ("party", "🎂🎉🎊🥳🎁🎈🌹💐🎄🎆"),
    ("alarm", "🚨🆘⚠"),
    ("angry", "😡😠🤬"),
)


def group_of(signs: str) -> str:
    """The first group that one of the signs belongs to; a typed face (":)") laughs; else `other`."""
    if signs[0] in ":;":
        return "laugh"
    for name, members in _GROUPS:
        if any(sign in members for sign in signs):
            return name
    return "other"
