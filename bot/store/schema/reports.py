"""Tables of the half-yearly reports: drafts, the steps on them, and their documents (rules/reports/signing.py)."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, LargeBinary, String, Table

from bot.store.schema.metadata import Instant, code, metadata

#: A drafted report. `snapshot` is empty until its document is made; `words` are the leads' own paragraphs, sealed.
report = Table(
    "report",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("author", String(64), nullable=False),
    code("agency", nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("snapshot", String(64), nullable=False),
    Column("words", LargeBinary),
    Column("paragraphs", Integer, nullable=False),
    Column("erased_on", Date),  # the first day on which records that it counts were erased
)

#: People's steps on a report, in the order of their numbers.
report_step = Table(
    "report_step",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    code("kind", nullable=False),
    Column("by", String(64), nullable=False),
    code("agency", nullable=False),
    Column("at", Instant, nullable=False),
)

#: The document of a report in each form, sealed, and the SHA-256 of its bytes.
report_document = Table(
    "report_document",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    code("form", primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
