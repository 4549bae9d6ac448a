"""Every sentence that chat says passes through the catalogue; the template for translators is up to date."""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import sys

import pytest

from tests.support import catalogue, sentences


def test_no_sentence_stands_outside_the_catalogue() -> None:
    found = [
        f"{path.relative_to(sentences.ROOT)}:{node.lineno}: {sentences.text_of(node)!r}"
        for path in sentences.files()
        for node in sentences.in_file(path)
    ]
    assert not found, "\n".join(("Wrap these in _() or n_() of bot/rules/catalogue.py:", *found))


def test_every_exception_is_needed() -> None:
    """A list of exceptions that nothing needs hides the next sentence."""
    names = {p.relative_to(sentences.ROOT).as_posix() for p in sentences.sources()}
    assert not {*sentences.NOT_CHAT, *sentences.PARSERS, *sentences.EXCEPTIONS} - names
    unneeded = []
    for name, listed in sentences.EXCEPTIONS.items():
        tree = ast.parse((sentences.ROOT / name).read_text(encoding="utf-8"))
        needed = {x for node, scope in sentences.judged(tree) for x in (scope, sentences.text_of(node))}
        unneeded += [f"{name}: {x}" for x in listed if x not in needed]
    assert not unneeded


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Reply("Not shown", 0, ("Ask your manager.",))', ["Not shown", "Ask your manager."]),
        ('f"{ref} is back"', ["{} is back"]),
        ('_("{ref} is back", ref=ref)', []),
        ('_("{what} is back", what="a child" if x else "no one")', ["a child", "no one"]),
        ('n_("{n} child", "{n} children", 2)', []),
        ('Button("Look up", f"child {ref}")', ["Look up"]),
        ('Command(name="open", summary="Who is missing", usage="open [AREA]")', ["Who is missing"]),
        ('raise Unclear("Name one area.", "stats north last half")', ["Name one area."]),
        ('log.info("a form was not opened")', []),
        ('x if y == "not required" else z', []),
        ('" · ".join(parts)', []),
        ('f"{ref} · {area}"', []),
        ('"A docstring."', []),
        ('{"no grade": x}', ["no grade"]),
    ],
)
def test_what_counts_as_a_sentence(source: str, found: list[str]) -> None:
    assert [sentences.text_of(node) for node in sentences.outside(ast.parse(source))] == found


def test_the_template_is_up_to_date() -> None:
    written = catalogue.TEMPLATE.read_text(encoding="utf-8")
    assert written == catalogue.template(), f"The template is not up to date; {catalogue.HOW}"


def test_what_is_counted_has_its_number() -> None:
    """A language may put the number elsewhere: it stands in the text for one and in that for many."""
    for path in sentences.sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            texts = sentences.counter(node)
            assert not texts or (len(texts) == 2 and all("{n}" in text for text in texts)), (path, texts)


def test_placeholders_are_names_alone() -> None:
    """A translator can move {name}; {0}, {x.y} and {x:%H} are code."""
    for message in catalogue.sentences():
        for text in [message.id] if isinstance(message.id, str) else message.id:
            if "python-brace-format" in message.flags:
                for _text, name, spec, conversion in string.Formatter().parse(text):
                    assert name is None or re.fullmatch("[a-z][a-z_0-9]*|", name), text
                    assert (spec, conversion) in (("", None), (None, None)), text


def test_the_practice_morning_in_a_language_that_nobody_speaks() -> None:
    """Every message is rendered, with its references; the words outside the catalogue are data and codes."""
    done = subprocess.run(
        (sys.executable, "-m", "tests.support.pseudo_language"), cwd=sentences.ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    said = json.loads(done.stdout)
    assert len(said) > 40
    lines = [line for _name, texts in said for line in texts]
    assert not [line for line in lines if line.count("«") != line.count("»")]
    plain, accented = (sum(len(re.findall(letters, x)) for x in lines) for letters in ("[A-Za-z]", "[À-ž]"))
    assert accented > 3 * plain
    assert any(re.search(r"OX-[A-Z0-9]{4}", line) for line in lines)
    assert not [line for line in lines if re.search(r"\{[a-z_]*\}", line)]
