"""The platform without a network: what is posted is there, whole, once, and its owner's alone."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.file_outbox import Outbox
from bot.conversation.outbound import PREVIEW, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from tests.support.factories import NOW
from tests.support.memory_platform import ONE_PERSON


def message(marker: str = "m-1", words: str = "Something") -> Message:
    return Message(Reply("A title", 0, (words,)), PREVIEW, marker)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox", lambda destination: ONE_PERSON)


def test_what_is_posted_is_found_by_its_marker_alone(outbox: Outbox) -> None:
    first, other = outbox.post("C/1", message()), outbox.post("C/1", message("m-2"))
    assert isinstance(first, Sent)
    assert isinstance(other, Sent)
    assert outbox.find("C/1", "m-1", NOW) == [first.message_id]
    assert outbox.find("C/2", "m-1", NOW) == []
    assert outbox.markers("C/1", NOW) == [kept["marker"] for _, kept in outbox.messages("C/1")] == ["m-1", "m-2"]
    assert outbox.markers("C/1", datetime.now(UTC) + timedelta(minutes=1)) == []


def test_it_can_be_changed_and_taken_away(outbox: Outbox) -> None:
    sent = outbox.post("C1", message())
    assert isinstance(sent, Sent)
    assert outbox.update("C1", sent.message_id, message(words="Other words")) == sent
    ((_, kept),) = outbox.messages("C1")
    assert "Other words" in kept["text"]
    outbox.delete("C1", sent.message_id)
    assert outbox.find("C1", "m-1", NOW) == []
    assert isinstance(outbox.update("C1", sent.message_id, message()), PostRefused)


def test_a_folder_that_cannot_be_written_refuses_and_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "outbox"
    blocked.write_text("a file is in the way")
    assert Outbox(blocked, lambda destination: ONE_PERSON).post("C1", message()) == PostRefused("outbox")


def test_files_are_their_owner_s_alone_and_half_a_message_is_never_read(outbox: Outbox) -> None:
    outbox.post("C1", message())
    (file,) = (outbox.folder / "C1").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.with_suffix(".part").write_text("{")
    assert len(list(outbox.messages("C1"))) == 1


def test_a_destination_cannot_lead_out_of_the_folder(outbox: Outbox) -> None:
    outbox.post("../../elsewhere", message())
    assert [f.name for f in outbox.folder.iterdir()] == ["..%2F..%2Felsewhere"]


def test_whoever_watches_is_shown_each_new_message(tmp_path: Path) -> None:
    seen: list[str] = []
    outbox = Outbox(tmp_path, lambda destination: ONE_PERSON, lambda destination, m: seen.append(destination))
    sent = outbox.post("C1", message())
    assert isinstance(sent, Sent)
    outbox.update("C1", sent.message_id, message())
    assert seen == ["C1"]
