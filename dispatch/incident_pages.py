"""One incident whole, on one page and on paper: and the export of it, signed."""

import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from command import audit, clock, lists
from command.errors import Conflict, NotThere
from command.pages import Page
from command.permissions import Capability, Principal, require
from devices import recordings
from dispatch import incident_exports, incident_media, incident_sheet, scene_pack, timeline
from dispatch.models import Incident

LARGEST = 200 << 20  # bytes of recordings that a page gives: the process holds an answer whole


def incident_of(principal: Principal, number: str) -> Incident:
    """The incident, if one sees it. Raises NotThere."""
    found = Incident.objects.visible_to(principal).filter(number=number).select_related("station", "kind").first()
    if found is None:
        raise NotThere("not_there", _("There is no incident %(number)s.") % {"number": number[:40]})
    return found


class OneIncident(Page):
    """One incident whole. Opening it is a look-up and is entered, with the tracks where they are shown."""

    template = "dispatch/incident.html"

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        incident = incident_of(self.principal, number)
        require(self.principal, Capability.SEARCH_PEOPLE, incident.station_id, incident_exports.OWN)
        with_tracks = timeline.may_see_tracks(self.principal, incident)
        at = ("incident", incident.number, incident.station_id)
        audit.look_up(self.principal, "read_incident", *at, tracks=with_tracks)
        may_export = self.principal.rights().may(Capability.EXPORT_EVIDENCE, incident.station_id)
        sheet = incident_sheet.sheet(incident, self.principal, with_tracks=with_tracks)
        return self.show(**sheet, may_export=may_export, recordings=self._recordings(incident))

    def _recordings(self, incident: Incident) -> str:
        """Where its recordings are played; "" for who may not."""
        if not self.principal.rights().may(Capability.PLAY_RECORDINGS, incident.station_id):
            return ""
        since = incident.opened_at - scene_pack.AROUND
        until = incident.closed_at + scene_pack.AROUND if incident.closed_at else clock.now()
        sources = ",".join(map(str, scene_pack.sources_of(incident)[: recordings.SOURCES_LIMIT]))
        asked = {
            "incident": incident.number,
            "sources": sources,
            "since": since.isoformat(),
            "until": until.isoformat(),
        }
        return f"{reverse('playbacks')}?{urlencode(asked)}"


class ExportIncident(lists.AskPage):
    """Asks once, then gives the folder as a ZIP file."""

    is_grave = False

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        incident = self.incident(**kwargs)
        said = [
            _("A folder with all that is known of it: facts, log, alarms, the units' tracks, the page as it is printed."),
            _("It is signed with the station's key. Whoever gets it verifies it with the one file verify.py and the key's "
              "fingerprint, which they must have by another way:"),
            incident_exports.fingerprint(),
            _("That you export it is entered into the audit."),
        ]  # fmt: skip
        return _("Export %(number)s") % {"number": incident.number}, said, _("Export")

    def act(self, **kwargs: Any) -> FileResponse:
        incident = self.incident(**kwargs)
        if incident_media.size(incident) > LARGEST:
            said = _(
                "Its recordings are more than %(size)s MB: export it at the server by ./station manage incident_export."
            )
            raise Conflict("too_large", said % {"size": LARGEST >> 20})
        name = f"incident-{incident.number}"
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / name
            incident_exports.export(self.principal, incident, out)
            packed = Path(shutil.make_archive(str(out), "zip", folder, out.name))
            whole = packed.open("rb")
        return FileResponse(whole, as_attachment=True, filename=f"{name}.zip", content_type="application/zip")

    def incident(self, **kwargs: Any) -> Incident:
        """The incident, where one may export it. Raises NotThere, Forbidden."""
        found = incident_of(self.principal, kwargs["number"])
        require(self.principal, Capability.EXPORT_EVIDENCE, found.station_id)
        return found

    def onward(self, **kwargs: Any) -> str:
        return reverse("incident_page", args=[kwargs["number"]])
