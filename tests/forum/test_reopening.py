"""What was settled is opened again by whoever leads, with a reason that the record keeps."""

from __future__ import annotations

from bridge.ledger import views
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.desk import Desk, user

ORDER = "DLH dan PUPR, bersihkan saluran di pasar, paling lambat besok jam 10.00"


def reported(desk: Desk, *, sha256: str = "a") -> None:
    """An order, and a report of one unit with a good photo."""
    desk.say("wabup", ORDER)
    desk.say("dlh-1", "Izin melaporkan P-1, saluran di pasar sudah dibersihkan")
    photo = desk.photo("dlh-1", "IMG1.jpg")
    desk.judge(photo, sha256=sha256 * 64)


def states(desk: Desk) -> dict[str, str]:
    """Units and the state of their task."""
    return {task.unit: task.state for task in desk.facts(f.Task)}


def answers(desk: Desk) -> list[str]:
    """Keys of what was answered to the command."""
    return [say.key for say in desk.effects(Say) if say.key.startswith("reopen.")]


def test_an_accepted_report_is_opened_again(desk: Desk) -> None:
    """Its unit owes once more, the reporter hears why, and a new photo fulfils it."""
    reported(desk)
    desk.say("wabup", "!terima semua P-1")
    assert states(desk)["dlh"] == "accepted"
    desk.say("wabup", "!buka lagi L-1 fotonya dari tempat lain")
    changed = desk.facts(f.ReportChanged)[-1]
    assert (changed.state, changed.reason, changed.by) == ("returned", "fotonya dari tempat lain", "wabup")
    assert states(desk)["dlh"] == "reopened"
    (told,) = [say for say in desk.effects(Say) if say.key == "report.reopened"]
    assert told.mentions == (user("dlh-1"),)
    assert told.values["why"] == "fotonya dari tempat lain"
    assert answers(desk) == ["reopen.done"]
    desk.clock.advance(60)
    photo = desk.photo("dlh-1", "IMG2.jpg", reply_to=desk.facts(f.Report)[0].event)
    desk.judge(photo, sha256="b" * 64)
    assert states(desk)["dlh"] == "reported"


def test_a_withdrawn_order_counts_again(desk: Desk) -> None:
    """With its times: it is late when it is not done."""
    desk.say("wabup", ORDER)
    desk.say("wabup", "!cabut P-1")
    assert set(states(desk).values()) == {"cancelled"}
    desk.say("wabup", "!buka lagi P-1 salah cabut")
    assert set(states(desk).values()) == {"reopened"}
    directive = views.directive(desk.store, "uji", "P-1")
    assert directive is not None and directive.state == "open"
    assert desk.facts(f.DirectiveChanged)[-1].reason == "salah cabut"


def test_it_wants_a_reason_and_the_right(desk: Desk) -> None:
    """And something that is settled."""
    reported(desk)
    desk.say("wabup", "!buka lagi L-1")
    desk.say("wabup", "!buka lagi P-1 coba")
    desk.say("dlh-1", "!buka lagi L-1 coba")
    assert answers(desk) == ["reopen.why", "reopen.not_settled"]
    assert states(desk)["dlh"] == "reported"
