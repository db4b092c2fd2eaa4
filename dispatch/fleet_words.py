"""Kinds of units and vehicles, and what a unit does, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

UNIT_KIND_WORDS: dict[str, Any] = {"foot": _("On foot"), "car": _("Car"), "auxiliary": _("Auxiliary on foot")}
VEHICLE_KIND_WORDS: dict[str, Any] = {
    "car": _("Car"), "van": _("Van"), "motorcycle": _("Motorcycle"), "bicycle": _("Bicycle"), "boat": _("Boat"),
    "other": _("Other"),
}  # fmt: skip
STATUS_WORDS: dict[str, Any] = {
    "off_duty": _("off duty"), "at_station": _("at the station"), "patrol": _("on patrol"), "dispatched": _("dispatched"),
    "accepted": _("accepted"), "en_route": _("en route"), "on_scene": _("on scene"), "busy": _("busy"),
    "transporting": _("transporting"), "break": _("on a break"),
}  # fmt: skip
