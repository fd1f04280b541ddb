"""No file, whatever is in it, raises anything but located problems."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.policy.load import Source, check
from bridge.policy.models import PolicyFile
from bridge.policy.roster import RosterFile
from bridge.policy.schema import sections

KEYS = sorted(
    {
        field.validation_alias if isinstance(field.validation_alias, str) else name
        for top in (PolicyFile, RosterFile)
        for model in (top, *sections(top))
        for name, field in model.model_fields.items()
    }
)
WORDS = (
    """x 2h true yes 12 0812 21:00 21:00-06:00 2026-02-30 ~ leader id en "#a" "@a:b" 8kB &a *a !!int '' "\\0" """
    "Asia/Makassar ../etc"
)
SCALARS = st.sampled_from(WORDS.split()) | st.text(max_size=8)


@st.composite
def nearly_yaml(draw: st.DrawFn) -> str:
    """Flow mappings of the keys we know with values that are often wrong."""
    values = st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
            st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
                lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs.items()) + "}"
            ),
        ),
        max_leaves=12,
    )
    pairs = draw(st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=6))
    return "\n".join(f"{key}: {value}" for key, value in pairs)


def sound(content: bytes) -> None:
    source = Source("f.yaml", content)
    checked = check(source, source)
    lines = content.decode("utf-8", errors="replace").count("\n") + content.count(b"\r") + 1
    for problem in checked.problems:
        assert 1 <= problem.line <= lines + 1 + content.count(b"\xe2\x80") + content.count(b"\xc2\x85")
        assert problem.column >= 1
        for sentence in (problem.sentence("en"), problem.sentence("id")):
            assert sentence and "{hint}" not in sentence
    if checked.errors == 0:
        assert checked.policy is not None and checked.roster is not None


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_answered_with_located_problems(content: bytes) -> None:
    """Bytes of any kind."""
    sound(content)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered_with_located_problems(text: str) -> None:
    """Text of any kind."""
    sound(text.encode("utf-8", errors="surrogatepass"))


@given(nearly_yaml())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nearly_right_files_are_answered_with_located_problems(text: str) -> None:
    """Files of known keys with values of every shape."""
    sound(text.encode("utf-8", errors="surrogatepass"))
