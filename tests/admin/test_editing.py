"""`tudang policy edit` and `roster edit`: one editor, a copy, a check, a plan, a whole file or none."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.policy.load import load
from bridge.policy.stamp import LONGEST, author_of, bare, stamp_of, stamped
from tests.admin.test_planning import an_edit, bullets
from tests.admin.town import Town, roster_text

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town")
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Town:
    """Files before the first start."""
    return Town(tmp_path / "house", begun=False)


def writes(town: Town, text: str) -> Path:
    """An editor in which somebody writes this text."""
    (town.root / "wanted").write_text(text)
    return town.editor(f'cat "{town.root}/wanted" > "$1"')


def test_an_edit_is_checked_planned_confirmed_and_taken(town: Town) -> None:
    """The plan that was confirmed is what the bridge then records, and who wrote it."""
    town.roster.chmod(0o640)
    edited = town.tudang(
        "roster", "edit", "--author", "Sri Wahyuni", editor=writes(town, roster_text(an_edit())), say="y\n"
    )
    assert edited.exit_code == 0, edited.output
    assert "roster.yaml is written, by Sri Wahyuni (" in edited.output
    assert stat.S_IMODE(town.roster.stat().st_mode) == 0o640
    assert bare(town.roster.read_bytes()) == roster_text(an_edit()).encode()
    assert town.leftovers() == []
    town.take()
    version = town.version("roster")
    assert bullets(edited.output) == [*version.changes, *version.effects, *version.waiting]
    assert version.author.startswith("Sri Wahyuni (") and version.version == 2
    history = town.tudang("roster", "history").output
    assert "2 · " in history and "Sri Wahyuni" in history and version.sha256 in history


def test_the_copy_is_private_and_lies_beside_the_file(house: Town) -> None:
    """So that it can be renamed into place, and nobody reads it meanwhile."""
    editor = house.editor(f'ls -ln "$1" > "{house.root}/seen"; echo "$1" >> "{house.root}/seen"; exit 0')
    assert "Nothing was changed." in house.tudang("policy", "edit", editor=editor).output
    listed, path = (house.root / "seen").read_text().splitlines()
    assert listed.startswith("-rw-------") and Path(path).parent == house.config
    assert path.endswith(".yaml"), "editors know the colours by it"
    assert house.leftovers() == []


def test_a_faulty_text_is_shown_with_its_lines_and_edited_again(house: Town) -> None:
    """As often as needed; the file on the disk is never faulty."""
    before = house.policy.read_bytes()
    editor = house.editor(
        f'if grep -q oops "$1"; then sed -i s/oops/20m/ "$1"; else echo "membership: {{notice: oops}}" >> "$1"; fi;'
        f' cmp -s "{house.policy}" "{house.root}/before" || exit 9'
    )
    (house.root / "before").write_bytes(before)
    edited = house.tudang("policy", "edit", editor=editor, say="e\ny\n")
    assert edited.exit_code == 0, edited.output
    assert "1 thing to mend before policy.yaml can take force:" in edited.output
    assert "policy.yaml:6:" in edited.output and "membership.notice" in edited.output
    assert load(house.config).policy.membership.notice.total_seconds() == 20 * 60


@pytest.mark.parametrize(
    ("answer", "code", "kept", "said"),
    [
        ("x\n", 0, False, "Your changes are discarded"),
        ("k\n", 1, True, "Your text is kept in"),
        ("", 1, True, "kept in"),
    ],
)
@pytest.mark.parametrize("text", ["units: [\n", roster_text(an_edit())], ids=["faulty", "good"])
def test_giving_up_leaves_the_file_as_it_was(
    house: Town, text: str, answer: str, code: int, kept: bool, said: str
) -> None:
    """Discarded, or kept beside it; also when the terminal is gone in the middle of the question."""
    before = house.roster.read_bytes()
    edited = house.tudang("roster", "edit", editor=writes(house, text), say=answer)
    assert (edited.exit_code, house.roster.read_bytes()) == (code, before)
    assert said in edited.output
    copies = [house.config / name for name in house.leftovers()]
    assert [copy.read_text() for copy in copies] == ([text] if kept else [])
    assert all(str(copy) in edited.output and stat.S_IMODE(copy.stat().st_mode) == 0o600 for copy in copies)


def test_faulty_texts_cannot_be_saved_at_all(house: Town) -> None:
    """The answer that would take them is none."""
    edited = house.tudang("roster", "edit", editor=writes(house, ""), say="y\nx\n")
    assert "'y' is not one of" in edited.output and "The file is empty" in edited.output
    assert house.roster.read_bytes() != b""


def test_nothing_is_lost_when_the_editor_crashes(house: Town) -> None:
    """Where the text lies is said, and said again at the next edit."""
    before = house.roster.read_bytes()
    edited = house.tudang("roster", "edit", editor=house.editor('echo "# half" >> "$1"; exit 3'))
    assert edited.exit_code == 1 and house.roster.read_bytes() == before
    (copy,) = (house.config / name for name in house.leftovers())
    assert copy.read_text() == before.decode() + "# half\n"
    assert f"Your text is kept in {copy}; roster.yaml is as it was." in edited.output
    assert "Set EDITOR to one that is installed" in edited.output
    again = house.tudang("roster", "edit", editor=house.editor("exit 0"))
    assert again.exit_code == 0 and f"An unfinished copy of an earlier edit lies in {copy}" in again.output


def test_an_editor_that_is_not_there(house: Town) -> None:
    """One sentence, and no copy of what is on the disk anyway."""
    edited = house.tudang("policy", "edit", editor=house.root / "no-such-editor")
    assert edited.exit_code == 1 and "no-such-editor" in edited.output and "Traceback" not in edited.output
    assert house.leftovers() == []


def test_two_editors_do_not_collide(house: Town) -> None:
    """The second one hears who edits, and may edit the other file."""
    with (house.config / ".roster.yaml.lock").open("w+") as held:
        held.write("Sri Wahyuni (root), pid 7\n")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        second = house.tudang("roster", "edit", editor=house.editor("exit 0"))
        assert second.exit_code == 1
        assert "roster.yaml is being edited already: Sri Wahyuni (root), pid 7." in second.output
        assert house.tudang("policy", "edit", editor=house.editor("exit 0")).exit_code == 0
    assert house.tudang("roster", "edit", editor=house.editor("exit 0")).exit_code == 0


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(house: Town) -> None:
    """Their change is shown, and one's own text is kept."""
    mine = roster_text(an_edit())
    (house.root / "wanted").write_text(mine)
    editor = house.editor(f'cat "{house.root}/wanted" > "$1"; echo "# by another hand" >> "{house.roster}"')
    edited = house.tudang("roster", "edit", editor=editor, say="y\n")
    assert edited.exit_code == 1
    assert "Somebody else changed roster.yaml" in edited.output and "+# by another hand" in edited.output
    assert house.roster.read_text().endswith("# by another hand\n")
    (copy,) = (house.config / name for name in house.leftovers())
    assert copy.read_text() == mine


def test_a_link_is_followed_and_stays_one(house: Town) -> None:
    """Where the files are kept elsewhere, as with git."""
    elsewhere = house.root / "kept" / "roster.yaml"
    elsewhere.parent.mkdir()
    house.roster.rename(elsewhere)
    house.roster.symlink_to(elsewhere)
    edited = house.tudang("roster", "edit", "--yes", editor=writes(house, roster_text(an_edit())))
    assert edited.exit_code == 0 and house.roster.is_symlink()
    assert bare(elsewhere.read_bytes()) == roster_text(an_edit()).encode()


def test_before_the_first_start_the_differences_are_shown(house: Town) -> None:
    """There is no record to plan with, and that is said."""
    edited = house.tudang("roster", "edit", editor=writes(house, roster_text(an_edit())), say="y\n")
    assert edited.exit_code == 0
    assert "cannot be said: There is no ledger" in edited.output
    assert "Kadis1 Contoh: Head of Agency UNIT1 becomes Expert." in bullets(edited.output)


def test_scripts_are_not_asked(house: Town) -> None:
    """With --yes good changes are taken, and faulty ones are kept beside the file."""
    assert (
        house.tudang("policy", "edit", "--yes", editor=house.editor('echo "stage: remind" > "$1"')).exit_code == 1
    )
    assert len(house.leftovers()) == 1
    good = house.editor('echo "membership: {notice: 20m}" >> "$1"')
    assert house.tudang("policy", "edit", "--yes", editor=good).exit_code == 0
    assert load(house.config).policy.membership.notice.total_seconds() == 20 * 60


def test_it_speaks_the_language_of_the_policy(tmp_path: Path) -> None:
    """Questions too."""
    rumah = Town(tmp_path / "rumah", language="id", begun=False)
    edited = rumah.tudang("roster", "edit", editor=writes(rumah, "units: [\n"), say="x\n")
    assert "sunting lagi" in edited.output and "Perubahan Anda dibuang" in edited.output


def test_a_folder_that_may_not_be_written(house: Town) -> None:
    """One sentence before an editor is opened."""
    house.roster.unlink()
    missing = house.tudang("roster", "edit", editor=house.editor("exit 0"))
    assert missing.exit_code == 1 and "does not exist" in missing.output


def test_a_killed_edit_leaves_its_lock_to_nobody(house: Town) -> None:
    """The lock ends with the process, whatever ended it, and the copy is still there."""
    script = house.editor(f'echo "# half" >> "$1"; touch "{house.root}/open"; kill -9 $PPID')
    killed = subprocess.run(
        [sys.executable, "-m", "bridge", "roster", "edit", "--config", str(house.file)],
        env={**os.environ, "EDITOR": str(script), "VISUAL": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (house.root / "open").exists() and killed.returncode != 0
    (copy,) = (house.config / name for name in house.leftovers())
    assert copy.read_text().endswith("# half\n")
    assert house.tudang("roster", "edit", editor=house.editor("exit 0")).exit_code == 0


# --- who wrote it ---


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40).filter(lambda name: " ".join(name.split())))
def test_an_author_is_known_until_the_text_is_changed(text: bytes, author: str) -> None:
    """The line names the author of exactly this text, and is the last one."""
    written = stamped(text, author, NOON)
    found = stamp_of(written)
    assert found is not None and found.at == NOON
    assert found.author == " ".join(author.split())[:LONGEST]
    assert author_of(b"# one more line\n" + written) == ""
    assert author_of(written + b"x: 1\n") == ""
    again = stamped(written, "Another", NOON)
    assert (bare(again), author_of(again)) == (bare(written), "Another")


def test_a_file_that_is_changed_by_hand_afterwards_has_no_author(town: Town) -> None:
    """Rather none than a wrong one."""
    town.tudang("roster", "edit", "--yes", "--author", "Sri", editor=writes(town, roster_text(an_edit())))
    assert author_of(town.roster.read_bytes()).startswith("Sri (")
    by_hand = town.roster.read_text().replace("from: 2025-01-01", "from: 2025-01-02", 1)
    town.roster.write_text(by_hand)
    town.take()
    assert town.version("roster").author == ""
    assert "not known" in town.tudang("roster", "history").output
