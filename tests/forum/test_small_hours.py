"""An order given after midnight says "tomorrow": which day is meant is asked, and nobody is late by a guess."""

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import views
from bridge.model.effects import Say
from bridge.model.situation import DirectiveView
from tests.forum.desk import Desk

ASKED = "directive.which_day"


def order(desk: Desk) -> DirectiveView:
    found = views.directive(desk.store, "uji", "P-1")
    assert found is not None
    return found


def at_hour(desk: Desk, hour: float) -> None:
    local = desk.book.local(desk.clock.now())
    desk.move(hours=(hour - local.hour - local.minute / 60) % 24)


def days_ahead(desk: Desk) -> int:
    due = order(desk).due
    assert due is not None
    return (desk.book.local(due).date() - desk.book.local(desk.clock.now()).date()).days


@pytest.mark.parametrize("hour", [0.1, 3.9])
def test_tomorrow_after_midnight_is_asked_and_taken_late(desk: Desk, hour: float) -> None:
    """The issuer is asked once, without ringing; the card says that the time is a reading; the later day counts."""
    at_hour(desk, hour)
    desk.say("bupati", "Mohon Dinas PUPR laporkan drainase paling lambat besok jam 10.00")
    (said,) = [one for one in desk.effects(Say) if one.key == ASKED]
    assert (said.rings, said.values["number"]) == (False, "P-1")
    assert days_ahead(desk) == 1
    assert "card.due_assumed" in [line.key for line in directive_card(order(desk), desk.book)]


def test_the_answer_settles_it(desk: Desk) -> None:
    """Told which day, the card says the time as it was set."""
    at_hour(desk, 1)
    desk.say("bupati", "Mohon Dinas PUPR laporkan drainase paling lambat besok jam 10.00")
    desk.say("bupati", "!batas P-1 hari ini jam 10.00")
    assert days_ahead(desk) == 0
    assert "card.due" in [line.key for line in directive_card(order(desk), desk.book)]


@pytest.mark.parametrize(("hour", "when"), [(4.1, "besok"), (23.5, "besok"), (1, "hari ini"), (1, "Senin")])
def test_nothing_else_is_asked(desk: Desk, hour: float, when: str) -> None:
    """By day "tomorrow" is clear, and at night every other day is."""
    at_hour(desk, hour)
    desk.say("bupati", f"Mohon Dinas PUPR laporkan drainase paling lambat {when} jam 10.00")
    assert order(desk).due is not None
    assert ASKED not in desk.heard()
