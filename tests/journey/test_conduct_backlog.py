"""What was said while the bridge was away: recorded in order, and held against nobody hours later."""

from __future__ import annotations

from bridge.model import facts as f
from tests.faults.house import ORDER, REPORT, House
from tests.journey.test_intake import running

HOUR = 3600
POLICY = "conduct: {flood: {steps: [mute]}, rules: [{name: kata, words: [judi], steps: [mute], redact: true}]}\n"


async def test_a_backlog_is_judged_by_when_it_was_said(house: House) -> None:
    """150 messages, a bad one and a report, read three hours later: once, in order; one note in the morning."""
    house.write_files(extra=POLICY)
    await running(house)
    await house.kill()
    order = house.say("wabup", ORDER)
    said = [house.say("pupr", f"Selamat pagi {number}") for number in range(75)]
    said.append(house.say("pupr", "ayo ju\u200bdi"))
    report = house.say("dlh", REPORT)
    said += [house.say("pupr", f"Terima kasih {number}") for number in range(75)]
    house.clock.advance(3 * HOUR)
    process = await house.start()
    await process.rest()
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert [r.event for r in house.facts(f.Report)] == [report]
    recorded = [m.event for m in house.facts(f.Message)]
    assert [event for event in recorded if event in said] == said
    met = house.facts(f.Conduct)
    assert {fact.step for fact in met} == {"late"}
    assert [fact.event for fact in met if fact.rule == "kata"] == [said[75]]
    assert [act.verb for act in house.facts(f.Act) if act.by.startswith("rule:conduct")] == []
    assert house.fake.calls_to("PUT */redact/*") == house.fake.calls_to("POST */createRoom") == []
    before = len([text for text in house.said("control") if "🌅" in text])
    house.clock.advance(24 * HOUR)
    await process.rest()
    assert (before, len([text for text in house.said("control") if "🌅" in text])) == (0, 1)
