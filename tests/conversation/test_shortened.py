"""Shorter forms of a message that a platform does not take as it is."""

import pytest

from bot.conversation.outbound import PREVIEW, Message, Outcome, PostRefused, Sent
from bot.conversation.reply import Button, Chart, Reply, Row, Section, Series, Table
from bot.conversation.shortened import CHARACTERS, LINES, as_words, forms, in_some_form

TOO_LONG = PostRefused("msg_too_long", "too_long")


def reply(count: int) -> Reply:
    return Reply(
        "North",
        1,
        ("2 missing now", Row("OX-2222", ("HIGH",), "🔴", (Button("Open", "child OX-2222"),))),
        sections=(Section("Interviews", tuple(f"OX-{n:04} is due by noon" for n in range(count)), hidden=3),),
        tables=(Table("Counts", ("What", "Number"), (("missing", 2), ("due", None))),),
        charts=(Chart("Chart", "bar", ("a",), (Series("b", (1,)),), "words"),),
        footer=("references only",),
        buttons=(Button("Everything", "today everything"),),
    )


@pytest.mark.parametrize("count", [0, 1, 30, 31, 2000])
def test_children_come_first_and_each_line_is_there_or_counted(count: int) -> None:
    message = Message(reply(count), PREVIEW, "marker", "thread")
    whole, shorter, plain = forms(message, "today everything")
    assert whole.message is message
    lines = [*reply(count).text, "Interviews", *reply(count).sections[0].lines, "missing · 2", "due · –"]
    for form in (shorter, plain):
        text = form.message.reply.text
        assert form.kept == len(text) - 1
        assert list(text[:-1]) == lines[: form.kept]
        assert "OX-2222" in text[1]
        assert f"{len(lines) - form.kept + 3} lines are not here" in text[-1]
        assert text[-1].endswith("Ask for: today everything")
        assert (form.message.marker, form.message.thread, form.message.reply.level) == ("marker", "thread", 1)
        assert form.message.reply.footer == ("references only",)
        assert len(text) <= LINES + 1
        assert len(as_words(form.message.reply)) <= CHARACTERS + 200
        assert (form.message.reply.charts, form.message.reply.tables) == ((), ())
    assert [b.label for b in shorter.message.reply.pressable] == ["Open", "All of it"]
    assert plain.message.plain
    assert plain.message.reply.pressable == ()


def test_a_message_of_which_nothing_is_left_out_says_that_it_is_whole() -> None:
    *_, plain = forms(Message(Reply("Call", 2, ("Please acknowledge.",)), PREVIEW), "escalations")
    assert plain.message.reply.text == (
        "Please acknowledge.",
        "Shortened, because chat did not take it otherwise: each line is here. Ask for: escalations",
    )


@pytest.mark.parametrize(
    ("outcomes", "tried"),
    [
        ([Sent("1")], 1),
        ([TOO_LONG, Sent("1")], 2),
        ([TOO_LONG, PostRefused("invalid_blocks", "form"), Sent("1")], 3),
        ([TOO_LONG] * 3, 3),
        ([PostRefused("is_archived", "archived")], 1),
    ],
)
def test_each_form_is_tried_once_until_one_is_taken(outcomes: list[Outcome], tried: int) -> None:
    sent: list[Message] = []

    def send(message: Message) -> Outcome:
        sent.append(message)
        return outcomes[len(sent) - 1]

    assert in_some_form(Message(reply(3), PREVIEW), "today everything", send) == outcomes[-1]
    assert len(sent) == tried
    assert [m.plain for m in sent] == [False, False, True][:tried]
