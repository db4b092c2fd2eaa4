"""Kinds and surroundings of stations in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

STATION_KIND_WORDS: dict[str, Any] = {
    "centre": _("Centre"),
    "station": _("Police station"),
    "room": _("Video room of an enterprise or a school"),
}
SURROUNDINGS_WORDS: dict[str, Any] = {"city": _("City"), "suburb": _("Suburb"), "country": _("Countryside")}
