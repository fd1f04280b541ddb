"""What an order asks a report to carry, orders in a leader's name, and evidence that is to follow."""

from __future__ import annotations

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.situation import DirectiveView
from tests.forum.desk import CONTROL, Desk, policy_text, roster_text, user

RELAY = "A.n. Bapak Bupati: PUPR segera perbaiki jalan Citta"


def _order(desk: Desk) -> DirectiveView:
    order = views.directive(desk.store, "uji", "P-1")
    assert order is not None
    return order


def _on_card(desk: Desk) -> set[str]:
    return {line.key for line in directive_card(_order(desk), desk.book)}


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        (RELAY, "bupati"),
        ("Arahan Pak Wabup, DLH segera angkut sampah pasar hari ini", "wabup"),
        ("Disposisi Wakil Bupati: DLH segera angkut sampah pasar", "wabup"),
        ("Bupati meminta DLH segera mengangkut sampah pasar hari ini", "bupati"),
        ("DLH segera angkut sampah pasar, Bupati akan datang besok", ""),
        ("Arahan Sekda: DLH segera angkut sampah pasar", ""),
    ],
)
def test_the_secretary_passes_orders_on_in_a_leaders_name(desk: Desk, words: str, whose: str) -> None:
    """It binds at once; record and card say in whose name. One's own title is nobody else's name."""
    desk.say("sekda", words)
    (order,) = desk.facts(f.Directive)
    assert (order.person, order.on_behalf, order.confirmed) == ("sekda", whose, True)
    assert ("card.on_behalf" in _on_card(desk)) == bool(whose)


def test_the_right_to_relay_is_given_by_the_policy(desk: Desk) -> None:
    """An expert whom the policy trusts need not be confirmed when he names whose order it is; nobody else."""
    desk.files(policy=policy_text("rights:\n  relay: [ahli-1]\n"))
    desk.say("ahli-1", RELAY)
    desk.say("ahli-2", RELAY)
    assert [(order.on_behalf, order.confirmed) for order in desk.facts(f.Directive)] == [
        ("bupati", True),
        ("bupati", False),
    ]
    assert desk.heard(CONTROL) == ["doubt.unconfirmed"]


@pytest.mark.parametrize("tap", ["🚫", "👎", "↩️"])
@pytest.mark.parametrize("on_card", [False, True])
def test_the_leader_takes_back_with_one_reaction_what_was_given_in_their_name(
    desk: Desk, tap: str, on_card: bool
) -> None:
    """On the order or on its card; whoever passed it on hears it."""
    event = desk.say("sekda", RELAY)
    desk.deliver()
    card = desk.store.one("SELECT event FROM posted WHERE ref = 'P-1.card'")
    assert card is not None
    desk.react("wabup", card[0] if on_card else event, "👎")
    assert _order(desk).state == "open"
    desk.react("bupati", card[0] if on_card else event, tap)
    assert _order(desk).state == "cancelled"
    assert desk.task("P-1", "pupr") == "cancelled"
    assert desk.facts(f.DirectiveChanged)[-1].by == "bupati"
    (said,) = [say for say in desk.said() if say.key == "relay.taken_back"]
    assert said.mentions == (user("sekda"),)


def test_the_leader_takes_it_back_by_a_word(desk: Desk) -> None:
    """The command that takes an order back is open to the leader in whose name it was given, and to no other."""
    desk.say("sekda", RELAY)
    desk.say("wabup", "!tarik P-1")
    assert _order(desk).state == "open"
    desk.say("bupati", "!tarik P-1")
    assert _order(desk).state == "cancelled"


@pytest.mark.parametrize(
    "words",
    ["DLH cek TPA dan laporkan, tanpa foto", "DLH cek TPA segera dan laporkan, cukup teks"],
)
def test_an_order_may_ask_for_no_photo(desk: Desk, words: str) -> None:
    """Then a report counts by its words, nobody is asked for a photo, and the card says so."""
    desk.say("wabup", words)
    assert "card.how_words" in _on_card(desk)
    desk.say("dlh-1", "Lapor P-1, TPA sudah dicek, aman")
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    desk.move(hours=3)
    assert "report.ask_evidence" not in desk.heard()


def test_an_order_may_allow_nil_reports_where_the_policy_does_not(desk: Desk) -> None:
    """Where nothing is to be seen there is no photo of it, if the order says that this is to be reported."""
    desk.files(policy=policy_text("evidence:\n  nil_reports: false\n"))
    desk.say("wabup", "DLH pantau TPA malam ini dan laporkan")
    desk.say("dlh-1", "Lapor P-1, nihil kejadian")
    assert desk.report("L-1") == "waiting"
    desk.say("wabup", "DLH pantau TPA malam ini, nihil tetap dilaporkan")
    desk.say("dlh-1", "Lapor P-2, nihil kejadian")
    assert desk.report("L-2") == "reported"


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("Lapor P-1, sampah sudah diangkut, dokumentasi menyusul", 6),
        ("Lapor P-1, sampah sudah diangkut, foto menyusul jam 15.00", 8),
        ("Report P-1, the rubbish is cleared, photos to follow", 6),
    ],
)
def test_evidence_that_is_to_follow_is_waited_for(desk: Desk, words: str, hours: int) -> None:
    """Until the time that is said, or the policy's; asked for once, shortly before, and not after ten minutes."""
    desk.say("wabup", "DLH angkut sampah pasar")
    desk.say("dlh-1", words)
    desk.move(hours=hours - 0.6)
    assert "report.ask_evidence" not in desk.heard()
    desk.move(minutes=10)
    assert desk.heard().count("report.ask_evidence") == 1
    assert desk.report("L-1") == "waiting"
    desk.photo("dlh-1", judged=True)
    assert (desk.report("L-1"), desk.task("P-1", "dlh")) == ("reported", "reported")
    desk.move(hours=2)
    assert desk.heard().count("report.ask_evidence") == 1


def test_evidence_that_never_follows_leaves_the_report_incomplete(desk: Desk) -> None:
    """A promise is no proof: after its time the report is incomplete, as any other."""
    desk.say("wabup", "DLH angkut sampah pasar")
    desk.say("dlh-1", "Lapor P-1, sampah sudah diangkut, dokumentasi menyusul")
    desk.move(hours=5.9)
    assert desk.report("L-1") == "waiting"
    desk.move(hours=0.2)
    assert desk.report("L-1") == "incomplete"


COLLEAGUE = """\
  - {id: dlh-2, name: "Dlh Dua", identifiers: [{matrix: "@dlh-2:desk"}]}
offices:
  - {person: dlh-2, role: head, unit: dlh, from: 2025-01-01, acting: true}
"""


def test_a_colleague_of_the_unit_may_send_what_was_to_follow(desk: Desk) -> None:
    """The next photo of somebody of the same unit completes the report; one of another unit does not."""
    desk.files(roster=roster_text().replace("offices:\n", COLLEAGUE))
    desk.say("wabup", "DLH angkut sampah pasar")
    desk.say("dlh-1", "Lapor P-1, sampah sudah diangkut, dokumentasi menyusul")
    desk.photo("pupr-1", judged=True)
    assert desk.report("L-1") == "waiting"
    desk.photo("dlh-2", judged=True)
    assert desk.report("L-1") == "reported"
