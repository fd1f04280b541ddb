"""Photos that are deleted or replaced after they were sent: the first bytes stay, and the report follows."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.event import Json
from tests.forum.desk import Desk
from tests.forum.test_looked_at import card, posted, tap

ORDER = "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00"
SHA, OTHER = "4" * 64, "5" * 64


def replaced(desk: Desk, person: str, event: str, sha256: str) -> str:
    """The file of a photo is replaced by an edit, and the new one judged."""
    image: Json = {
        "msgtype": "m.image",
        "body": "IMG.jpg",
        "url": "mxc://desk/hd",
        "info": {"mimetype": "image/jpeg"},
    }
    content = {**image, "m.new_content": image, "m.relates_to": {"rel_type": "m.replace", "event_id": event}}
    edit = desk.put(desk.message(person, content))
    desk.judge(edit, sha256=sha256)
    return edit


def reported(desk: Desk) -> str:
    """A report in words, and the event of its photo."""
    desk.say("wabup", ORDER)
    desk.say("pupr-1", "Lapor P-1, saluran sudah dibersihkan")
    photo = desk.photo("pupr-1")
    desk.judge(photo, sha256=SHA)
    assert desk.report("L-1") == "reported"
    return photo


def test_a_better_copy_within_minutes_changes_nothing(desk: Desk) -> None:
    """Some bridges send the good copy as an edit."""
    photo = reported(desk)
    replaced(desk, "pupr-1", photo, SHA)
    assert desk.report("L-1") == "reported"
    assert desk.facts(f.CheckOpened) == []


@pytest.mark.parametrize("sha256", [SHA, OTHER])
def test_another_picture_or_a_late_one_is_looked_at(desk: Desk, sha256: str) -> None:
    """The first stays evidence and counts; what the message shows now is seen beside it."""
    photo = reported(desk)
    desk.move(hours=1)
    edit = replaced(desk, "pupr-1", photo, sha256)
    (opened,) = desk.facts(f.CheckOpened)
    assert (opened.event, opened.earlier_event, opened.why) == (edit, photo, ("replaced",))
    assert desk.report("L-1") == "reported"
    assert card(desk)[1].key == "check.why_replaced"


def test_a_message_that_shows_something_else_may_prove_nothing(desk: Desk) -> None:
    """❌: neither picture stands for the report, which waits for another."""
    photo = reported(desk)
    replaced(desk, "pupr-1", photo, OTHER)
    desk.deliver()
    tap(desk, "ahli-1", posted(desk, "A-1.check"), "❌")
    assert (desk.report("L-1"), desk.task("P-1", "pupr")) == ("waiting", "acknowledged")


def test_a_deleted_photo_of_words_that_stay(desk: Desk) -> None:
    """It is marked as taken back, its bytes stay in the record, and the report waits for another."""
    photo = reported(desk)
    desk.redact("pupr-1", photo)
    settled = desk.facts(f.EvidenceSettled)[-1]
    assert (settled.verdict, settled.was, settled.by) == ("withdrawn", "ok", "pupr-1")
    assert (desk.report("L-1"), desk.task("P-1", "pupr")) == ("waiting", "acknowledged")
    assert desk.store.one("SELECT sha256 FROM media WHERE event = ?", (photo,)) == (SHA,)
    desk.judge(desk.photo("pupr-1"), sha256=SHA)
    assert desk.report("L-1") == "reported"


def test_a_moderator_who_deletes_takes_nothing_back(desk: Desk) -> None:
    """What somebody else removes from the room was shown all the same."""
    photo = reported(desk)
    desk.redact("ahli-1", photo)
    assert desk.report("L-1") == "reported"


def test_a_photo_deleted_before_it_was_looked_at(desk: Desk) -> None:
    """Its verdict comes later and proves nothing; its card is closed when it was held."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption="Lapor P-1, saluran sudah dibersihkan")
    desk.redact("pupr-1", photo)
    desk.judge(photo, sha256=SHA)
    assert desk.facts(f.EvidenceJudged)[-1].verdict == "withdrawn"
    assert desk.report("L-1") == "withdrawn"


def test_what_was_accepted_stays_used(desk: Desk) -> None:
    """Deleting the photo afterwards does not make it new."""
    photo = reported(desk)
    desk.move(hours=73)
    assert desk.report("L-1") == "accepted"
    desk.redact("pupr-1", photo)
    assert desk.report("L-1") == "accepted"
    desk.judge(desk.photo("dlh-1", caption="Lapor, TPA sudah kami rapikan"), sha256=SHA)
    assert desk.facts(f.EvidenceJudged)[-1].verdict == "duplicate"
