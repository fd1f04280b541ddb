"""Who is in a living room against who is listed: one member at a time it comes to what a fresh look comes to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.forum.presence import NAMED, Presence
from bridge.model.situation import MemberView
from tests.forum.beginnings import living_forty
from tests.forum.house import BOT, NOON, person, roster_of

HOUSE, UNLISTED = living_forty()
ROSTER = HOUSE.book.roster
USERS = st.sampled_from(["@kadis1:hs", "@kadis2:hs", "@wabup:hs", *UNLISTED[:6], "@tamu1:lain", BOT])
SEEN = st.lists(
    st.builds(
        MemberView, USERS, st.sampled_from(["join", "leave", "invite", "ban"]), st.sampled_from(["", "Tamu"])
    ),
    max_size=30,
)


@given(SEEN, SEEN)
def test_one_at_a_time_comes_to_the_same_as_a_fresh_look(before: list[MemberView], after: list[MemberView]) -> None:
    """Whoever comes, goes, comes back under another name, or is the bot."""
    presence = Presence(before, ROSTER, BOT, NOON)
    presence.view()
    for member in after:
        presence.see(member)
    last = {member.user: member for member in (*before, *after)}
    assert presence.view() == Presence(last.values(), ROSTER, BOT, NOON).view()


def test_more_than_can_be_read_are_counted() -> None:
    """The first by account are named, with whom they are like; the number is that of all."""
    roster = roster_of([person("kadis", "head", "dlh")])
    crowd = [MemberView(f"@orang{number:03}:hs", "join") for number in range(100)]
    view = Presence([*crowd, MemberView("@kadiss:hs", "join")], roster, BOT, NOON).view()
    assert (view.present, view.matched, view.unlisted, len(view.named)) == (101, 0, 101, NAMED)
    assert view.named[0].user == "@kadiss:hs" and view.named[0].nearest == ("Kadis Contoh",)
    assert [(one.listed, one.present) for one in view.misspelt] == [("@kadis:hs", "@kadiss:hs")]
