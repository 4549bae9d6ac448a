"""An SMS says one fixed sentence; each fault of its provider has an outcome; no number or key gets anywhere else."""

from __future__ import annotations

import io
import logging
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat.sms import Numbers, Sms, SmsUnusable, notify
from bot.conversation.outbound import DRILL, PREVIEW, WAKE, CannotTell, Later, Message, PostRefused, Sent, Unknown
from bot.conversation.reply import Fact, Reply
from bot.logs import setup
from bot.rules.access.channel_privacy import level_of
from bot.rules.partnership.installation import NOT_REAL
from bot.server.platforms import read_sms
from bot.settings import SettingsError
from tests.support.factories import NOW
from tests.support.notify import KEY, SECRET, TEMPLATE, Provider, provider

pytest.importorskip("notifications_python_client", reason="the extra notify is not installed")

NUMBER, OTHER = "+447700900001", "07700 900002"
CANARY, MARKER = "OX-7QK4", "6f1c7a52-0000-5000-8000-1234567890ab"
REPLY = Reply(CANARY, 0, text=(CANARY,), facts=(Fact(CANARY, 3),), footer=(CANARY,))
MESSAGE = Message(REPLY, WAKE, MARKER)


@pytest.fixture
def notified() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    file = tmp_path / "numbers"
    file.write_text(f"# on call\ncs-104, {NUMBER}, {OTHER}\n\npo-7, 00447700900003\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def read(text: str) -> Numbers:
    return Numbers(Path("numbers"), lambda file: text)


def test_it_says_one_sentence_and_nothing_else(notified: Provider, numbers: Path) -> None:
    assert notified.sms(numbers).post("cs-104", MESSAGE) == Sent("")
    assert notified.taken == [
        {
            "phone_number": NUMBER,
            "template_id": TEMPLATE,
            "personalisation": {"text": WAKE},
            "reference": MARKER,
        }
    ]


def test_the_second_number_of_a_person_is_another_destination(notified: Provider, numbers: Path) -> None:
    sms = notified.sms(numbers)
    assert isinstance(sms.post("cs-104#2", MESSAGE), Sent)
    assert notified.taken[0]["phone_number"] == "07700900002"
    assert [sms.describe(to).members for to in ("cs-104", "cs-104#2", "cs-104#3", "nobody")] == [
        (True,),
        (True,),
        (),
        (),
    ]
    assert level_of(sms.describe("cs-104")) == 0
    assert sms.post("nobody", MESSAGE) == PostRefused("no_number")


def test_a_message_that_is_no_call_is_never_sent(notified: Provider, numbers: Path) -> None:
    for preview in (PREVIEW, CANARY):
        assert notified.sms(numbers).post("cs-104", Message(REPLY, preview, MARKER)) == PostRefused("not_a_call")
    assert notified.requests == []


@pytest.mark.parametrize("sentence", [WAKE, DRILL])
def test_practice_is_said_to_be_practice_and_each_text_is_one_sms(
    notified: Provider, numbers: Path, sentence: str
) -> None:
    message = Message(Reply("", 0).noting(NOT_REAL), sentence, MARKER)
    assert isinstance(notified.sms(numbers).post("cs-104", message), Sent)
    text = notified.taken[0]["personalisation"]["text"]
    assert text.startswith("PRACTICE, no real call. ")
    assert text.isascii()
    assert len(text) <= 160


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("400", PostRefused("http_400")),
        ("403", Later(60)),  # a wrong key or clock: once it is put right, the call goes out
        ("404", PostRefused("http_404")),
        ("408", Unknown("http_408")),
        ("429", Later(60)),
        ("500", Unknown("http_500")),
        ("503", Unknown("http_503")),
        ("garbage", Unknown("http_200")),
        ("reset", Unknown("no_answer")),
    ],
)
def test_each_fault_has_its_outcome(notified: Provider, numbers: Path, fault: str, outcome: object) -> None:
    notified.always = fault
    assert notified.sms(numbers).post("cs-104", MESSAGE) == outcome
    assert notified.taken == []


@pytest.mark.parametrize("fault", ["slow", "dribble"])
def test_no_provider_holds_the_tick_up(notified: Provider, numbers: Path, fault: str) -> None:
    notified.always = fault
    begun = time.monotonic()
    assert notified.sms(numbers, timeout=0.5).post("cs-104", MESSAGE) == Unknown("no_answer")
    assert time.monotonic() - begun < 2


def test_nobody_listens(notified: Provider, numbers: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        notified.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    assert notified.sms(numbers).post("cs-104", MESSAGE) == Unknown("no_answer")


def test_a_provider_that_did_not_answer_is_left_alone_for_a_while(notified: Provider, numbers: Path) -> None:
    sms = notified.sms(numbers)
    notified.faults = ["reset"]
    assert isinstance(sms.post("cs-104", MESSAGE), Unknown)
    asked = len(notified.requests)
    later = sms.post("po-7", MESSAGE)
    assert isinstance(later, Later)
    assert 0 < later.seconds <= 30
    with pytest.raises(CannotTell):
        sms.find("cs-104", MARKER, NOW)
    assert len(notified.requests) == asked


def test_a_text_whose_answer_was_lost_is_not_sent_again(notified: Provider, numbers: Path) -> None:
    notified.faults = ["", "taken"]
    assert isinstance(notified.sms(numbers).post("cs-104", MESSAGE), Unknown)
    assert notified.sms(numbers).post("cs-104", MESSAGE) == Sent("")
    assert len(notified.taken) == 1


def test_a_look_that_is_refused_or_limited_keeps_no_text_back(notified: Provider, numbers: Path) -> None:
    for fault in ("400", "429"):
        notified.faults = [fault]
        assert notified.sms(numbers).post("cs-104", MESSAGE) == Sent("")
    assert len(notified.taken) == 2


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_reached_no_telephone_is_not_found(notified: Provider, numbers: Path, status: str) -> None:
    sms = notified.sms(numbers)
    sms.post("cs-104", MESSAGE)
    assert sms.find("cs-104", MARKER, NOW) == ["n1"]
    notified.status = status
    assert sms.find("cs-104", MARKER, NOW) == []


def test_the_template_may_say_nothing_of_its_own(notified: Provider, numbers: Path) -> None:
    sms = notified.sms(numbers)
    assert sms.check() is None
    notified.body = "About ((text))"
    assert sms.check() == "template"
    notified.faults = ["403"]
    assert sms.check() == "http_403"
    assert notified.taken == []


def test_neither_number_nor_key_is_logged_shown_or_in_a_fault(notified: Provider, numbers: Path) -> None:
    lines = io.StringIO()
    setup.configure(lines, json=True)
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    try:
        sms = notified.sms(numbers, timeout=0.5)
        for fault in ("", "400", "500", "reset", "garbage", "429"):
            notified.faults = [fault, fault]
            sms._down_until = 0.0
            outcome = sms.post("cs-104", MESSAGE)
            lines.write(repr(outcome))
        lines.write(repr(sms))
    finally:
        root.setLevel(level)
        root.handlers = [h for h in root.handlers if not isinstance(h.formatter, setup.RedactingFormatter)]
    for secret in ("7700900001", "7700900002", SECRET, "Canary"):
        assert secret not in lines.getvalue()


# -- the file of numbers --


@pytest.mark.parametrize("number", ["+44 7700 900000", "07700 900000", "0044 (7700) 900-000"])
def test_a_number_is_read_as_people_write_it(number: str) -> None:
    assert len(read(f"cs-104, {number} # desk").of("cs-104")) == 1


@pytest.mark.parametrize(
    "line", ["cs-104", "cs-104,", ", 07700 900000", "cs-104, 900", "cs-104, Canary", "cs-104 07700 900000"]
)
def test_a_line_that_cannot_be_read_is_told_by_its_number_alone(line: str) -> None:
    with pytest.raises(SmsUnusable, match="line 2: ") as fault:
        read(f"po-7, 07700 900001\n{line}").all()
    assert not {"Canary", "900000,", "900001"} & set(str(fault.value).replace("07700", " ").split())


def test_a_person_who_is_there_twice_is_a_fault() -> None:
    with pytest.raises(SmsUnusable, match="line 2: this person is there already"):
        read("cs-104, 07700900001\ncs-104, 07700900002").all()


def test_a_file_that_cannot_be_read_loses_no_call(notified: Provider, numbers: Path) -> None:
    sms = notified.sms(numbers)
    numbers.write_text("Canary", encoding="utf-8")
    assert isinstance(sms.post("cs-104", MESSAGE), Later)
    with pytest.raises(CannotTell):
        sms.describe("cs-104")


# -- the settings --


def environ(numbers: Path, **changes: str) -> dict[str, str]:
    given = {"BOT_NOTIFY_API_KEY": KEY, "BOT_NOTIFY_TEMPLATE": TEMPLATE, "BOT_NUMBERS_FILE": str(numbers)}
    return {name: value for name, value in (given | changes).items() if value}


def test_without_a_key_there_is_no_sms(numbers: Path) -> None:
    assert read_sms(environ(numbers, BOT_NOTIFY_API_KEY=""), 10) is None
    assert isinstance(read_sms(environ(numbers), 10), Sms)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"BOT_NOTIFY_API_KEY": "Canary"}, "BOT_NOTIFY_API_KEY is no API key"),
        ({"BOT_NOTIFY_TEMPLATE": "Canary"}, "BOT_NOTIFY_TEMPLATE must be the id"),
        ({"BOT_NUMBERS_FILE": ""}, "BOT_NUMBERS_FILE must name the file"),
        ({"BOT_NOTIFY_URL": "http://Canary.example.org"}, "BOT_NOTIFY_URL must begin with https://"),
    ],
)
def test_a_wrong_setting_is_said_and_not_quoted(numbers: Path, changes: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as fault:
        read_sms(environ(numbers, **changes), 10)
    assert "Canary" not in str(fault.value)


def test_a_file_of_numbers_that_others_may_read_is_not_used(numbers: Path) -> None:
    numbers.chmod(0o644)
    sms = read_sms(environ(numbers), 10)
    assert sms is not None
    with pytest.raises(ValueError, match="chmod 600"):
        sms.numbers.all()


def test_without_the_extra_it_is_said_how_to_add_it(monkeypatch: pytest.MonkeyPatch, numbers: Path) -> None:
    monkeypatch.setitem(sys.modules, "notifications_python_client.notifications", None)
    with pytest.raises(SettingsError, match="--with notify"):
        read_sms(environ(numbers), 10)


def test_the_url_of_an_authority_that_has_its_own_is_taken(numbers: Path) -> None:
    assert callable(notify(KEY, "https://notify.example.org", 5.0))


def test_nothing_is_changed_or_deleted(notified: Provider, numbers: Path) -> None:
    sms: Any = notified.sms(numbers)
    assert sms.update("cs-104", "", MESSAGE) == sms.delete("cs-104", "") == PostRefused("not_possible")
