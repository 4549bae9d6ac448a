"""Templates run in a sandbox: what is put into one is text, and no template reaches the program around it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, TemplateNotFound, UndefinedError
from jinja2.exceptions import TemplateError

from bot.reports import documents
from bot.reports.documents import TooLongError, chat, html, render, written

CLASS = "''.__class__.__mro__[1].__subclasses__()"
SSTI = [
    "7*7",
    "config",
    "config.items()",
    "self",
    "self.__dict__",
    "self._TemplateReference__context.cycler.__init__.__globals__.os.popen('echo PWNED').read()",
    "cycler.__init__.__globals__.os.popen('echo PWNED').read()",
    "joiner.__init__.__globals__.os.popen('echo PWNED').read()",
    "namespace.__init__.__globals__.os.popen('echo PWNED').read()",
    "lipsum.__globals__['os'].popen('echo PWNED').read()",
    "lipsum.__globals__.os.system('echo PWNED')",
    "url_for.__globals__",
    "request.application.__globals__",
    "get_flashed_messages.__globals__",
    "''.__class__",
    "''.__class__.__mro__",
    CLASS,
    f"{CLASS}[132].__init__.__globals__['popen']('echo PWNED').read()",
    "[].__class__.__base__.__subclasses__()",
    "().__class__.__bases__[0]",
    "{}.__class__.__init__.__globals__",
    "''['__class__']",
    "''|attr('__class__')",
    "''|attr('__cl'~'ass__')|attr('__mro__')",
    "'%s'.__class__.__mod__",
    "'{0.__class__.__init__.__globals__}'.format(cycler)",
    "'{x.__class__.__mro__}'.format_map({'x': 1})",
    "value.__init__.__globals__",
    "value.secret.__func__.__globals__",
    "value.secret()",
    "value.__class__.__name__",
    "cycler.next.__globals__",
    "range(100000000)",
    "'a' * 50000000",
    "[1] * 50000000",
    "9 ** 9 ** 9",
    "'%050000000d' % 1",
    "value.names.append('PWNED')",
    "dict.__base__.__subclasses__()",
    "(1).__class__.__base__",
]


class Value:
    """Something that a template is given."""

    def __init__(self) -> None:
        self.names = ["one"]

    def secret(self) -> str:
        return "PWN" + "ED"

    secret.alters_data = True  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*given: object, **_: object) -> None:
        raise AssertionError(f"a template ran {given}")

    for module, name in ((os, "popen"), (os, "system"), (subprocess, "Popen"), (subprocess, "run")):
        monkeypatch.setattr(module, name, run)


def of(source: str, *, plain: bool = False, **values: Any) -> str:
    environment = (chat if plain else html)(DictLoader({"x": source}))
    return written(environment, "x", values)


def test_there_are_enough() -> None:
    assert len(set(SSTI)) >= 30


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("expression", SSTI)
def test_as_a_value_it_is_text(expression: str, plain: bool) -> None:
    for wrapped in ("{{ %s }}" % expression, "{%% print(%s) %%}" % expression, "${%s}" % expression):  # noqa: UP031 - braces
        found = of("<{{ value }}>", plain=plain, value=wrapped)
        unescaped = found.replace("&#39;", "'").replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
        assert unescaped.replace("&amp;", "&") == f"<{wrapped}>"


def outcome(source: str, *, plain: bool, value: Value) -> str:
    try:
        return "shown: " + of(source, plain=plain, value=value)
    except (TemplateError, TypeError, OverflowError) as fault:
        return f"refused: {fault}"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("expression", SSTI[1:])
def test_as_a_template_it_reaches_nothing(expression: str, plain: bool) -> None:
    """SSTI[0] is a sum, which may be worked out; `self` is the template's own name, and leads nowhere."""
    value = Value()
    found = outcome("{{ %s }}" % expression, plain=plain, value=value)  # noqa: UP031 - braces
    assert found.startswith("refused: ") or expression == "self"
    assert "PWNED" not in found.replace(expression, "")
    assert value.names == ["one"]


def test_a_missing_value_is_an_error() -> None:
    for plain in (False, True):
        with pytest.raises(UndefinedError):
            of("{{ nothing }}", plain=plain)
        with pytest.raises(UndefinedError):
            of("{% if nothing %}x{% endif %}", plain=plain)


def test_html_is_escaped() -> None:
    found = of('<p title="{{ x }}">{{ x }}</p>', x="<script>alert('1')</script>\"&")
    assert "<script" not in found
    assert found.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#34;&amp;") == 2


def test_chat_escapes_three_characters_only() -> None:
    assert of("{{ x }}: <b>", plain=True, x='O\'Brien <!channel> & "x"') == ('O\'Brien &lt;!channel&gt; &amp; "x": <b>')


def test_what_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LONGEST", 10_000)
    with pytest.raises(TooLongError, match="longer than 10,000 characters"):
        of("{% for i in range(99999) %}xxxxxxxxxx{% endfor %}")
    assert len(of("{% for i in range(900) %}xxxxxxxxxx{% endfor %}")) == 9000


def test_numbers_may_be_counted_with() -> None:
    assert of("{{ 6 * 7 }} {{ 7 % 4 }} {{ 7 / 2 }}") == "42 3 3.5"


@pytest.mark.parametrize("name", ["../render.py", "/etc/passwd", "../../settings.py", "nothing.html"])
def test_only_templates_of_the_package(name: str) -> None:
    with pytest.raises(TemplateNotFound):
        render(name)


def test_a_page() -> None:
    found = render("page.html", title="Held on <one> child")
    assert found.startswith("<!doctype html>")
    assert found.count("Held on &lt;one&gt; child") == 2
    assert "default-src 'none'" in found  # nothing is fetched, nothing runs


def test_every_template_can_be_read() -> None:
    folder = Path(documents.__file__).parent / "templates"
    names = [file.name for file in folder.glob("*.html")]
    assert "page.html" in names
    assert [name for name in names if html().get_template(name) is None] == []
