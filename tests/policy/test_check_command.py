"""`tudang policy check` answers with lines an admin can act on, and a code a script can act on."""

import json
from pathlib import Path

import pytest

from bridge.policy.commands import check_command, schema_command

POLICY = "forum: {name: Forum}\n"
ROSTER = """persons:
  - {id: ani, name: Ani}
  - {id: budi, name: Budi}
offices:
  - {person: ani, role: leader, from: 2025-01-01}
  - {person: budi, role: expert, from: 2025-01-01}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    return tmp_path


def test_a_good_directory_ends_with_zero(config: Path) -> None:
    """In the policy's language, with what was understood."""
    outcome = check_command([config])
    assert outcome.code == 0
    assert "benar. Forum: Forum." in outcome.text
    assert "2 orang, 2 jabatan" in outcome.text


def test_faults_end_with_one_and_their_places(config: Path) -> None:
    """One line a fault, and how many there are."""
    (config / "policy.yaml").write_text("forum: {name: Forum}\nstage: x\ncard: {lines: y}\n")
    outcome = check_command([config], "en")
    assert outcome.code == 1
    lines = outcome.text.splitlines()
    assert lines[0].startswith(f"{config}/policy.yaml:2:8: stage: ")
    assert lines[1].startswith(f"{config}/policy.yaml:3:15: card.lines: ")
    assert lines[-1] == "2 to mend, 0 to look at."


def test_warnings_alone_end_with_zero(config: Path) -> None:
    """They are shown, but nothing has to be mended."""
    (config / "roster.yaml").write_text(ROSTER.replace("offices:", "  - {id: cici, name: Cici}\noffices:"))
    outcome = check_command([config], "en")
    assert outcome.code == 0
    assert "to look at: " in outcome.text and "`cici` holds no office" in outcome.text


def test_single_files_are_recognised_by_their_content(config: Path) -> None:
    """A policy alone is checked alone; together with a roster as a pair, whatever the names."""
    other = config / "rules.yml"
    other.write_text("forum: {name: Forum}\nrights: {order: [zed]}\n")
    assert check_command([other], "en").code == 0
    both = check_command([config / "roster.yaml", other], "en")
    assert both.code == 1 and "`zed` is neither a role nor a person" in both.text


@pytest.mark.parametrize("name", ["missing.yaml", "roster-missing.yaml"])
def test_a_missing_file_is_a_sentence(config: Path, name: str) -> None:
    """Not a traceback."""
    outcome = check_command([config / name], "en")
    assert outcome.code == 1
    assert "This file does not exist." in outcome.text


def test_a_directory_without_our_files_is_a_sentence(tmp_path: Path) -> None:
    """It says what was looked for."""
    outcome = check_command([tmp_path], "id")
    assert outcome.code == 1
    assert "tidak ada policy.yaml maupun roster.yaml" in outcome.text


def test_a_directory_named_as_a_file_is_a_sentence(config: Path) -> None:
    """What cannot be read is told with the system's reason."""
    (config / "policy.yaml").unlink()
    (config / "policy.yaml").mkdir()
    outcome = check_command([config], "en")
    assert outcome.code == 1 and "cannot be read" in outcome.text


def test_a_directory_with_one_of_the_files_checks_that_one(config: Path) -> None:
    """A roster can be prepared before there is a policy."""
    (config / "policy.yaml").unlink()
    assert check_command([config], "en").code == 0


def test_the_schema_shows_keys_as_written_with_their_defaults() -> None:
    """`from` and not its name in the code; 2h and not a number; never null."""
    policy, roster = (json.loads(schema_command(kind).text) for kind in ("policy", "roster"))
    assert policy["$defs"]["Evidence"]["properties"]["wait"]["default"] == "2h"
    assert policy["$defs"]["Evidence"]["properties"]["max_bytes"]["default"] == "100 MB"
    assert policy["required"] == ["forum"]
    assert "from" in roster["$defs"]["Office"]["properties"]
    assert '"null"' not in json.dumps([policy, roster])
    for schema in (policy, roster):
        for name, model in [("", schema), *schema["$defs"].items()]:
            assert model["additionalProperties"] is False, name
            assert all("description" in shown for shown in model["properties"].values()), name
