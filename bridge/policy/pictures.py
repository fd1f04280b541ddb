"""What is looked for in photos and videos beside whether they can be opened, as an admin writes it.

Each check says what follows when it finds something: `off`, nothing; `note`, it stands in the record; `hold`,
people look at the picture before it counts; `refuse`, it does not count, and the sender is asked for another.
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bridge.policy.places import NamedPlace
from bridge.policy.section import Section
from bridge.policy.types import AreaOrFile, Duration, Whole

Level = Literal["off", "note", "hold", "refuse"]
"""What follows when a check finds something."""

Looked = Literal["off", "note", "hold"]
"""The same where there is nothing that could be refused."""

Noted = Literal["off", "note"]
"""The same where nothing speaks against the file."""

Withheld = Literal["off", "refuse"]
"""The same where there is no file that could be looked at or noted."""


class Checks(Section):
    """What is looked for in photos and videos, and what follows: off, note, hold or refuse."""

    blank: Level = Field(default="refuse", description="Nearly one colour, as of a covered lens.")
    dark: Level = Field(default="note", description="So dark or plain that little can be seen.")
    small: Level = Field(default="hold", description="A long edge below `long_edge`.")
    screenshot: Level = Field(default="hold", description="Looks like a picture of a screen.")
    ai_marked: Level = Field(default="hold", description="Says itself that it was made by a generator.")
    edited: Level = Field(default="note", description="Says itself that a program edited it.")
    signed: Noted = Field(
        default="note", description="Carries a signed statement (C2PA) that fits it; who signed is not looked up."
    )
    seal_broken: Level = Field(
        default="note", description="Carries such a statement that does not fit it: changed after it was signed."
    )
    old: Level = Field(default="note", description="Taken longer ago than `old_after`, by the camera's clock.")
    future: Level = Field(default="note", description="Taken after it was sent, by the camera's clock.")
    outside: Level = Field(default="note", description="Taken outside `area`, by the place written in the file.")
    far: Level = Field(
        default="hold",
        description="By its own file taken further than `far_km` from the place that the report or order names.",
    )
    unplaced: Looked = Field(
        default="note", description="A place is named, and the file does not say where it was taken."
    )
    similar: Level = Field(default="hold", description="The same picture as in another report, though changed.")
    aligned: Level = Field(
        default="hold",
        description="Lies exactly upon an earlier picture of the same task, but for one part that changed.",
    )
    resembling: Level = Field(
        default="note", description="Near to a picture in another report, not quite the same."
    )
    forwarded: Level = Field(default="note", description="Passed on from another chat.")
    macros: Level = Field(default="note", description="A document that holds small programs (macros, scripts).")
    duplicate: Level = Field(default="refuse", description="The very file of another report.")
    together: Level = Field(
        default="hold",
        description="The very file of another unit for one order on one day, or of that day.",
    )
    view_once: Withheld = Field(
        default="refuse",
        description="Sent so that it is seen once and never arrives here; off: like any file that did not arrive.",
    )
    replaced: Looked = Field(default="hold", description="Another file put in the place of one that counted.")
    long_edge: Whole = Field(default=640, description="What the long edge of a photo should be, in pixels.")
    old_after: Duration = Field(default=timedelta(hours=48), description="How old a photo may be when it is sent.")
    same_distance: Whole = Field(
        default=31, description="Up to so many of 256 different bits two pictures are the same; at most 31."
    )
    resembling_distance: Whole = Field(
        default=60, description="Up to so many different bits they resemble each other; at most 60."
    )
    aligned_kept: Whole = Field(
        default=80,
        description="At least so many percent of such a picture are as they were; 60 to 95.",
    )
    area: AreaOrFile = Field(
        default=(),
        description="Corners of the area, each as [latitude, longitude], or the name of a GeoJSON file beside the"
        " policy; empty for no such check.",
    )
    far_km: Whole = Field(default=10, description="So many kilometres beyond a place are far from it.")
    places: tuple[NamedPlace, ...] = Field(
        default=(), description="Places that orders and reports name; empty for no such check."
    )
