"""Policy and roster in any state that an editor or a joker may leave them in: loaded, or told line by line."""

from __future__ import annotations

import resource
from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bridge import books
from bridge.model.clock import MovableClock
from bridge.policy.load import Source, load_sources
from bridge.policy.problems import Refused
from tests.fuzz.cases import share

EXAMPLES = Path(__file__).parents[2] / "config"
PATIENCE_S = 20.0
"""Processor time for one file; what takes longer hangs. A healthy file takes some hundredths of a second."""

TOKENS = (
    "&a ",
    "*a",
    "*b",
    "<<: *a",
    "!!int ",
    "!!python/object/apply:os.system ",
    "!x ",
    "? ",
    "- ",
    ": ",
    " #",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "|",
    ">",
    "|9\n",
    "%YAML 9.9\n",
    "---\n",
    "...\n",
    "\t",
    "\r",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\x00",
    "\x1b",
    "\u200b",
    "\u202e",
    "~",
    "null",
    "21:00",
    "0o17",
    "0x1F",
    "1_000",
    "NO",
    ".inf",
    "-.nan",
    "2026-02-30",
    "9999-99-99",
    "1e999",
    "9" * 5000,
    "@@:",
    "../../etc/passwd",
    "[" * 50,
    "{a: " * 50,
    "- " * 50,
    "?" * 50,
    "a" * 70_000,
    "\\",
    '"\\ud800"',
    '"\\x00"',
    '"\\U0010ffff"',
    "'" * 51,
    "#" * 500,
    "*",
    "&",
    "`",
    "@",
    "%",
)
BOMBS: tuple[bytes, ...] = (
    b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(12)
    ),
    b"forum: &f {name: *f}\n",
    b"forum: &f\n  name: &f {name: *f}\n",
    b"forum: " + b"[" * 100_000,
    b"forum: " + b"{a: " * 100_000,
    b"- " * 100_000,
    b"? " * 50_000,
    b"".join(b"k%d: &a%d v\n" % (n, n) for n in range(2_000)),
    b"units: [" + b"{id: x}," * 60_000 + b"]",
    b"persons:\n" + b"  - {id: p, name: n, identifiers: [{matrix: '@a:b'}]}\n" * 1_000,
    b"a: !!binary " + b"QUJD" * 100_000,
    b"x" * 2_000_001,
    b"\xff\xfef\x00o\x00",
    b'forum: {name: "' + b"\\x41" * 100_000 + b'"}',
    b"forum:\n  name: |\n" + b"    x\n" * 100_000,
)  # fmt: skip


@cache
def example(place: str, name: str) -> bytes:
    """A file of the worked examples."""
    return (EXAMPLES / place / name).read_bytes()


doings = st.lists(
    st.tuples(
        st.sampled_from(
            ["line_gone", "line_twice", "indent", "dedent", "put", "value", "key", "cut", "swap", "byte"]
        ),
        st.integers(0, 10_000),
        st.integers(0, len(TOKENS) - 1),
    ),
    min_size=1,
    max_size=4,
)
"""What is done to a file: how, where, and with which token."""


def mutated(data: bytes, done: list[tuple[str, int, int]]) -> bytes:
    """A file after some accidents."""
    for what, where, which in done:
        lines = data.split(b"\n")
        at = where % len(lines)
        token = TOKENS[which].encode("utf-8", "surrogatepass")
        match what:
            case "line_gone":
                del lines[at]
            case "line_twice":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = b" " * (which % 7) + lines[at]
            case "dedent":
                lines[at] = lines[at].lstrip()
            case "put":
                place = where % (len(lines[at]) + 1)
                lines[at] = lines[at][:place] + token + lines[at][place:]
            case "value":
                lines[at] = lines[at].partition(b":")[0] + b": " + token
            case "key":
                lines[at] = token + b":" + lines[at].partition(b":")[2]
            case "cut":
                lines = lines[:at]
            case "swap":
                other = which % len(lines)
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                flat = bytearray(b"\n".join(lines))
                if flat:
                    flat[where % len(flat)] = which * 3 % 256
                lines = bytes(flat).split(b"\n")
        data = b"\n".join(lines)
    return data


def answered(policy: bytes, roster: bytes) -> bool:
    """Whether it is loaded; if not, it is refused with located sentences in both languages. Either way soon."""
    began = _processor_time()
    sources = Source("policy.yaml", policy), Source("roster.yaml", roster)
    loaded = None
    try:
        loaded = load_sources(*sources)
    except Refused as refused:
        assert any(problem.severity == "error" for problem in refused.problems)
        lines = {name: _lines(data) for name, data in (("policy.yaml", policy), ("roster.yaml", roster))}
        for problem in refused.problems:
            # The place exists: at most one line behind the end.
            assert 1 <= problem.line <= lines[problem.file] + 1
            assert problem.column >= 1
            for sentence in (problem.text("en"), problem.text("id")):
                assert sentence.startswith(f"{problem.file}:{problem.line}:{problem.column}: ")
                assert "\n" not in sentence and "Traceback" not in sentence and len(sentence) < 1000
    else:
        # A book reads the languages as well, which costs more than all the rest: one file in four is made into one.
        if sum(int(digest[0], 16) for digest in loaded.digests.values()) % 4 == 0:
            books.make_book(
                loaded.numbered(1, 1), forum="uji", rooms={}, bot="@b:c", clock=MovableClock(), rehearsal=False
            )
            books.make_catalogue(loaded)
    assert _processor_time() - began < PATIENCE_S
    return loaded is not None


def _lines(data: bytes) -> int:
    return len(data.decode("utf-8", "replace").splitlines())


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@given(st.sampled_from(("", "examples/city-en")), st.sampled_from(("policy", "roster", "both")), doings)
@share(0.08)
def test_an_example_after_some_accidents(place: str, which: str, done: list[tuple[str, int, int]]) -> None:
    """Lines lost, doubled, moved, cut and overwritten."""
    policy, roster = example(place, "policy.yaml"), example(place, "roster.yaml")
    answered(
        mutated(policy, done) if which != "roster" else policy,
        mutated(roster, done) if which != "policy" else roster,
    )


@given(
    st.lists(
        st.sampled_from(TOKENS) | st.sampled_from(("forum", "units", "persons", "name", "\n", "  ")), max_size=30
    ),
    st.booleans(),
)
@share(0.05)
def test_any_tokens_of_yaml(tokens: list[str], as_policy: bool) -> None:
    """What YAML knows, in any order."""
    data = "".join(tokens).encode("utf-8", "surrogatepass")
    if as_policy:
        answered(data, example("", "roster.yaml"))
    else:
        answered(example("", "policy.yaml"), data)


@given(st.binary(max_size=400))
@share(0.03)
def test_any_bytes(data: bytes) -> None:
    """No YAML, no text."""
    answered(data, data)


def test_bombs() -> None:
    """Aliases that multiply or hold themselves, endless nesting, endless lists: refused, and soon."""
    for bomb in BOMBS:
        for policy, roster in ((bomb, example("", "roster.yaml")), (example("", "policy.yaml"), bomb)):
            assert not answered(policy, roster)
