""" "Changed since": each printed figure that is another one now, and no other."""

from __future__ import annotations

from bot.rules.reports.changes import ABSENT, ChangedFigure, PrintedTable, changed

BEFORE = PrintedTable(
    "areas", "Areas", ("Area", "Children", "Episodes"), (("North", "80", "190"), ("South", "45", "c"))
)
NOW = PrintedTable("areas", "Areas", ("Area", "Children", "Episodes"), (("North", "80", "195"), ("South", "50", "c")))


def test_only_figures_that_differ_are_named_with_both_values() -> None:
    assert changed([BEFORE], [NOW]) == (
        ChangedFigure("Areas", "North", "Episodes", "190", "195"),
        ChangedFigure("Areas", "South", "Children", "45", "50"),
    )
    assert changed([NOW], [NOW]) == ()


def test_a_figure_that_one_issue_lacks_is_named_too() -> None:
    without_south = PrintedTable("areas", "Areas", BEFORE.columns, BEFORE.rows[:1])
    new = PrintedTable("ages", "Ages", ("Age", "Children"), (("13-15", "20"),))
    assert changed([BEFORE], [without_south, new]) == (
        ChangedFigure("Ages", "13-15", "Children", ABSENT, "20"),
        ChangedFigure("Areas", "South", "Children", "45", ABSENT),
        ChangedFigure("Areas", "South", "Episodes", "c", ABSENT),
    )


def test_rows_of_one_name_are_compared_in_their_order() -> None:
    rows = (("Not known", "5"), ("Not known", "10"))
    two = PrintedTable("t", "T", ("Row", "N"), rows)
    assert changed([two], [PrintedTable("t", "T", ("Row", "N"), (rows[0], ("Not known", "15")))]) == (
        ChangedFigure("T", "Not known", "N", "10", "15"),
    )
