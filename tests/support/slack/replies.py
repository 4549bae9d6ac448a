"""Replies in the shapes of commands, with invented references, and texts that look like markup."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st

from bot.conversation.reply import Button, Chart, Fact, Field, Form, Option, Reply, Row, Section, Series, Table

HOSTILE = (
    *("", " ", "<!channel>", "<@U1> <#C1|x>", "*_~`>&", "```", "a\n```\n<!here>", "> quoted", "&amp;<!everyone>"),
    *("\u200b", "\u202eevil", "שלום OX-TEST", "👩‍👧 ⚠", "x" * 3100, "&" * 3100, "<" * 700, "@a.bc:d " * 500, "é" * 160),
)
ANY = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))

DIGEST = Reply(
    "Missing children digest, County safeguarding, Wed 5 Jul 2017 08:00 BST",
    1,
    ("2 interviews need an owner, 1 overdue.", "Since Tue 4 Jul 08:00: 1 reported, 2 returned."),
    sections=(
        Section(
            "To do first",
            (
                "⚠ OX-TES2 · due Wed 5 Jul 15:30, 7 h 30 min left · not offered yet · no owner · north",
                "⏰ OX-TES3 · overdue by 33 h (due Mon 3 Jul 22:15) · offered · north-worker · north",
                "… and 2 more in the thread",
            ),
            2,
        ),
        Section("Escalations, and who acknowledged: 1", ("✓ OX-TES4 · Missing for 24 hours: north-lead",)),
    ),
    footer=("OFFICIAL-SENSITIVE · references only · not for publication", "Police: Wed 5 Jul 07:41, ok"),
    buttons=(Button("My interviews", "h1"), Button("Missing now", "h2")),
)
REMINDER = Reply(
    "Good morning. 14 interviews need you.",
    2,
    (
        "Sent 09:10, due 08:30.",
        Row(
            "OX-TES2",
            ("due Wed 5 Jul 15:30, 7 h left", "next: offer it", "nobody owns it", "north"),
            "⚠",
            (
                Button("Take it", "h1", primary=True),
                Button("Record", "h2", form=True),
                Button("Snooze", "h3", form=True),
                Button("Why", "h4"),
            ),
        ),
        Row(
            "OX-TES3",
            ("overdue by 16 h (due Tue 4 Jul 16:00)", "next: offer it", "handed to you by north-worker", "south"),
            "⏰",
            (Button("Accept", "h5"), Button("Refuse", "h6")),
        ),
        Row("3 more", (), "", (Button("Show all", "h7"),)),
        Row("9 overdue for longer than a day", (), "⏰", (Button("See them", "h8"),)),
    ),
    footer=("Next reminders: Thu 6 Jul 08:30.",),
)
CHILD = Reply(
    "OX-TES2",
    2,
    ("Missing since Tue 4 Jul 20:10 (11 h 50 min), looked-after, north.", "No risk score is computed."),
    facts=(Fact("Missing now", "yes"), Fact("Hours missing", 11.8, unit="h"), Fact("Hours left", None)),
    sections=(Section("Police grades", ("Tue 4 Jul 20:30 · medium",)), Section("Flags and rules", ("3 in 90 days",))),
    footer=("Shown to you alone: not for publication.",),
    buttons=(Button("Interviews", "h1"),),
)
STATS = Reply(
    "North: 2017-H1, with 2016-H2",
    0,
    ("82 children, 188 missing episodes.",),
    facts=(Fact("Children", 82), Fact("Interviews: Held", 91.0, 171, 188, "%", "for all areas")),
    tables=(
        Table(
            "Figures",
            ("Measure", "2017-H1", "2016-H2"),
            (("Children", 82, 81), ("Episodes per child", 2.29, 2.41), ("Repeat", None, 114)),
            "c: a small number that is not shown",
        ),
        Table("Wide", ("Child", "What stands in the way of it", "Hours"), (("OX-TES2", "words " * 12, 3), ("", "", 0))),
    ),
    charts=(Chart("Weekly", "bar", ("1", "2"), (Series("All", (1, None)),), "Episodes by week: 1, then not shown."),),
    footer=("Counted by episode start, London time.",),
)
REFUSAL = Reply("Not shown", 0, ("I can't show that reference.", "Ask your manager."), status="refused")
FORM = Form(
    "outcome",
    "interview OX-TES2 #1",
    "Return interview of OX-TES2",
    (
        Field("outcome", "What happened?", "choice", tuple(Option(v, v.capitalize()) for v in ("held", "offered"))),
        Field("reason", "Why", "choice", tuple(Option(f"r{i}", f"Reason {i}") for i in range(6)), initial="r2"),
        Field("day", "Day", "date", initial="2017-07-05"),
        Field("at", "Time", "time", initial="08:00"),
        Field("note", "Note", "words", required=False, hint="Do not write names."),
    ),
    text=("Chat is not the record.",),
)

SIZES = (0, 1, 49, 500, 5_000, pytest.param(50_000, marks=pytest.mark.thorough))


def fours(of: Sequence[str], begin: int) -> tuple[Button, ...]:
    return tuple(Button(each, each) for each in of[begin : begin + 4])


def sized(kind: str, n: int) -> Reply:
    every = tuple(f"OX{i:05}" for i in range(n))
    made: dict[str, Reply] = {
        "text": Reply("T", 2, every),
        "section": Reply("T", 2, sections=(Section("S", every),)),
        "sections": Reply("T", 2, sections=tuple(Section(each, ("x",)) for each in every)),
        "rows": Reply("T", 2, tables=(Table("R", ("Ref", "N"), tuple((e, i) for i, e in enumerate(every))),)),
        "wide": Reply("T", 2, tables=(Table("R", ("Ref", "W"), tuple((e, "word " * 15) for e in every)),)),
        "footer": Reply("T", 2, footer=every),
        "one row's buttons": Reply("T", 2, (Row("a", buttons=tuple(Button(e, e) for e in every)),)),
        "rows' buttons": Reply("T", 2, tuple(Row("a", ("b",), "⏳", fours(every, i)) for i in range(0, n, 4))),
        "a button a row": Reply("T", 2, tuple(Row("a", buttons=(Button(e, e),)) for e in every)),
    }
    return made[kind]


KINDS = (
    *("text", "section", "sections", "rows", "wide", "footer"),
    *("one row's buttons", "rows' buttons", "a button a row"),
)


TABLES = st.integers(0, 3).flatmap(
    lambda n: st.builds(
        Table,
        ANY,
        st.tuples(*[ANY] * n),
        st.lists(st.tuples(*[st.one_of(ANY, st.integers(), st.none())] * n), max_size=4).map(tuple),
        ANY,
    )
)
REPLIES = st.builds(
    Reply,
    ANY,
    st.sampled_from((0, 1, 2)),
    st.lists(ANY, max_size=5).map(tuple),
    st.lists(st.builds(Fact, ANY, st.one_of(ANY, st.integers(), st.none()), note=ANY), max_size=12).map(tuple),
    st.lists(st.builds(Section, ANY, st.lists(ANY, max_size=4).map(tuple), st.integers(0, 3), ANY), max_size=3).map(
        tuple
    ),
    st.lists(TABLES, max_size=2).map(tuple),
    st.lists(ANY, max_size=3).map(tuple),
    st.lists(st.builds(Button, ANY, ANY, st.one_of(st.none(), st.integers(-2, 6)), st.booleans()), max_size=30).map(
        tuple
    ),
)
