"""The audit as pages: searched by inspectors, each search entered itself; and its export as one file."""

import datetime as dt
import shutil
import tempfile
import zoneinfo
from pathlib import Path
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from command import audit, exports, signing
from command.errors import NotThere
from command.models import AuditEntry, AuditHead, Officer, Station
from command.pages import Page
from command.permissions import Capability, require

ROWS = 100  # entries on a page


class SearchForm(forms.Form):
    station = forms.ChoiceField(label=_("Station"))
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    action = forms.CharField(label=_("Action"), required=False, max_length=40)
    who = forms.CharField(label=_("Who (name to sign in with)"), required=False, max_length=60)
    subject = forms.CharField(label=_("What it was about"), required=False, max_length=80)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stations: list[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].choices = [(one.code, f"{one.code} {one.name}") for one in stations]  # type: ignore[attr-defined]


class AuditPage(Page):
    """Search the entries of a station, newest first."""

    template = "command/audit/search.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        stations = self.stations()
        form = SearchForm(request.GET or {"station": stations[0].code}, stations=stations)
        if not form.is_valid():
            return self.show(status=400, form=form)
        said = form.cleaned_data
        station = next(one for one in stations if one.code == said["station"])
        asked = sorted(name for name in ("since", "until", "action", "who", "subject") if said[name])
        audit.look_up(self.principal, "search_audit", "station", station.code, station.pk, by=asked)
        rows = list(found(station, said)[: ROWS + 1])
        shown = rows[:ROWS]
        older = None
        if len(rows) > ROWS:
            query = request.GET.copy()
            query["station"], query["before"] = station.code, str(shown[-1].number)
            older = query.urlencode()
        words = {row.number: "" for row in shown} | audit.words_of(shown)
        head = AuditHead.objects.filter(station=station).first()
        return self.show(
            form=form, rows=shown, names=names(shown), words=words, older=older,
            station=station, head=head, fingerprint=signing.fingerprint(),
        )  # fmt: skip

    def stations(self) -> list[Station]:
        """The stations whose audit one may read."""
        ids = self.principal.rights().stations(Capability.READ_AUDIT)
        return list(Station.objects.filter(pk__in=ids).order_by("code"))


def found(station: Station, said: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Entries that fit, newest first. Days are those of the station's zone."""
    rows = AuditEntry.objects.filter(station=station).order_by("-number")
    zone = zoneinfo.ZoneInfo(station.zone)
    if said["since"]:
        rows = rows.filter(at__gte=dt.datetime.combine(said["since"], dt.time(), zone))
    if said["until"]:
        rows = rows.filter(at__lt=dt.datetime.combine(said["until"] + dt.timedelta(days=1), dt.time(), zone))
    if said["action"]:
        rows = rows.filter(action=said["action"].strip())
    if said["subject"]:
        rows = rows.filter(subject_id=said["subject"].strip())
    if said["who"]:
        who = Officer.objects.filter(username=said["who"].strip()).first()
        rows = rows.filter(actor_kind="officer", actor_id=str(who.pk)) if who else rows.none()
    return rows.filter(number__lt=said["before"]) if said["before"] else rows


def names(rows: list[AuditEntry]) -> dict[str, str]:
    """Who the officers behind the ids are today: the entries themselves hold ids only."""
    ids = {int(row.actor_id) for row in rows if row.actor_kind == "officer" and row.actor_id.isdigit()}
    return {str(one.pk): f"{one.label} ({one.username})" for one in Officer.objects.filter(pk__in=ids)}


class AuditExport(Page):
    """The whole audit of a station as a ZIP file of what `audit_export` writes."""

    template = "command/audit/search.html"

    def post(self, request: HttpRequest) -> FileResponse:
        station = Station.objects.filter(code=request.POST.get("station", "")[:12].replace("\0", "")).first()
        if station is None:
            raise NotThere("not_there", "There is no such station.")
        require(self.principal, Capability.READ_AUDIT, station.pk)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"audit-{station.code}"
            exports.export(self.principal, station, None, out)
            whole = shutil.make_archive(str(out), "zip", folder, out.name)
            file = Path(whole).open("rb")  # noqa: SIM115 - the answer closes it; its name may be gone before
        return FileResponse(file, as_attachment=True, filename=f"audit-{station.code}.zip")
