"""Words that a policy adds are understood."""

from __future__ import annotations

from pathlib import Path

from bridge.model import facts as f
from tests.forum.desk import Desk, policy_text

POLICY = policy_text(
    """
acknowledgement: {words: [laksanaken], emoji: ["🤝"]}
emergencies:
  words: [sapi ambruk]
  calm: [gladi posko]
  hashtag: "#genting"
tagger: {words: {report: [warta lapangan]}}
"""
)


def test_words_of_the_policy(tmp_path: Path) -> None:
    """Acknowledgements, emergencies, drills and labels in the words of one forum."""
    desk = Desk(tmp_path, policy=POLICY)
    order = desk.say("wabup", "Seluruh OPD laksanakan kerja bakti hari ini paling lambat jam 17.00")
    desk.react("dlh-1", order, "🤝")
    assert desk.task("P-1", "dlh") == "acknowledged"
    desk.say("pupr-1", "laksanaken", reply_to=order)
    assert desk.task("P-1", "pupr") == "acknowledged"
    desk.say("ternak-1", "Lapor pak, sapi ambruk di dua kandang")
    assert [alarm.words for alarm in desk.facts(f.Emergency)] == [("sapi ambruk",)]
    desk.say("bpbd-1", "Lapor, gladi posko banjir di Citta sudah selesai")
    assert len(desk.facts(f.Emergency)) == 1
    desk.say("bpbd-1", "Situasi di hulu mohon dipantau #genting")
    assert len(desk.facts(f.Emergency)) == 2
    event = desk.say("citta-1", "Warta lapangan dari Citta: pasar ramai")
    assert desk.label(event) == "report"


def test_without_them_they_mean_nothing(desk: Desk) -> None:
    """The same words in another forum are just words."""
    order = desk.say("wabup", "Seluruh OPD laksanakan kerja bakti hari ini paling lambat jam 17.00")
    desk.say("bpbd-1", "Situasi di hulu mohon dipantau #genting")
    desk.react("dlh-1", order, "🤝")
    assert desk.task("P-1", "dlh") == "open"
    assert desk.facts(f.Emergency) == []
