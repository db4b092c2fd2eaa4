"""How an upload stands, in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from command.places.models import Upload

FAILED: dict[str, Any] = {
    "map_unreadable": gettext_lazy(
        "It can't be read: expected an OpenStreetMap extract (.osm.pbf), found a broken file."
    ),
    "map_not_there": gettext_lazy("Its file is gone from the station's disk: load it again."),
    "map_without_roads": gettext_lazy("It holds no roads: nothing to find one's way on."),
    "disk_full": gettext_lazy("The station's disk was full."),
    "no_memory": gettext_lazy("It takes more memory than the station has: cut a smaller area out of it."),
    "broken_off": gettext_lazy("The import broke off twice: perhaps it takes more memory than the station has."),
    "failed": gettext_lazy("The import failed by a fault of this program; the worker's log has it."),
}


def told(upload: Upload) -> str:
    """One line of how an upload stands."""
    if upload.state == Upload.State.RECEIVING:
        return _("%(percent)s %% have arrived") % {"percent": upload.received * 100 // upload.size}
    if upload.state == Upload.State.WAITING:
        return _("has arrived and waits to be imported")
    if upload.state == Upload.State.FAILED:
        return str(FAILED.get(upload.code, FAILED["failed"]))
    return _imported(upload)


def _imported(upload: Upload) -> str:
    if upload.stage == "shapes":
        said = ngettext(
            "%(count)s road or shape is being stored", "%(count)s roads and shapes are being stored", upload.count
        )
    elif upload.stage:
        said = ngettext("is being read: %(count)s object", "is being read: %(count)s objects", upload.count)
    else:
        return _("is being read")
    return said % {"count": f"{upload.count:,}"}
