"""Workbooks (.xlsx) for tests, written part by part: as Excel writes them, or as somebody hostile would."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

Cell = str | int | float | bool | date | datetime
Sheet = Sequence[Sequence[Cell]]

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/></Types>'
)
#: Styles 0 to 2: nothing, a day, a day with a time.
_FORMATS = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 22))
_STYLES = f'<styleSheet {_NS}><cellXfs count="3">{_FORMATS}</cellXfs></styleSheet>'


def column(place: int) -> str:
    name = ""
    while place >= 0:
        name, place = chr(65 + place % 26) + name, place // 26 - 1
    return name


def sheet_xml(rows: Sheet) -> str:
    filled = [(n, list(row)) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
    body = "".join(
        f'<row r="{n}">{"".join(_cell(n, place, cell) for place, cell in enumerate(row))}</row>' for n, row in filled
    )
    return f"<worksheet {_NS}><sheetData>{body}</sheetData></worksheet>"


def _cell(row: int, place: int, cell: Cell) -> str:
    at = f'r="{column(place)}{row}"'
    if cell == "":
        return ""
    if isinstance(cell, bool):
        return f'<c {at} t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, (int, float)):
        return f"<c {at}><v>{cell!r}</v></c>"
    if isinstance(cell, date):
        return f'<c {at} s="{2 if isinstance(cell, datetime) else 1}"><v>{serial(cell)!r}</v></c>'
    if cell.startswith("#"):
        return f'<c {at} s="1" t="e"><v>{cell}</v></c>'
    return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


def serial(at: date) -> float:
    """The days that a spreadsheet counts."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001 - a wall time
    return (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001


def parts(sheets: Mapping[str, str]) -> dict[str, str]:
    """The parts of a workbook whose sheets are given as XML."""
    named = "".join(f'<sheet name="{escape(s)}" sheetId="{n}" r:id="r{n}"/>' for n, s in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_DOC}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{_DOC}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="r1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_DOC}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in enumerate(sheets.values(), 1)},
    }


def write_parts(path: Path, found: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in found.items():
            package.writestr(name, content)
    return path


def write_workbook(path: Path, **sheets: Sheet) -> Path:
    return write_parts(path, parts({name.replace("_", " "): sheet_xml(rows) for name, rows in sheets.items()}))
