"""A desk at which weeks go by: the homeserver takes something of ours every day, and bundles are posted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bridge.forum.files import FileNews
from bridge.ledger import forums, inbox, projections
from bridge.ledger.records import verify_chain
from tests.faults.checks import dump
from tests.forum import desk as desks
from tests.forum.desk import AUDIT, BOT, CONTROL, Desk, policy_text, roster_text

KEEP = "record: {keep: {messages: 60d, media: 40d}}\n"


class Seasons(Desk):
    """A forum that lasts. ``heard`` off: nothing of ours comes back; ``posted`` off: nothing is delivered."""

    def __init__(
        self, place: Path, *, policy: str = KEEP, language: str = "id", stage: str = "enforce", start: bool = True
    ) -> None:
        super().__init__(place, policy=policy_text(policy, language), stage=stage)
        # Months of transactions that no test takes back.
        self.store.run("PRAGMA synchronous = off")
        self.echoes = True
        self.delivers = True
        if start:
            self.row("start", "start:1")

    def row(self, kind: str, key: str, body: bytes = b"{}") -> None:
        """A row of our own making."""
        self.store.begin()
        inbox.add_row(self.store, "uji", kind, key, body, at=self.clock.now())
        self.store.commit()
        self.decide()

    def days(self, number: int) -> None:
        """So many days go by: at first week by week, the last three one by one, as what is over waits for news."""
        while number > 0:
            step = min(7, number - 3) if number > 3 else 1
            number -= step
            if self.echoes:
                self.put(self.message(BOT, {"msgtype": "m.notice", "body": "head"}, room=AUDIT, encrypted=False))
            self.move(hours=24 * step)
            if self.delivers:
                self.deliver()

    def reload(self, policy: str, version: int) -> None:
        """A policy with these lines takes force."""
        text = policy_text(policy)
        numbered = desks.configuration(text, roster_text()).numbered(version, 1).policy
        self.book = dataclasses.replace(desks._book(text, roster_text()), policy=numbered)
        news = FileNews(what="policy", version=version, sha256=f"{version:064}", changes=("record.keep",))
        self.store.begin()
        forums.announce(self.store, "uji", "policy", str(version), news, self.clock.now())
        self.store.commit()
        self.decide()

    def words(self) -> str:
        """Everything that the database holds, as text: rows of every table, with their bytes."""
        held = []
        for (table,) in self.store.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in self.store.all(f"SELECT * FROM {table}"):  # noqa: S608
                held += [
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row
                ]
        return "\n".join(held)

    def plan(self) -> str:
        """The number of the plan that waits in the control room; empty when none does."""
        row = self.store.one("SELECT number FROM proposal WHERE what = 'retention' AND state = 'open'")
        return row[0] if row else ""


REPORT = "Izin melaporkan, kerja bakti kenanga di pasar sudah selesai dilaksanakan"


def a_settled_week(desk: Seasons) -> str:
    """An order to one unit, reported with a photo and accepted; a decision; talk, also in the control room.

    Returns the event of the order.
    """
    order = desk.say("wabup", "DLH laksanakan kerja bakti melati hari ini paling lambat jam 17.00")
    desk.say("dlh-1", REPORT, reply_to=order)
    desk.photo("dlh-1", "flamboyan.jpg", judged=True)
    desk.say("bupati", "!terima semua P-1", room=CONTROL)
    proposal = desk.say("dlh-1", "Mohon izin pak, bagaimana kalau pasar cempaka ditutup jam 5 sore")
    desk.say("bupati", "Setuju, laksanakan mulai besok anggrek", reply_to=proposal)
    desk.say("pupr-1", "Selamat pagi bapak ibu dahlia")
    desk.say("ahli-1", "Catatan mawar untuk kita sendiri", room=CONTROL)
    return order


SAID = ("melati", "kenanga", "cempaka", "anggrek", "dahlia", "mawar")


def whole(desk: Seasons) -> None:
    """The chain verifies, and the projections follow from what is left."""
    verify_chain(desk.store, "uji")
    live = dump(desk.store)
    desk.store.begin()
    projections.rebuild(desk.store)
    assert dump(desk.store) == live
    desk.store.rollback()
