"""Adding many from a table: every row's error is named, and nothing is added unless all rows are right.

A table is tried by running the verbs themselves in a transaction that is undone; only when all went well, and somebody
has looked at it, they run again for good.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from command import audit, changes, lists, tables
from command.errors import Invalid, Problem
from command.models import Station
from command.pages import Page
from command.permissions import Capability, Principal

SHOWN = 50  # rows of a preview
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


@dataclass(frozen=True)
class Column:
    """A column: its name (as the verb calls it), its heading, and in words what is expected."""

    name: str
    title: Any
    expected: Any
    is_needed: bool = False


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row; `column` is "" where it is the row as a whole."""

    line: int
    column: Any
    words: str


@dataclass
class Outcome:
    """What a run found, and what it made that can be shown only once."""

    wrong: list[Wrong] = field(default_factory=list)
    made: list[list[object]] = field(default_factory=list)


class _Undone(Exception):
    """Ends a transaction that is not to be kept."""


class Cells:
    """The cells of one row, read column by column; what is wrong is gathered, and told by `done`."""

    def __init__(self, cells: Mapping[str, str], stations: Mapping[str, Station], home: Station | None) -> None:
        self.cells, self.stations, self.home = cells, stations, home
        self.wrong: dict[str, str] = {}

    def text(self, name: str, limit: int, *, needed: bool = False) -> str:
        """A short text."""
        value = self.cells.get(name, "")
        if (needed and not value) or len(value) > limit or not value.isprintable():
            self.refuse(name, _("%(least)s to %(limit)s printable characters") % {"least": int(needed), "limit": limit})
        return value

    def one_of(self, name: str, words: Mapping[str, Any], default: str) -> str:
        """One of the codes, by itself or in words of any language; the default where nothing stands."""
        value = self.cells.get(name, "")
        known = spellings(words)
        if value and value.lower() not in known:
            self.refuse(name, _("one of %(known)s") % {"known": ", ".join(map(str, words.values()))})
        return known.get(value.lower(), default)

    def some_of(self, name: str, words: Mapping[str, Any]) -> list[str]:
        """Some of the codes, divided by semicolons or 、; none where nothing stands."""
        known = spellings(words)
        said = [one.lower() for one in parts(self.cells.get(name, ""))]
        if any(one not in known for one in said):
            listed = ", ".join(map(str, words.values()))
            self.refuse(name, _("one or more of %(known)s, divided by semicolons") % {"known": listed})
            return []
        return list(dict.fromkeys(known[one] for one in said))

    def number(self, name: str, least: int, most: int) -> int | None:
        """A whole number, or None where nothing stands."""
        value = self.cells.get(name, "")
        if not value:
            return None
        if value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        self.refuse(name, _("a whole number from %(least)s to %(most)s") % {"least": least, "most": most})
        return None

    def decimal(self, name: str, least: float, most: float, default: float) -> float:
        """A number, with or without a decimal point; the default where nothing stands."""
        value = self.cells.get(name, "")
        if not value:
            return default
        if len(value) <= 24 and DECIMAL.fullmatch(value) and least <= float(value) <= most:
            return float(value)
        self.refuse(name, _("a number from %(least)s to %(most)s") % {"least": f"{least:g}", "most": f"{most:g}"})
        return default

    def station(self) -> Station:
        """The station of the row: by its code, or one's own where nothing stands. Ends the row where it is not known."""
        value = self.cells.get("station", "")
        found = self.stations.get(value.lower()) if value else self.home
        if found is None:
            known = ", ".join(one.code for one in self.stations.values())
            self.refuse("station", _("one of %(known)s") % {"known": known})
            self.done()
        assert found is not None  # nosec B101 # it narrows a type
        return found

    def refuse(self, name: str, expected: str) -> None:
        """Note that something else was expected in this column."""
        found = self.cells.get(name, "")[:60]
        self.wrong[name] = _("expected %(expected)s; found “%(found)s”.") % {"expected": expected, "found": found}

    def done(self) -> None:
        """Raise Invalid if anything was wrong."""
        if self.wrong:
            raise Invalid("invalid", " ".join(self.wrong.values()), fields=self.wrong)


def parts(cell: str) -> list[str]:
    """What stands in one cell, divided by semicolons or 、."""
    return list(dict.fromkeys(one.strip() for one in re.split("[;；、]", cell) if one.strip()))


def spellings(words: Mapping[str, Any]) -> dict[str, str]:
    """Each code by itself and by its words in every language, in lower case."""
    found = {code.lower(): str(code) for code in words}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(said).lower(): str(code) for code, said in words.items()}
    return found


def run(
    lines: list[tables.Line], take: Callable[[dict[str, str]], list[object] | None], titles: Mapping[str, Any], *,
    keep: bool,
) -> Outcome:  # fmt: skip
    """Run `take` over all rows in one transaction, which is kept only when `keep` is said and no row is wrong."""
    outcome = Outcome()
    try:
        with changes.change():
            for line in lines:
                _row(line, take, titles, outcome)
            if outcome.wrong or not keep:
                raise _Undone
    except _Undone:
        outcome.made = []
    return outcome


def _row(
    line: tables.Line,
    take: Callable[[dict[str, str]], list[object] | None],
    titles: Mapping[str, Any],
    outcome: Outcome,
) -> None:
    try:
        with transaction.atomic():
            made = take(line.cells)
    except Problem as problem:
        if problem.fields:
            outcome.wrong += [Wrong(line.number, titles.get(one, ""), said) for one, said in problem.fields.items()]
        else:
            outcome.wrong.append(Wrong(line.number, "", problem.message))
        return
    if made is not None:
        outcome.made.append(made)


class FileForm(forms.Form):
    """The file that is chosen."""

    file = forms.FileField(
        label=gettext_lazy("Table (CSV)"),
        allow_empty_file=True,
        help_text=gettext_lazy(
            "UTF-8 or GB18030; cells divided by comma, semicolon or tab; the first line names them."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )


@method_decorator(never_cache, name="dispatch")
class ImportPage(Page):
    """Choose a file, look at what it would add, add it. Subclasses say what a row is and what is done with it."""

    template = "command/import.html"
    title: ClassVar[Any]
    capability: ClassVar[Capability]
    columns: ClassVar[tuple[Column, ...]]
    back: ClassVar[str]  # names of the routes of the list and of the empty table
    empty: ClassVar[str]
    once: ClassVar[tuple[Any, ...]] = ()  # headings of what is shown only once
    once_file: ClassVar[str] = "keys.csv"
    once_words: ClassVar[Any] = ""

    def take(self, cells: Cells) -> list[object] | None:
        """Run the verb over a row; returns the cells of what is shown only once. Raises Problem."""
        raise NotImplementedError

    def context(self, **more: Any) -> dict[str, Any]:
        shared = {"title": self.title, "columns": self.columns, "back": self.back, "empty": self.empty}
        return super().context(**shared, **more)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(form=FileForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FileForm(request.POST, request.FILES)
        try:
            text = request.POST["text"] if "text" in request.POST else self._uploaded(form)
            lines = tables.lines_of(text, spellings({one.name: one.title for one in self.columns}))
        except Invalid as wrong:
            form.is_valid()
            form.errors.clear()
            form.add_error("file", wrong.message)
            return self.show(status=400, form=form)
        keep = "text" in request.POST
        outcome = run(lines, self._taker(), {one.name: one.title for one in self.columns}, keep=keep)
        if keep and not outcome.wrong:
            return self._added(len(lines), outcome)
        rows = [(line.number, [line.cells.get(one.name, "") for one in self.columns]) for line in lines[:SHOWN]]
        return self.show(
            status=400 if outcome.wrong else 200, form=FileForm(), wrong=outcome.wrong, rows=rows, text=text,
            count=len(lines), bad=len({one.line for one in outcome.wrong}), more=max(0, len(lines) - SHOWN),
        )  # fmt: skip

    def _uploaded(self, form: FileForm) -> str:
        if not form.is_valid():
            raise Invalid("no_file", _("expected a file, found none."))
        file = form.cleaned_data["file"]
        return tables.text_of(file.read(tables.BYTES_LIMIT + 1))

    def _taker(self) -> Callable[[dict[str, str]], list[object] | None]:
        stations = {one.code.lower(): one for one in lists.managed_stations(self.principal, self.capability)}
        home = home_of(self.principal, stations)

        def take(cells: dict[str, str]) -> list[object] | None:
            read = Cells(cells, stations, home)
            for column in self.columns:
                if column.is_needed and not cells.get(column.name):
                    read.refuse(column.name, str(column.expected))
            return self.take(read)

        return take

    def _added(self, count: int, outcome: Outcome) -> HttpResponse:
        download = ""
        if outcome.made:
            file = tables.written([str(one) for one in self.once], outcome.made)
            download = "data:text/csv;base64," + base64.b64encode(file).decode()
        return self.show(added=count, download=download, file=self.once_file, once_words=self.once_words)


def home_of(principal: Principal, stations: Mapping[str, Station]) -> Station | None:
    """The station that is meant where none is said: one's own, or the only one there is."""
    own = [one for one in stations.values() if one.pk == getattr(principal, "station_id", None)]
    return own[0] if own else next(iter(stations.values())) if len(stations) == 1 else None


def file_of(name: str, headings: list[Any], rows: list[list[object]]) -> HttpResponse:
    """A table as an answer that the browser saves."""
    answer = HttpResponse(tables.written([str(one) for one in headings], rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class TemplatePage(Page):
    """A table with the headings alone, to be filled."""

    of: ClassVar[type[ImportPage]]
    file: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponse:
        return file_of(self.file, [one.title for one in self.of.columns], [])


class ExportPage(Page):
    """What there is, as a table that can be read again; each export is an entry of the audit."""

    of: ClassVar[type[ImportPage]]
    file: ClassVar[str]

    def rows(self) -> list[tuple[Station, list[object]]]:
        """Each row with its station."""
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.rows()
        counts: dict[Station, int] = {}
        for station, _row in rows:
            counts[station] = counts.get(station, 0) + 1
        action = f"export_{self.file.partition('.')[0]}"
        for station in sorted(counts, key=lambda one: one.pk):
            audit.look_up(self.principal, action, "station", station.code, station.pk, count=counts[station])
        return file_of(self.file, [one.title for one in self.of.columns], [row for _station, row in rows])
