"""In a direct chat a person is spoken to in their language and by their salutation."""

from __future__ import annotations

import pytest

from bridge.books import catalogue_for
from bridge.policy.roster import Person
from tests.forum.desk import configuration, policy_text, roster_text


@pytest.mark.parametrize(
    ("forum", "language", "salutation", "words"),
    [
        ("id", None, None, "Belum ada keputusan yang tercatat, Bapak/Ibu."),
        ("id", None, "Puang", "Belum ada keputusan yang tercatat, Puang."),
        ("id", "en", None, "No decision has been recorded yet."),
        ("en", "id", None, "Belum ada keputusan yang tercatat, Bapak/Ibu."),
        ("en", "id", "Ibu", "Belum ada keputusan yang tercatat, Ibu."),
    ],
)
def test_by_language_and_salutation(forum: str, language: str | None, salutation: str | None, words: str) -> None:
    policy = configuration(policy_text(language=forum), roster_text()).policy
    person = Person.model_validate({"id": "a", "name": "A", "language": language, "salutation": salutation})
    assert catalogue_for(person, policy).say("decision.none").plain == words
    # Whoever is spoken to next is not affected.
    assert catalogue_for(None, policy).say("decision.none").plain != words or (language, salutation) == (None, None)
