"""Text that came from a file is literal wherever it is shown, and no cell of an export is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.escape import JOINER, slack, spreadsheet, teams, teams_run

PAYLOADS = [
    *("<!channel>", "<!here>", "<!everyone>", "<!subteam^S123>", "<!date^1|x>", "<@U012AB3CD>", "<#C012AB3CD|general>"),
    *("<https://evil.example|click>", "https://evil.example", "http://evil.example/?a=b&c", "HTTPS://EVIL.example"),
    *("www.evil.example", "evil.example/path", "ftp://evil.example", "mailto:a@evil.example", "tel:+441865"),
    *("<mailto:a@evil.example|a>", "a@evil.example", "@channel", "@here", "@everyone", "#general", "\uff20here"),
    *("*bold*", "_italic_", "~struck~", "`code`", "```block```", "> quoted", "&gt; quoted", "a *b* _c_", "**bold**"),
    *("__bold__", "[click](https://evil.example)", "![x](https://evil.example/x.png)", "[x][1]", "[1]: //evil.example"),
    *("<at>Jane</at>", "<at id='0'>x</at>", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x"),
    *(
        "<b>x</b>",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "&lt;!channel&gt;",
        "&#60;!channel&#62;",
    ),
    *("# heading", "- item", "+ item", "1. item", "1) item", "| a | b |", "===", "\\*x\\*", "a\n> b\n- c", "  - x"),
    *(
        ":smile:",
        ":rotating_light:",
        ":+1:",
        "msteams://x",
        "slack://x",
        "file:///etc/passwd",
        "\u202eevil",
        "x\u2028> y",
    ),
    *("<<!channel>>", "<!channel", "&amp;<!channel>", "`<!here>`", "<https://a.example>", "O'Brien & Söhne <x>"),
    *("{{DATE(2017-07-05T08:00:00Z,SHORT)}}", "{{TIME(2017-07-05T08:00:00Z)}}", "{{{{DATE(2017-07-05T08:00:00Z)}}}}"),
]
LIVE_IN_BOTH = re.compile(
    r"[A-Za-z]+:\S|www\.|[A-Za-z0-9]\.[A-Za-z]{2}|[@\uff20]\w|:[a-z0-9_+-]+:|[*~`]|(?<![A-Za-z0-9])_\w|"
    "[\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)
LIVE: dict[Callable[[str], str], re.Pattern[str]] = {
    slack: re.compile(r"[<>]|&(?!amp;|lt;|gt;)|^\s*&gt;", re.MULTILINE),
    teams: re.compile(
        r"<\w|</|<!|\]\(|\]\[|\]:|!\[|&[#A-Za-z]|\\[^\w\s\u2060]|^\s*(?:[-+#>|=]|\d+[.)](?!\d))|\{\{", re.MULTILINE
    ),
}
#: Markdown is literal in a TextRun: what is left is what clients look for.
LIVE_IN_A_RUN = re.compile(
    r"[A-Za-z]+:\S|www\.|[A-Za-z0-9]\.[A-Za-z]{2}|[@\uff20]\w|:[a-z0-9_+-]+:|<\w|</|<!|\{\{|[\u202a-\u202e\u2066-\u2069]"
)
MARKS = {"\u2217": "*", "\u223c": "~", "\u02cb": "`", "\u02cd": "_", "\uff20": "@"}
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2060\u2066-\u2069\ufeff]")


def seen(text: str) -> str:
    """What a person reads: nothing hidden, and a look-alike is what it looks like."""
    return HIDDEN.sub("", text).translate(str.maketrans("".join(MARKS), "".join(MARKS.values())))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "area {} of x", "{}{}", "x\n{}", "({})"])
@pytest.mark.parametrize("escape", [slack, teams])
def test_nothing_is_live(escape: Callable[[str], str], around: str, payload: str) -> None:
    kind = escape
    text = kind(around.format(payload, payload))
    assert LIVE_IN_BOTH.search(text) is None, text
    assert LIVE[kind].search(text) is None, text
    plain = unescaped(text) if kind is slack else text
    assert seen(plain) == seen(around.format(payload, payload))


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "area {} of x", "{}{}", "({})"])
def test_nothing_is_live_in_a_run_and_every_mark_is_what_it_was(around: str, payload: str) -> None:
    text = teams_run(around.format(payload, payload))
    assert LIVE_IN_A_RUN.search(text) is None, text
    assert HIDDEN.sub("", text) == HIDDEN.sub("", around.format(payload, payload)).replace("\uff20", "@")


@given(st.text())
def test_slack_reads_the_same(text: str) -> None:
    assert seen(unescaped(slack(text))) == seen(text)
    assert LIVE[slack].search(slack(text)) is None


@given(st.text(alphabet="<>&!@#*_~`[](){}:/.\\-+= \naBw1\u2060", max_size=40))
def test_built_of_marks_alone_nothing_is_live(text: str) -> None:
    for kind in (slack, teams):
        found = kind(text)
        assert LIVE_IN_BOTH.search(found) is None
        assert LIVE[kind].search(found) is None
    assert seen(teams(text)) == seen(text)
    assert LIVE_IN_A_RUN.search(teams_run(text)) is None


@pytest.mark.parametrize("text", ["O'Brien", "OX-7QK4", "W-N01", "LA_2017_x", "R/01", "Wed 5 Jul 2017 08:00", "63.4%"])
def test_what_is_harmless_is_left_alone(text: str) -> None:
    assert slack(text) == text
    assert teams(text) == teams_run(text) == text


def test_only_three_characters_are_escaped() -> None:
    assert slack('O\'Brien & "Söhne" < x > y') == 'O\'Brien &amp; "Söhne" &lt; x &gt; y'


FORMULAS = [
    *("=1+1", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\tplain", "\r\n=1"),
    *('=HYPERLINK("http://evil.example")', "=WEBSERVICE(A1)", "=1", "+44 1865 1", "-", "=", "-1,5", "--1", "+-1"),
    *("\uff1d1+1", "\uff0b1", "\uff0dA1", "\uff20SUM(A1)", " =1", "\n=1", "\xa0=1", "\u200b=1", "\ufeff=1", "@x"),
    *('="a"', "-2+3+cmd|' /C calc'!A0", "=IMPORTXML(A1)", "%=1".removeprefix("%"), "+1;=1", "-A1%"),
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula(cell: str) -> None:
    """As a spreadsheet would read the file back."""
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheet(cell), "next"])
    ((read, after),) = list(csv.reader(io.StringIO(out.getvalue())))
    assert read[0] == "'"
    assert after == "next"


@pytest.mark.parametrize("cell", [5, -5, 1.5, None, "5", "-5", "+5.5", "-12.5%", "OX-7QK4", "a=b", "n/a", "'=1", ""])
def test_numbers_and_words_stay(cell: str | int | float | None) -> None:
    assert spreadsheet(cell) == cell
    assert type(spreadsheet(cell)) is type(cell)


@given(st.text(alphabet="=+-@\t\r\n 1a.%\uff1d\u200b", max_size=8))
def test_whatever_begins_like_a_formula_is_none(text: str) -> None:
    found = str(spreadsheet(text))
    begins = found.strip(" \t\n\v\f\xa0\u200b\u2060\ufeff")[:1]
    assert begins not in set("=@\uff1d") or begins == ""
    assert begins not in set("+-") or re.fullmatch(r"[+-]\d+(\.\d+)?%?", found)
    assert JOINER not in found
