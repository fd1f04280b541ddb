"""Orders that their authors edit: the card shows it, whoever owes is told once, both versions are kept."""

from __future__ import annotations

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.event import Trust
from tests.forum.desk import Desk, user

ORDER = "DLH dan PUPR, bersihkan saluran di pasar, paling lambat besok jam 10.00"
SOONER = "DLH, PUPR dan Dinkes, bersihkan saluran di pasar, paling lambat hari ini jam 16.00"


def revisions(desk: Desk) -> list[Say]:
    """What the addressees were told of edits."""
    return [say for say in desk.effects(Say) if say.key.startswith("directive.revised")]


def tasks(desk: Desk) -> dict[str, str]:
    """Units and the state of their task."""
    return {task.unit: task.state for task in desk.facts(f.Task)}


def test_a_revised_order_has_new_words_time_and_units(desk: Desk) -> None:
    """One unit more, an earlier time: who owes hears it once, with the words that hold now."""
    order = desk.say("wabup", ORDER)
    before = desk.facts(f.Directive)[0].due
    desk.edit("wabup", order, SOONER)
    (change,) = desk.facts(f.DirectiveChanged)
    assert (change.state, change.text) == ("revised", SOONER)
    assert before is not None and change.due is not None and change.due < before
    assert tasks(desk) == {"dlh": "open", "pupr": "open", "kesehatan": "open"}
    assert revisions(desk) == []
    desk.move(minutes=2)
    (said,) = revisions(desk)
    assert said.values["text"] == SOONER
    assert set(said.mentions) == {user("dlh-1"), user("pupr-1"), user("kes-1")}
    directive = views.directive(desk.store, "uji", "P-1")
    assert directive is not None
    lines = {line.key: line.values for line in directive_card(directive, desk.book)}
    assert lines["card.text"] == {"text": SOONER}
    assert "card.revised" in lines
    assert "Dinkes" in lines["card.to"]["units"]  # type: ignore[operator]


def test_mending_several_words_is_told_once(desk: Desk) -> None:
    """Whoever edits three times in a minute disturbs nobody three times."""
    order = desk.say("wabup", ORDER)
    for words in ("bersihkan saluran air", "bersihkan saluran dan parit", "bersihkan semua saluran"):
        desk.edit("wabup", order, ORDER.replace("bersihkan saluran", words))
        desk.move(minutes=0.2)
    desk.move(minutes=2)
    (said,) = revisions(desk)
    assert "semua saluran" in str(said.values["text"])


def test_a_unit_that_is_left_out_owes_nothing_more(desk: Desk) -> None:
    """And is not rung for it."""
    order = desk.say("wabup", ORDER)
    desk.edit("wabup", order, ORDER.replace("DLH dan PUPR", "DLH"))
    desk.move(minutes=2)
    assert tasks(desk) == {"dlh": "open", "pupr": "cancelled"}
    assert revisions(desk)[0].mentions == (user("dlh-1"),)


def test_what_was_settled_by_command_stays_when_the_edit_leaves_it_alone(desk: Desk) -> None:
    """A due time set by command is not undone by mending a word."""
    order = desk.say("wabup", ORDER)
    desk.say("wabup", "!batas P-1 lusa jam 09.00")
    settled = desk.facts(f.DirectiveChanged)[-1].due
    desk.edit("wabup", order, ORDER.replace("saluran", "selokan"))
    assert desk.facts(f.DirectiveChanged)[-1].due is None
    view = views.directive(desk.store, "uji", "P-1")
    assert view is not None and view.due == settled


def test_a_later_time_opens_what_was_late(desk: Desk) -> None:
    """The old time counts no more."""
    order = desk.say("wabup", ORDER)
    desk.move(hours=30)
    assert tasks(desk) == {"dlh": "late", "pupr": "late"}
    desk.edit("wabup", order, ORDER.replace("besok jam 10.00", "lusa jam 10.00"))
    assert tasks(desk) == {"dlh": "open", "pupr": "open"}


@pytest.mark.parametrize("clear", [True, False])
def test_an_edit_that_cannot_be_trusted_revises_nothing(desk: Desk, clear: bool) -> None:
    """In clear, or by another's session."""
    order = desk.say("wabup", ORDER)
    desk.edit("wabup", order, SOONER, encrypted=not clear, trust=Trust.CLEAR if clear else Trust.MISMATCH)
    assert not desk.facts(f.DirectiveChanged)
    assert tasks(desk) == {"dlh": "open", "pupr": "open"}


def test_an_order_that_waits_to_be_confirmed_is_told_when_it_is(desk: Desk) -> None:
    """A cancelled one is not brought back by an edit."""
    order = desk.say("wabup", ORDER)
    desk.say("wabup", "!cabut P-1")
    desk.edit("wabup", order, SOONER)
    desk.move(minutes=2)
    assert revisions(desk) == []
    assert set(tasks(desk).values()) == {"cancelled"}


def test_a_unit_that_a_reply_took_out_is_not_brought_back(desk: Desk) -> None:
    """Mending a word elsewhere leaves what was settled by reply."""
    order = desk.say("wabup", ORDER)
    desk.say("wabup", "kecuali PUPR", reply_to=order)
    assert tasks(desk) == {"dlh": "open", "pupr": "cancelled"}
    desk.edit("wabup", order, ORDER.replace("saluran", "selokan"))
    assert tasks(desk) == {"dlh": "open", "pupr": "cancelled"}


ALL = "Seluruh OPD dan kecamatan, bersihkan kantor masing-masing, paling lambat besok jam 10.00"


def to_all(desk: Desk) -> bool:
    view = views.directive(desk.store, "uji", "P-1")
    assert view is not None
    return view.to_all


def test_an_order_to_some_becomes_one_to_all_and_back(desk: Desk) -> None:
    """The card counts units then, and names them again."""
    order = desk.say("wabup", ALL.replace("Seluruh OPD dan kecamatan", "DLH dan PUPR"))
    assert not to_all(desk)
    desk.edit("wabup", order, ALL)
    assert to_all(desk)
    assert {unit for unit, state in tasks(desk).items() if state == "open"} >= {"dlh", "citta", "setda"}
    desk.edit("wabup", order, ALL.replace("Seluruh OPD dan kecamatan", "DLH dan PUPR"))
    assert not to_all(desk)
    assert {unit for unit, state in tasks(desk).items() if state == "open"} == {"dlh", "pupr"}
    readdressed = desk.facts(f.Readdressed)
    assert [fact.to_all for fact in readdressed] == [True, False]
    assert set(readdressed[1].removed) == set(readdressed[0].added)


def test_a_new_time_that_is_unclear_is_not_taken_for_certain(desk: Desk) -> None:
    """After midnight "tomorrow" is asked for, as for a fresh order; the card says that it is a guess."""
    order = desk.say("wabup", ORDER)
    desk.move(hours=18)
    desk.edit("wabup", order, ORDER.replace("besok jam 10.00", "besok jam 15.00"))
    view = views.directive(desk.store, "uji", "P-1")
    assert view is not None
    assert not view.due_certain
    assert "card.due_assumed" in [line.key for line in directive_card(view, desk.book)]
    assert [say.key for say in desk.said()].count("directive.which_day") == 1


@pytest.mark.parametrize(
    ("before", "after", "wants", "card", "line"),
    [
        ("", ", wajib video", "video", "card.how_video", "directive.report_video"),
        ("", ", cukup dokumen", "document", "card.how_document", "directive.report_document"),
        ("", ", tanpa foto", "none", "card.how_words", "directive.report_none"),
        (", wajib video", "", "media", "card.how", "directive.report_media"),
    ],
)
def test_an_edit_says_anew_what_a_report_must_carry(
    desk: Desk, before: str, after: str, wants: str, card: str, line: str
) -> None:
    """The card shows it, whoever owes reads it with the new words, once."""
    order = desk.say("wabup", ORDER + before)
    desk.edit("wabup", order, ORDER + after)
    desk.move(minutes=2)
    view = views.directive(desk.store, "uji", "P-1")
    assert view is not None and view.evidence == wants
    assert card in [one.key for one in directive_card(view, desk.book)]
    (said,) = revisions(desk)
    assert [one.key for one in said.lines] == [line]
    assert not [key for key in desk.heard() if key.startswith("directive.wants")]
    assert [fact.evidence for fact in desk.facts(f.DirectiveChanged) if fact.evidence] == [wants]


def test_what_is_done_stays_done_when_more_is_asked_for(desk: Desk) -> None:
    """An accepted task and a reported one; only the next report needs the video."""
    order = desk.say("wabup", ORDER.replace("DLH dan PUPR", "DLH, PUPR dan Dinkes"))
    for person in ("dlh-1", "pupr-1"):
        desk.judge(desk.photo(person, caption="Izin melaporkan P-1, saluran sudah bersih"))
    report = desk.facts(f.Report)[0]
    desk.react("wabup", report.event, "👍")
    desk.edit("wabup", order, ORDER.replace("DLH dan PUPR", "DLH, PUPR dan Dinkes") + ", wajib video")
    assert tasks(desk) == {"dlh": "accepted", "pupr": "reported", "kesehatan": "open"}
    desk.judge(desk.photo("kes-1", caption="Izin melaporkan P-1, saluran sudah bersih"))
    assert desk.task("P-1", "kesehatan") == "acknowledged"


def test_a_report_that_waits_for_a_photo_counts_when_an_edit_asks_for_none(desk: Desk) -> None:
    """What a reply settled stays where the edit says nothing new of it."""
    order = desk.say("wabup", ORDER)
    desk.say("dlh-1", "Izin melaporkan P-1, saluran sudah bersih")
    assert desk.report("L-1") == "waiting"
    desk.edit("wabup", order, f"{ORDER}, tanpa foto")
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    desk.say("wabup", "wajib video", reply_to=order)
    desk.edit("wabup", order, f"{ORDER} pagi, tanpa foto")
    view = views.directive(desk.store, "uji", "P-1")
    assert view is not None and view.evidence == "video"
