"""YAML is read as its writer meant it, with the place of everything."""

import pytest
import yaml

from bridge.policy.nodes import MOST_VALUES, read_tree
from bridge.policy.problems import Place

LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]


@pytest.fixture(params=LOADERS, ids=["pure", "fast"])
def loader(request: pytest.FixtureRequest) -> type[yaml.SafeLoader]:
    found: type[yaml.SafeLoader] = request.param
    return found


@pytest.mark.parametrize(
    "written", ["21:00", "NO", "no", "on", "yes", "0812", "1_000", "2026-11-20", "1e3", "0x10", ".inf", "TRUE"]
)
def test_scalars_stay_the_text_that_was_written(written: str, loader: type[yaml.SafeLoader]) -> None:
    """What YAML 1.1 would turn into numbers, booleans and dates stays text."""
    tree = read_tree(f"a: {written}\nb: [{written}]\n".encode(), "f.yaml", loader)
    assert tree.data == {"a": written, "b": [written]}
    assert not tree.problems


@pytest.mark.parametrize("nothing", ["", "~", "null", "# a comment"])
def test_a_key_without_a_value_is_a_key_not_written(nothing: str) -> None:
    """Commenting out all lines of a section leaves its defaults in force."""
    assert read_tree(f"a: {nothing}\nb: x\n".encode(), "f").data == {"b": "x"}


def test_quoted_null_is_a_text() -> None:
    """A person may be called null."""
    assert read_tree(b'a: "null"\nb: ""\n', "f").data == {"a": "null", "b": ""}


def test_places_count_from_one_in_characters(loader: type[yaml.SafeLoader]) -> None:
    """Line and column are those an editor shows, also after letters of several bytes and a byte order mark."""
    tree = read_tree("\ufeffforum:\n  name: ❤️é\n  list: [é, x]\n".encode(), "f", loader)
    assert tree.place(("forum", "name")) == Place(2, 9)
    assert tree.place(("forum", "list", 1)) == Place(3, 13)
    assert tree.place(("forum", "name"), of_key=True) == Place(2, 3)


def test_what_was_not_written_is_placed_at_what_is_around_it() -> None:
    """A missing key is reported at the mapping that lacks it."""
    tree = read_tree(b"a:\n  b: 1\n", "f")
    assert tree.place(("a", "c", 3)) == Place(2, 3)


@pytest.mark.parametrize(
    ("text", "key", "line", "column"),
    [
        ("a:\n\tb: 1\n", "tab", 2, 1),
        ("a:\n  b: 1\n \tc: 2\n", "tab", 3, 2),
        ("a: @kadis:localhost\n", "quote_first", 1, 4),
        ("a: `x`\n", "quote_first", 1, 4),
        ("a: b: c\n", "colon_in_text", 1, 5),
        ('x: 1\na: "never closed\n\n', "quote_open", 2, 4),
        ("a: 1\nb\nc: 2\n", "colon_missing", 3, 1),
        ("a: [1, 2\nb: 3\n", "syntax", 2, 2),
        ("a: 1\n---\nb: 2\n", "two_documents", 2, 1),
        ("a: !!python/name:os.system x\n", "tag", 1, 4),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "merge_key", 3, 3),
        ("a: *x\n", "alias_unknown", 1, 4),
        ("a: &x [*x]\n", "alias_unknown", 1, 8),
        ("a: 1\nb: 2\na: 3\n", "duplicate_key", 3, 1),
        ("a: {b: 1, b: 2}\n", "duplicate_key", 1, 11),
        ("? [a, b]\n: 1\n", "key_shape", 1, 3),
        ("hashtag: #darurat\n", "hash_lost", 1, 1),
        ("a:\n  - #darurat\n", "hash_lost", 2, 4),
        ("a: b\x07c\n", "unprintable", 1, 5),
        ('a: "b\\x07c"\n', "unprintable", 1, 4),
        ("[" * 30 + "]" * 30, "too_deep", 1, 22),
    ],
)
def test_faults_of_form_have_their_place(
    text: str, key: str, line: int, column: int, loader: type[yaml.SafeLoader]
) -> None:
    """Each way to write YAML wrongly gets its own sentence at the place where it is wrong."""
    tree = read_tree(text.encode(), "f", loader)
    assert [p.key for p in tree.problems] == [key]
    problem = tree.problems[0]
    if not (key in ("colon_missing", "syntax") and loader is yaml.SafeLoader):  # the two parsers stop apart
        assert (problem.line, problem.column) == (line, column)
    assert problem.sentence("en") and problem.sentence("id")


def test_a_comment_after_an_empty_section_is_no_lost_hashtag() -> None:
    """Only # with a word right behind it looks like a lost value."""
    assert not read_tree(b"a:   # section\n  b: 1\nc:  # later\n", "f").problems


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, 7),
        ("a: 1\n".encode("utf-16"), 1, 1),
        (b"\xff\xfe\x00", 1, 1),
    ],
)
def test_another_encoding_is_named_where_it_begins(content: bytes, line: int, column: int) -> None:
    """A file saved as Latin-1 or UTF-16 is refused with the place of the first wrong byte."""
    tree = read_tree(content, "f")
    assert [(p.key, p.line, p.column) for p in tree.problems] == [("not_utf8", line, column)]


def test_windows_line_ends_are_lines() -> None:
    """CRLF files have the same lines."""
    assert read_tree(b"a: 1\r\nb: 2\r\n", "f").place(("b",)) == Place(2, 4)


def test_an_alias_repeats_its_value_and_is_placed_where_it_stands() -> None:
    """Faults inside a repeated value point at the repetition."""
    tree = read_tree(b"a: &x [p, q]\nb: *x\n", "f")
    assert tree.data == {"a": ["p", "q"], "b": ["p", "q"]}
    assert tree.place(("b", 1)) == Place(2, 4)


def test_a_bomb_of_aliases_is_a_problem_and_not_a_wait() -> None:
    """Nine lines that would expand to a billion values are refused."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    tree = read_tree("\n".join(lines).encode(), "f")
    assert [p.key for p in tree.problems] == ["too_many"]
    assert tree.data is None


def test_depth_by_aliases_counts_too() -> None:
    """Nesting that is built up from aliases is nesting."""
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 40)]
    assert [p.key for p in read_tree("\n".join(lines).encode(), "f").problems] == ["too_deep"]


def test_a_file_too_large_is_not_parsed() -> None:
    """Neither bytes nor values without end are taken."""
    assert [p.key for p in read_tree(b"#" * 2_000_001, "f").problems] == ["too_large"]
    many = b"a: [" + b"x," * (MOST_VALUES + 1) + b"]"
    assert [p.key for p in read_tree(many, "f").problems] == ["too_many"]
