"""The practice page's routes over real HTTP: for this machine alone, for practice alone, each thing once."""

from __future__ import annotations

import html
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.chat.web.page import ClockMoving
from bot.server.practice_page import PracticeRun, PracticeServer
from bot.settings import Settings, SettingsError, read_settings
from tests.support import browser as support
from tests.support.browser import PATIENCE_MS, Served, reference
from tests.support.reports import PlainComposer

REASON = "a look around in the practice partnership"
COUNTY, COUNTS = "county-digest", "county-counts"
SCRIPT = "<script>alert(1)</script>"


@dataclass
class Visitor:
    """A browser without a window: it follows redirects, and sends its page as the origin."""

    http: httpx.Client
    served: Served

    def get(self, path: str = "", **more: Any) -> httpx.Response:
        return self.http.get(f"{self.served.url}{path}", **more)

    def post(self, path: str, fields: Mapping[str, str] = {}, **more: Any) -> httpx.Response:
        headers = {"origin": self.served.origin} | more.pop("headers", {})
        return self.http.post(f"{self.served.url}{path}", data=dict(fields), headers=headers, **more)

    def ask(self, person: str, place: str, words: str, **fields: str) -> str:
        answered = self.post(f"/{person}/{place}/ask", {"words": words, "once": words} | fields)
        assert answered.status_code == 200
        return answered.text

    def fields(self, page: str, button: str) -> tuple[str, dict[str, str]]:
        """Return the address and the fields of the form with this button; without the root that addresses share."""
        form = next(f for f in re.findall(r"<form .*?</form>", page, re.DOTALL) if button in f)
        action = re.search(r'action="/practice([^"]*)"', form)
        assert action, form
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
        return action[1], {name: html.unescape(value) for name, value in hidden}


@pytest.fixture
def visitor(served: Served) -> Iterator[Visitor]:
    with httpx.Client(follow_redirects=True, timeout=PATIENCE_MS / 1000) as http:
        yield Visitor(http, served)


# ---- who is let in


def test_the_first_page_is_a_channel_of_the_first_person(visitor: Visitor) -> None:
    page = visitor.get()
    assert page.status_code == 200
    assert page.url.path == f"/practice/lead/{COUNTY}"


@pytest.mark.parametrize("host", ["practice.example", "practice.example:8080", "", "127.0.0.1.practice.example"])
@pytest.mark.parametrize("path", ["", f"/lead/{COUNTY}", "/version", "/file/page.css"])
def test_another_name_of_this_machine_is_refused(visitor: Visitor, host: str, path: str) -> None:
    refused = visitor.get(path, headers={"host": host})
    assert refused.status_code == 403
    assert "for this machine alone" in refused.text
    assert not support.REFERENCE.search(refused.text)


@pytest.mark.parametrize("origin", [None, "null", "http://practice.example", "https://127.0.0.1", "http://127.0.0.1:1"])
@pytest.mark.parametrize("path", ["/again", "/clock", "/lead/private/ask", "/lead/private/press", "/lead/private/hide"])
def test_a_change_from_elsewhere_is_refused(visitor: Visitor, origin: str | None, path: str) -> None:
    version, headers = visitor.get("/version").json(), {"origin": origin} if origin else {}
    refused = visitor.http.post(f"{visitor.served.url}{path}", data={"words": "help"}, headers=headers)
    assert refused.status_code == 403
    assert visitor.get("/version").json() == version


def test_a_body_that_is_too_long_is_refused(visitor: Visitor) -> None:
    version = visitor.get("/version").json()
    assert visitor.post("/lead/private/ask", {"words": "x" * 100_001}).status_code == 413
    assert visitor.get("/version").json() == version


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_kept(visitor: Visitor) -> None:
    for path in (f"/lead/{COUNTY}", "/lead/nowhere"):
        headers = visitor.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["form-action"] == "'self'"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/nobody/private",
        "/lead/nowhere",
        f"/north-worker/{COUNTY}",
        "/lead/private/chart/999/0",
        "/lead/private/chart/1/-1",
        f"/lead/{COUNTY}/chart/1/0",
        "/file/page.html",
        "/file/..%2Fpage.py",
        "/nobody/private/form/1",
    ],
)
def test_there_is_no_such_person_place_chart_or_file(visitor: Visitor, path: str) -> None:
    refused = visitor.get(path)
    assert refused.status_code in (404, 422)
    assert not support.REFERENCE.search(refused.text)


@pytest.mark.parametrize("deed", ["ask", "press", "share", "hide", "fill/1"])
def test_nobody_acts_as_a_stranger_or_in_a_place_of_others(visitor: Visitor, deed: str) -> None:
    version = visitor.get("/version").json()
    for path in ("/nobody/private", f"/north-worker/{COUNTY}"):
        assert visitor.post(f"{path}/{deed}", {"words": "help"}).status_code == 404
    assert visitor.get("/version").json() == version


def test_a_form_that_is_not_open_leads_back_to_its_place(visitor: Visitor) -> None:
    assert visitor.get("/lead/private/form/99").url.path == "/practice/lead/private"
    assert visitor.post("/lead/private/fill/99").url.path == "/practice/lead/private"


# ---- practice alone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'real.sqlite'}"})


def test_a_partnership_with_real_children_is_refused(settings: Settings) -> None:
    real = replace(settings, partnership=replace(settings.partnership, practice=None))
    with pytest.raises(SettingsError, match="practice data only"):
        PracticeRun(real)


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0"])
def test_an_address_that_others_reach_is_refused(served: Served, bind: str) -> None:
    with pytest.raises(SettingsError, match="for this machine alone"):
        PracticeServer(served.stage, bind)


def test_an_address_that_is_taken_is_said(served: Served) -> None:
    taken = served.origin.removeprefix("http://")
    with pytest.raises(SettingsError, match="cannot listen"):
        PracticeServer(served.stage, taken)


def test_nothing_of_the_environment_is_opened_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database, the folders and the chat platform of a real installation are not touched."""
    real, temporary = tmp_path / "real.sqlite", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    environ = {
        "BOT_DATABASE_URL": f"sqlite:///{real}",
        "BOT_AUDIT_KEY_FILE": str(tmp_path / "not there"),
        "SLACK_BOT_TOKEN": "a token",
        "SLACK_SIGNING_SECRET": "a secret",
        "BOT_SMTP_URL": "smtp://mail.practice.example",
    }
    connected: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda _self, address: connected.append(address))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with closing(PracticeRun(read_settings(environ))) as stage:
        assert stage.conversations.messages
        assert [folder.name[:9] for folder in temporary.iterdir()] == ["practice-"]
    assert [file.name for file in tmp_path.rglob("*")] == ["temporary"]
    assert connected == []


# ---- each thing once, and as text


def test_what_was_sent_twice_is_done_once(visitor: Visitor) -> None:
    page = visitor.get(f"/coordinator/{COUNTY}").text
    path, fields = visitor.fields(page, "Take it")
    first, second = visitor.post(path, fields).text, visitor.post(path, fields).text
    assert first.count("Taken over.") == second.count("Taken over.") == 1
    assert "This was pressed before." not in first
    assert "This was pressed before." in second


def test_what_was_typed_twice_is_answered_once(visitor: Visitor) -> None:
    for _again in range(2):
        page = visitor.ask("police", "private", "help")
    assert page.count('<h2 class="title">Help') <= 1
    assert "This was pressed before." in page


def test_what_is_typed_is_shown_as_text(visitor: Visitor) -> None:
    for place, aloud in (("private", {}), (COUNTY, {"aloud": "1"})):
        page = visitor.ask("lead", place, SCRIPT, once=place, **aloud)
        assert SCRIPT not in page
        assert html.escape(SCRIPT, quote=False) in page


def test_names_of_the_partnership_file_are_shown_as_text(settings: Settings) -> None:
    listed = settings.partnership
    channels = tuple(replace(c, name=f"{c.name} {SCRIPT}") for c in listed.channels)
    spoilt = replace(settings, partnership=replace(listed, name=SCRIPT, channels=channels))
    with support.serving(spoilt) as served, httpx.Client(follow_redirects=True, timeout=PATIENCE_MS / 1000) as http:
        for path in ("", f"/lead/{COUNTY}", "/lead/home"):
            page = http.get(f"{served.url}{path}").text
            assert SCRIPT not in page
            assert html.escape(SCRIPT, quote=False) in page


def test_the_fields_of_a_form_come_back_as_text(visitor: Visitor) -> None:
    ref = reference(visitor.get(f"/lead/{COUNTY}").text)
    path, fields = visitor.fields(visitor.ask("lead", "private", f"child {ref}"), "f-reason")
    page = visitor.post(path, fields | {"reason": SCRIPT[:19]}).text
    assert SCRIPT[:19] not in page
    assert html.escape(SCRIPT[:19], quote=False) in page


def test_a_form_is_its_person_s_alone(visitor: Visitor) -> None:
    ref = reference(visitor.get(f"/lead/{COUNTY}").text)
    opened = visitor.post("/lead/private/ask", {"words": f"child {ref}", "once": "own"}).url.path
    number = opened.rpartition("/")[2]
    assert visitor.get(f"/police/private/form/{number}").url.path == "/practice/police/private"
    visitor.post(f"/police/private/fill/{number}", {"reason": REASON, "once": "theirs"})
    assert "Missing since" not in visitor.get("/police/private").text
    assert "Give a reason" in visitor.get(f"/lead/private/form/{number}").text


# ---- who sees what


def test_a_handle_is_of_the_person_or_channel_that_it_was_given_to(visitor: Visitor) -> None:
    _path, fields = visitor.fields(visitor.get("/police/private").text, "Acknowledge")
    page = visitor.post("/north-worker/private/press", fields | {"once": "stolen"}).text
    assert "Acknowledged for" not in page
    assert "Acknowledged for" not in visitor.get("/police/private").text


def test_an_answer_stays_only_where_every_reader_is_entitled_to_it(visitor: Visitor) -> None:
    """In the channel of counts alone the references go to the private conversation."""
    page = visitor.ask("lead", COUNTS, "open")
    assert "I have answered you in our private conversation" in page
    assert not support.REFERENCE.search(page)
    assert support.REFERENCE.search(visitor.get("/lead/private").text)
    assert "Missing now, Whole county" in visitor.ask("lead", COUNTY, "open", once="there")
    assert "Missing now, Whole county" not in visitor.get(f"/coordinator/{COUNTY}").text


def test_an_answer_for_one_person_is_hidden_by_that_person_alone(visitor: Visitor) -> None:
    visitor.ask("lead", COUNTY, "open", once="mine")
    (shown,) = [m for m in visitor.served.stage.conversations.messages if m.only_for == "lead" and m.place == COUNTY][
        -1:
    ]
    visitor.post(f"/police/{COUNTY}/hide", {"message": str(shown.number)})
    assert visitor.served.stage.conversations.numbered(shown.number) is shown
    visitor.post(f"/lead/{COUNTY}/hide", {"message": str(shown.number)})
    assert visitor.served.stage.conversations.numbered(shown.number) is None


def test_a_post_to_all_cannot_be_hidden(visitor: Visitor) -> None:
    talk = visitor.served.stage.conversations
    digest = next(talk.seen_by("lead", COUNTY))
    visitor.post(f"/lead/{COUNTY}/hide", {"message": str(digest.number)})
    assert talk.numbered(digest.number) is digest


def test_a_chart_is_a_picture_for_those_who_see_its_message(visitor: Visitor) -> None:
    page = visitor.ask("lead", "private", "trend north", once="chart")
    (path,) = re.findall(r'src="/practice(/lead/private/chart/[^"]*)"', page)
    picture = visitor.get(path)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert visitor.get(path.replace("/lead/", "/police/")).status_code == 404


def test_a_click_that_was_given_up_is_no_fault_of_the_program(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second press of a double click ends the first request before its fields have arrived."""
    faults: list[BaseException] = []

    def unexpected(fault: BaseException) -> str:
        faults.append(fault)
        return "A fault."

    monkeypatch.setattr("bot.chat.web.page.unexpected", unexpected)
    origin = visitor.served.origin
    host, port = origin.removeprefix("http://").split(":")
    half = f"POST /practice/lead/private/ask HTTP/1.1\r\nhost: {host}:{port}\r\norigin: {origin}\r\n"
    with socket.create_connection((host, int(port))) as given_up:
        given_up.sendall(f"{half}content-length: 100\r\n\r\nwords=".encode())
        time.sleep(0.2)  # the server reads what has come
    time.sleep(0.2)
    assert visitor.get("/version").status_code == 200
    assert faults == []


# ---- the clock


def test_a_moment_that_was_not_offered_moves_nothing(visitor: Visitor) -> None:
    before = visitor.served.stage.now
    for to in ("", "never", "2017-07-04T08:00:00+01:00", "2099-01-01T00:00:00+00:00"):
        visitor.post("/clock", {"to": to, "person": "lead", "place": "private"})
    assert visitor.served.stage.now == before


def test_the_clock_is_moved_to_a_moment_that_is_offered(visitor: Visitor) -> None:
    before, move = visitor.served.stage.now, visitor.served.stage.moves[0]
    visitor.post("/clock", {"to": move.to.isoformat(), "person": "lead", "place": "private"})
    while visitor.get("/version").json()["moving"] is not None:
        pass
    assert visitor.served.stage.now == move.to > before


def test_a_move_is_one_at_a_time_and_its_page_says_where_it_is(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = visitor.served.stage
    moving = ClockMoving(stage.now, stage.now, stage.moves[0].to)
    monkeypatch.setattr(stage, "moving", moving)
    before = stage.now
    visitor.post("/clock", {"to": stage.moves[0].to.isoformat(), "person": "lead", "place": "private"})
    assert stage.now == before
    assert "The clock moves to" in visitor.get("/lead/private").text
    assert visitor.get("/version").json()["moving"] == 0


def test_the_beginning_again_is_seen_by_open_pages(visitor: Visitor) -> None:
    """The practice is as it was at the first moment, with other references, so the pages of before are out of date."""
    again = {"person": "lead", "place": COUNTY}
    visitor.post("/again", again)
    before, ref = visitor.get("/version").json(), reference(visitor.get(f"/lead/{COUNTY}").text)
    visitor.post("/again", again)
    assert visitor.get("/version").json() != before
    assert ref not in visitor.get(f"/lead/{COUNTY}").text


@pytest.mark.thorough
def test_the_beginning_again_waits_for_a_move_of_the_clock(visitor: Visitor) -> None:
    stage, practice = visitor.served.stage, read_settings({}).partnership.practice
    assert practice is not None
    close = next(move for move in stage.moves if "closes" in move.label)
    visitor.post("/clock", {"to": close.to.isoformat(), "person": "lead", "place": "private"})
    visitor.post("/again", {"person": "lead", "place": "private"})
    assert (stage.moving, stage.now) == (None, practice.now)


# ---- a report


def test_the_files_of_a_report_are_handed_over_by_links(visitor: Visitor) -> None:
    visitor.served.stage.app.making._composer = PlainComposer()
    page = visitor.ask("lead", "private", "report 2017-H1")
    links = re.findall(r'href="/practice([^"]*/report/[^"]*)" download', page)
    assert [link.rpartition("/")[2] for link in links] == ["html", "xlsx", "docx"]
    got = visitor.get(links[0])
    assert got.status_code == 200
    assert got.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert b"'Published', 'False'" in got.content
    assert visitor.get(links[0].replace("/html", "/exe")).status_code == 404
    assert visitor.get(links[0].replace("/lead/", "/analyst/")).status_code == 404
