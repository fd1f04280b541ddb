"""The sheet that a person is handed: one A5 page with account, first password, four pictures and whom to ask.

The page is drawn by typst from `sheet.typ` with the fonts that typst brings, so that the same sheet is the same
bytes on every machine; it is PDF/A-2b (unless a name needs other fonts). The QR code opens Element X with server
and account filled in (Element's "provisioning links"), or its page in the app store; the password is never in it,
because whoever scans it sends the link to mobile.element.io.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO
from typing import Literal
from urllib.parse import quote

import segno
import typst

from bridge.lang.catalogue import Catalogue, harmless

LONGEST_IN_A_STEP = 60
"""Characters of the forum's name below a picture; the whole name stands on top of the page."""
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,18}[0-9]")


class TooLong(Exception):
    """What the sheet says does not fit on one page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on it. Without ``password`` or ``phone`` there is room to write it by hand."""

    forum: str
    name: str
    account: str
    server: str
    """What Element asks for: the homeserver's name, or its address where the name does not lead to it."""
    expert: str | None = None
    password: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return f"Sheet({self.account})"


def link(sheet: Sheet) -> str:
    """The link in the QR code: Element's provisioning link for this homeserver and account."""
    server, account = quote(sheet.server, safe=""), quote(sheet.account, safe="@:")
    return f"https://mobile.element.io/element/?account_provider={server}&login_hint=mxid:{account}"


def as_phone(text: str) -> str | None:
    """A phone number as it is printed, or None for what is none."""
    number = " ".join(text.split())
    return number if _PHONE.fullmatch(number) else None


def draw(sheet: Sheet, say: Catalogue, at: datetime) -> bytes:
    """The sheet as PDF, made ``at`` that time. Raises :class:`TooLong`."""
    return _compiled(sheet, say, at, "pdf")


def picture(sheet: Sheet, say: Catalogue, *, dots_per_inch: float = 144) -> bytes:
    """The sheet as PNG, to look at. Raises :class:`TooLong`."""
    return _compiled(sheet, say, datetime(2000, 1, 1, tzinfo=UTC), "png", dots_per_inch)


def _compiled(
    sheet: Sheet, say: Catalogue, at: datetime, form: Literal["pdf", "png"], dots_per_inch: float | None = None
) -> bytes:
    template = resources.files("bridge.admin").joinpath("sheet.typ").read_bytes()
    words = json.dumps(_said(sheet, say))
    # A name in letters that typst's own fonts do not have is printed with the machine's, and a letter that no font
    # has as a box, which PDF/A does not allow.
    ways: tuple[tuple[bool, Literal["a-2b", "1.7"]], ...] = ((True, "a-2b"), (False, "a-2b"), (False, "1.7"))
    for only_own, standard in ways:
        try:
            made = typst.compile(
                template,
                format=form,
                ignore_system_fonts=only_own,
                sys_inputs={"sheet": words},
                timestamp=int(at.timestamp()),
                pdf_standards=standard if form == "pdf" else None,
                ppi=dots_per_inch,
            )
        except typst.TypstError as error:
            if "could not be displayed" in str(error):
                continue
            # The error is not passed on as it is: its trace may quote the sheet.
            if "more than one page" in str(error):
                raise TooLong from None
            break
        if not isinstance(made, bytes):
            raise TooLong
        return made
    raise RuntimeError("the sheet's template is broken")


def _said(sheet: Sheet, say: Catalogue) -> dict[str, object]:
    forum, name = harmless(sheet.forum), harmless(sheet.name)
    # Two stars make a part of a step's text strong, wherever they come from.
    short = textwrap.shorten(forum.replace("**", "*"), LONGEST_IN_A_STEP, placeholder="…")
    named = {"forum": re.sub(r"\W+…$", "…", short)}
    steps: Sequence[str] = [
        say.say(key, **{field: named[field] for field in say.fields(key)}).plain
        for key in ("sheet.step1", "sheet.step2", "sheet.step3", "sheet.step4")
    ]
    expert = sheet.expert and say.say("sheet.help_who", expert=sheet.expert).plain
    plain = ("account", "server", "password", "password_help", "password_hand", "scan", "help", "phone", "secret")
    return {
        "language": say.lang,
        "title": say.say("sheet.title").plain,
        "forum": forum,
        "name": name,
        "greeting": say.say("sheet.greeting", name=name).plain,
        "intro": say.say("sheet.intro").plain,
        "account": sheet.account,
        "server": sheet.server,
        "password": sheet.password,
        "link": link(sheet),
        "qr": _code(link(sheet)),
        "steps": steps,
        "help": expert or say.say("sheet.help_any").plain,
        "phone": sheet.phone,
        "labels": {key: say.say(f"sheet.{key}").plain for key in plain},
    }


def _code(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG; medium error correction, so that a fold or a stain does not end it."""
    out = BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True, dark="#000000")
    return out.getvalue().decode()
