"""Every fault of a policy and a roster is named in one pass, with its place and what to write instead."""

import textwrap

import pytest

from bridge.policy.load import Checked, Source, check
from bridge.policy.problems import Problem
from bridge.policy.texts import TEXTS

ROSTER = """
    units:
      - {id: dlh, name: Dinas Lingkungan Hidup, short: DLH, aliases: [lingkungan]}
      - {id: pupr, name: Pekerjaan Umum, short: PUPR}
    persons:
      - {id: ani, name: Ani, identifiers: [{matrix: "@ani:x"}]}
      - {id: budi, name: Budi, identifiers: [{matrix: "@budi:x"}]}
      - {id: cici, name: Cici, identifiers: [{matrix: "@cici:x"}]}
      - {id: dodi, name: Dodi, identifiers: [{matrix: "@dodi:x"}]}
    offices:
      - {person: ani, role: leader, from: 2025-01-01}
      - {person: budi, role: expert, from: 2025-01-01}
      - {person: cici, role: head, unit: dlh, from: 2025-01-01}
      - {person: dodi, role: head, unit: pupr, from: 2025-01-01}
"""
POLICY = "forum: {name: Forum}\n"
PLACES = "forum: {name: X}\nevidence: {checks: {places: ["


def source(text: str, file: str) -> Source:
    return Source(file, textwrap.dedent(text).lstrip("\n").encode())


def policy_faults(text: str) -> list[Problem]:
    return list(check(source(text, "policy.yaml"), source(ROSTER, "roster.yaml")).problems)


def roster_faults(text: str) -> list[Problem]:
    return list(check(source(POLICY, "policy.yaml"), source(text, "roster.yaml")).problems)


def found(problems: list[Problem]) -> list[tuple[str, int, str]]:
    return [(p.key, p.line, p.where) for p in problems]


def test_a_policy_of_one_line_is_enough() -> None:
    """Only the forum's name must be written."""
    checked = check(source(POLICY, "policy.yaml"), source(ROSTER, "roster.yaml"))
    assert checked.policy is not None and checked.roster is not None
    assert not checked.problems
    assert checked.policy.forum.timezone == "Asia/Makassar"


def test_all_faults_of_both_files_come_in_one_pass_and_in_order() -> None:
    """Nothing is hidden behind an earlier fault: not another field, not another line, not the other file."""
    policy = """
        forum:
          name: X
          langage: en
          timezone: WITA
        stage: watching
        evidence:
          wait: 120
          kinds: [photo, NO]
          nil_reports: yes
        rights:
          order: [leadr]
          decide: []
        letters: {report: P}
        reminders:
          grace: soon
        card: {lines: 0812}
        tagger:
          words: {reprot: [progres], report: progres}
    """
    roster = """
        units:
          - {id: dlh, name: Dinas LH, short: DLH, aliases: [lingkungan], colour: green}
          - {id: pu, name: Dinas PU, short: PU, aliases: [LINGKUNGAN]}
        persons:
          - {id: ani, name: Ani, identifiers: [{matrix: ani}, {matrix: "@ani:x"}]}
          - {id: ani, name: Ani 2, identifiers: [{matrix: "@ani:x"}]}
        offices:
          - {person: anni, unit: dhl, role: hed, from: 2025-02-30}
          - {person: ani, unit: dlh, role: head, from: 2025-01-01, to: 2024-01-01}
    """
    problems = list(check(source(policy, "policy.yaml"), source(roster, "roster.yaml")).problems)
    assert found(problems) == [
        ("unknown_key", 3, "forum.langage"),
        ("zone", 4, "forum.timezone"),
        ("choice", 5, "stage"),
        ("duration", 7, "evidence.wait"),
        ("choice", 8, "evidence.kinds[1]"),
        ("flag", 9, "evidence.nil_reports"),
        ("who_unknown", 11, "rights.order[0]"),
        ("nothing_listed", 12, "rights.decide"),
        ("letters_same", 13, "letters.report"),
        ("duration", 15, "reminders.grace"),
        ("whole", 16, "card.lines"),
        ("choice", 18, "tagger.words.reprot"),
        ("want_list", 18, "tagger.words.report"),
        ("unknown_key", 2, "units[0].colour"),
        ("alias_taken", 3, "units[1].aliases[0]"),
        ("user_id", 5, "persons[0].identifiers[0].matrix"),
        ("id_taken", 6, "persons[1].id"),
        ("account_taken", 6, "persons[1].identifiers[0].matrix"),
        ("person_unknown", 8, "offices[0].person"),
        ("unit_unknown", 8, "offices[0].unit"),
        ("choice", 8, "offices[0].role"),
        ("date", 8, "offices[0].from"),
        ("dates_reversed", 9, "offices[1].to"),
    ]


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("forum: {nama: X}", "`name`"),
        ("forum: {name: X}\nevidense: {wait: 2h}", "`evidence`"),
        ("forum: {name: X, timezone: Asia/Makasar}", "`Asia/Makassar`"),
        ("forum: {name: X, timezone: WIB}", "`Asia/Jakarta`"),
        ("forum: {name: X}\nrights: {order: [lider]}", "`leader`"),
        ("forum: {name: X}\nrights: {order: [anii]}", "`ani`"),
        ("forum: {name: X}\nweek: {seal_day: mondy}", "`monday`"),
    ],
)
def test_what_was_probably_meant_is_offered(text: str, guess: str) -> None:
    """Typing errors in keys, choices, zones, roles and ids are answered with the nearest right one."""
    problems = policy_faults(text)
    assert any(f"Did you mean {guess}?" in p.sentence("en") for p in problems)
    assert any(f"Maksudnya {guess}?" in p.sentence("id") for p in problems)


def test_a_problem_is_one_line_as_editors_know_it() -> None:
    """file:line:column: path: sentence, in the reader's language."""
    problem = policy_faults("forum:\n  name: X\nevidence:\n  wait: 120\n")[0]
    assert problem.text("en") == (
        "policy.yaml:4:9: evidence.wait: `120` is not a length of time. "
        "Write a whole number and its unit: 90s, 15m, 2h or 14d."
    )
    assert problem.text("id").startswith("policy.yaml:4:9: evidence.wait: `120` bukan lama waktu. Tulis ")


@pytest.mark.parametrize(
    "text", ['evidence:\n  wait: "1\\n2"\n', "evidence: {wait: |\n   1\n   2\n  }", '"a\\nb": 1\n']
)
def test_what_was_written_over_several_lines_is_told_in_one(text: str) -> None:
    """A value or a key with line breaks in it breaks no line of the answer."""
    for problem in policy_faults(f"forum: {{name: X}}\n{text}"):
        assert "\n" not in problem.text("en") + problem.text("id") + problem.sentence("en") + problem.where


@pytest.mark.parametrize(
    ("text", "key", "where"),
    [
        ("", "empty_file", ""),
        ("# nothing\n", "empty_file", ""),
        ("- a\n", "want_mapping", ""),
        ("just words\n", "want_mapping", ""),
        ("stage: watch\n", "missing", "forum"),
        ("forum:\nstage: watch\n", "missing", "forum"),
        ("forum: X\n", "want_mapping", "forum"),
        ("forum: [X]\n", "want_mapping", "forum"),
        ("forum: {name: [X]}\n", "want_text", "forum.name"),
        ("forum: {name: '  '}\n", "empty", "forum.name"),
        ("forum: {name: X, timezone: localtime}\n", "zone", "forum.timezone"),
        ("forum: {name: X, timezone: ../../etc/passwd}\n", "zone", "forum.timezone"),
        ("forum: {name: X}\nversion: 3\n", "unknown_key", "version"),
        ("forum: {name: X}\ndigest: abc\n", "unknown_key", "digest"),
        ("forum: {name: X}\nevidence: {wait: [2h]}\n", "want_text", "evidence.wait"),
        ("forum: {name: X}\nevidence: {wait: 0m}\n", "zero", "evidence.wait"),
        ("forum: {name: X}\nevidence: {wait: 400d}\n", "duration_long", "evidence.wait"),
        ("forum: {name: X}\nevidence: {wait: 5m}\n", "ask_order", "evidence.wait"),
        ("forum: {name: X}\nevidence: {ask_after: 3h}\n", "ask_order", "evidence.ask_after"),
        ("forum: {name: X}\nevidence: {max_bytes: 50}\n", "size", "evidence.max_bytes"),
        ("forum: {name: X}\nevidence: {max_bytes: 1 kB}\n", "bytes_order", "evidence.max_bytes"),
        ("forum: {name: X}\nevidence: {max_pixels: 12}\n", "out_of_range", "evidence.max_pixels"),
        ("forum: {name: X}\nevidence: {kinds: []}\n", "nothing_listed", "evidence.kinds"),
        ("forum: {name: X}\nevidence: {kinds: [photo, photo]}\n", "listed_twice", "evidence.kinds[1]"),
        ("forum: {name: X}\nevidence: {kinds: [photo, ]}\nweek: {seal_time: 25:00}\n", "clock", "week.seal_time"),
        (
            PLACES + "{name: A, at: [1, 2]}, {name: B, aliases: [a], at: [3, 4]}]}}\n",
            "place_twice",
            "evidence.checks.places[1].name",
        ),
        (PLACES + "{name: A, unit: dll, at: [1, 2]}]}}\n", "unit_unknown", "evidence.checks.places[0].unit"),
        (PLACES + "{name: A, at: [100, 2]}]}}\n", "degrees", "evidence.checks.places[0].at[0]"),
        (PLACES + "{name: A, at: [1, 2], radius: 2000}]}}\n", "out_of_range", "evidence.checks.places[0].radius"),
        ("forum: {name: X}\nreminders: {quiet_hours: evening}\n", "quiet", "reminders.quiet_hours"),
        ("forum: {name: X}\nletters: {report: lap}\n", "letter", "letters.report"),
        ("forum: {name: X}\nemergencies: {hashtag: darurat}\n", "hashtag", "emergencies.hashtag"),
        ("forum: {name: X}\nemergencies:\n  hashtag: #darurat\n", "hash_lost", "emergencies.hashtag"),
        ("forum: {name: X}\ncard: {lines: 3}\n", "out_of_range", "card.lines"),
        (
            "forum: {name: X}\nmembership: {large_change_percent: 101}\n",
            "out_of_range",
            "membership.large_change_percent",
        ),
        ("forum: {name: X}\nrights: {moderate: [guest]}\n", "nobody_may", "rights.moderate"),
        ("forum: {name: X}\nrights: {moderate: [ani], approve: [ani]}\n", "no_second", "rights.approve"),
        ("forum: {name: X}\nrights: {order: [Bupati]}\n", "who", "rights.order[0]"),
    ],
)
def test_each_fault_of_a_policy_has_its_own_sentence(text: str, key: str, where: str) -> None:
    """One wrong line, one problem."""
    problems = policy_faults(text)
    assert [p.key for p in problems] == [key]
    assert problems[0].where == where


def changed(old: str, new: str) -> str:
    assert ROSTER.count(old) == 1
    return ROSTER.replace(old, new)


DODI = "- {person: dodi, role: head, unit: pupr, from: 2025-01-01}"


@pytest.mark.parametrize(
    ("text", "key", "where"),
    [
        (changed("- {person: ani, role: leader", "- {person: ani, role: expert"), "no_leader", "offices"),
        (changed(DODI, DODI[:-1] + ", acting: ya}"), "flag", "offices[3].acting"),
        (changed(DODI, "- {person: dodi, role: head, from: 2025-01-01}"), "unit_needed", "offices[3]"),
        (changed(DODI, DODI + "\n      " + DODI), "office_twice", "offices[4]"),
        (changed(DODI, DODI[:-1] + ", sponsor: ani}"), "sponsor_needless", "offices[3].sponsor"),
        (changed(DODI, DODI.replace("pupr", "Pupr")), "slug", "offices[3].unit"),
        (changed("{id: dodi, name: Dodi,", "{id: expert, name: Dodi,"), "id_is_role", "persons[3].id"),
        (changed("short: PUPR", "short: '---'"), "alias_blank", "units[1].short"),
        (changed("short: PUPR", "short: PUPR, within: citta"), "unit_unknown", "units[1].within"),
        (changed('"@dodi:x"', '"@dodi"'), "user_id", "persons[3].identifiers[0].matrix"),
        (
            changed('{matrix: "@dodi:x"}', '{matrix: "@dodi:x", from: 2026-01-01, to: 2025-01-01}'),
            "dates_reversed",
            "persons[3].identifiers[0].to",
        ),
        ("persons: []\noffices: []\n", "no_leader", "offices"),
        ("persons: []\n", "missing", "offices"),
    ],
)
def test_each_fault_of_a_roster_has_its_own_sentence(text: str, key: str, where: str) -> None:
    """The first problem that is an error is the one meant, at its place."""
    errors = [p for p in roster_faults(text) if p.severity == "error"]
    assert errors[0].key == key
    assert errors[0].where == where


def test_a_guest_needs_a_sponsor_and_a_last_day() -> None:
    """Both are missed in one pass; a guest cannot answer for a guest."""
    guest = DODI.replace("head", "guest")
    assert {p.key for p in roster_faults(changed(DODI, guest))} >= {"guest_end", "guest_sponsor"}
    own = guest[:-1] + ", to: 2026-01-01, sponsor: dodi}"
    assert "sponsor_guest" in {p.key for p in roster_faults(changed(DODI, own))}


def test_an_account_may_pass_from_one_person_to_another_between_dates() -> None:
    """Identifiers belong to one person at a time, not for ever."""
    text = changed('{matrix: "@cici:x"}', '{matrix: "@kadis:x", to: 2025-05-31}')
    text = text.replace('{matrix: "@dodi:x"}', '{matrix: "@kadis:x", from: 2025-06-01}')
    assert not roster_faults(text)
    overlapping = text.replace("from: 2025-06-01}", "from: 2025-05-31}")
    assert [p.key for p in roster_faults(overlapping)] == ["account_taken"]


def test_a_transfer_ends_one_office_the_day_before_the_next() -> None:
    """Two offices in one unit may follow each other but not share a day."""
    ended = DODI[:-1] + ", to: 2025-05-31}"
    back = DODI.replace("2025-01-01", "2025-06-01")
    assert not roster_faults(changed(DODI, ended + "\n      " + back))
    same_day = DODI.replace("2025-01-01", "2025-05-31")
    assert [p.key for p in roster_faults(changed(DODI, ended + "\n      " + same_day))] == ["office_twice"]


def test_two_heads_are_looked_at_but_not_refused() -> None:
    """A warning leaves the files valid; an acting head beside an absent one is no matter at all."""
    second = DODI.replace("dodi", "cici").replace("from: 2025-01-01", "from: 2025-03-01")
    checked = check(source(POLICY, "p"), source(changed(DODI, DODI + "\n      " + second), "r"))
    assert [(p.key, p.severity) for p in checked.problems] == [("two_heads", "warning")]
    assert checked.roster is not None
    acting = second[:-1] + ", acting: true}"
    assert not roster_faults(changed(DODI, DODI + "\n      " + acting))


def test_a_wrong_date_does_not_make_other_lines_wrong() -> None:
    """No consequential problems: what is broken is named once."""
    assert found(roster_faults(changed('{matrix: "@dodi:x"}', '{matrix: "@ani:x", from: 2025-13-01}'))) == [
        ("date", 8, "persons[3].identifiers[0].from")
    ]


def test_the_language_of_answers_is_that_of_the_policy_even_if_it_has_faults() -> None:
    """English where the policy cannot be read at all."""

    def language(text: str) -> str:
        return check(source(text, "p"), None).language

    assert language("forum: {nama: X}") == "id"
    assert language("forum: {nama: X, language: en}") == "en"
    assert language("forum: [") == "en"
    assert Checked(None, None, (), "en").errors == 0


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_sentence_exists_in_both_languages(key: str) -> None:
    """And asks for the same values in both."""
    english, indonesian = TEXTS[key]
    assert english != indonesian or not english

    def fields(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    assert fields(english) == fields(indonesian)
