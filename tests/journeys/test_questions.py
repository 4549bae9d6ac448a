"""Three hundred questions and a hundred steps in people's own words: none is answered with something else.

`python -m tests.bench.questions` prints the whole table; the commands intended were written before the grammar.
"""

from __future__ import annotations

import pytest

from tests.support.questions import Asked, ask_everything, counts, practice_county

#: Understood at least, of 300 and of 100: what was reached. "reports 03/04/17 to 07/05/17" is asked back, for `reports`
#: lists the half-yearly ones.
UNDERSTOOD = {"questions": 172, "steps": 45}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    with practice_county(tmp_path_factory.mktemp("questions")) as app:
        return ask_everything(app)


def test_every_question_is_asked(asked: list[Asked]) -> None:
    assert (counts(asked, "questions").total(), counts(asked, "steps").total()) == (300, 100)
    assert (counts(asked, "questions", "fresh reader").total(), counts(asked, "steps", "fresh reader").total()) == (
        150,
        50,
    )


@pytest.mark.parametrize("kind", ["questions", "steps"])
def test_none_is_answered_with_something_else(asked: list[Asked], kind: str) -> None:
    wrong = [a for a in asked if a.kind == kind and a.found == "WRONG"]
    assert [(a.text, a.intended, a.answer) for a in wrong] == []


@pytest.mark.parametrize("kind", ["questions", "steps"])
def test_as_many_are_understood_as_were(asked: list[Asked], kind: str) -> None:
    assert counts(asked, kind)["understood"] >= UNDERSTOOD[kind]


def test_what_was_to_be_refused_is_never_answered(asked: list[Asked]) -> None:
    assert {a.found for a in asked if a.intended == "refuse"} == {"refused clearly"}
