"""Tables as people keep them: CSV from any spreadsheet, read with every cell's place, and written so that no cell acts."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from command.errors import Invalid

BYTES_LIMIT = 400_000
ROWS_LIMIT = 1_000
CELL_LIMIT = 2_000  # characters
ACTING = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "\t",
    "\r",
    "\n",
)  # a spreadsheet would take such a cell for a formula
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Line:
    """One row: the number of the line it begins on, and its cells by column."""

    number: int
    cells: dict[str, str]


def text_of(raw: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, else GB18030. Raises Invalid."""
    if len(raw) > BYTES_LIMIT:
        said = _("expected at most %(limit)s kB, found %(size)s kB: divide the table.")
        raise Invalid("too_large", said % {"limit": BYTES_LIMIT // 1000, "size": len(raw) // 1000})
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("not_text", _("expected a table as text (CSV in UTF-8 or GB18030), found something else."))


def lines_of(text: str, names: dict[str, str]) -> list[Line]:
    """The rows of a table. `names`: what a heading may be (in lower case) → the column. Raises Invalid."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True
    )
    found: list[Line] = []
    columns: list[str] | None = None
    began = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if columns is None:
                    columns = _columns(cells, names)
                else:
                    found.append(_line(began, cells, columns))
            began = reader.line_num + 1
    except csv.Error as wrong:
        said = _("line %(line)s: expected cells in the manner of CSV, found a quotation mark out of place.")
        raise Invalid("not_csv", said % {"line": reader.line_num}) from wrong
    return _of_a_size(found)


def _columns(cells: Sequence[str], names: dict[str, str]) -> list[str]:
    columns = [names.get(cell.strip().lower(), "") for cell in cells]
    while columns and not columns[-1] and not cells[len(columns) - 1].strip():
        columns.pop()
    for number, column in enumerate(columns):
        if not column:
            said = _("line 1, column %(number)s: expected one of %(known)s; found “%(found)s”.")
            known = ", ".join(dict.fromkeys(names.values()))
            facts = {"number": number + 1, "known": known, "found": cells[number].strip()[:40]}
            raise Invalid("unknown_column", said % facts)
        if column in columns[:number]:
            said = _("line 1, column %(number)s: “%(found)s” stands there twice.")
            raise Invalid("doubled_column", said % {"number": number + 1, "found": cells[number].strip()[:40]})
    return columns


def _line(number: int, cells: Sequence[str], columns: list[str]) -> Line:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        said = _("line %(line)s: expected %(expected)s cells, found %(found)s.")
        raise Invalid("too_many_cells", said % {"line": number, "expected": len(columns), "found": len(cells)})
    return Line(number, {column: calm(cell) for column, cell in zip(columns, cells, strict=False)})


def _of_a_size(found: list[Line]) -> list[Line]:
    if not found:
        raise Invalid("empty", _("expected a line of headings and at least one row below it, found no row."))
    if len(found) > ROWS_LIMIT:
        said = _("expected at most %(limit)s rows, found %(found)s: divide the table.")
        raise Invalid("too_many_rows", said % {"limit": ROWS_LIMIT, "found": len(found)})
    return found


def calm(cell: str) -> str:
    """A cell as it was meant: without blanks around it and without the apostrophe that kept it from acting."""
    cell = cell.strip()[:CELL_LIMIT]
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(ACTING) else cell


def harmless(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(ACTING) else text


def written(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as a file: UTF-8 with a mark, so that spreadsheets read Chinese rightly."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(one) for one in headings])
    writer.writerows([harmless(one) for one in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
