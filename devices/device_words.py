"""Kinds, profiles and datums of devices in words, and why a message could not be taken."""

from typing import Any

from django.utils.translation import gettext_lazy as _

KIND_WORDS: dict[str, Any] = {
    "phone": _("Phone"), "tracker": _("Tracker"), "gateway": _("Gateway"), "camera": _("Camera"),
}  # fmt: skip
CAMERA_WORDS: dict[str, Any] = {
    "visible": _("Visible light"), "thermal": _("Thermal"), "panorama": _("Panorama"), "plate": _("Plate reader"),
}  # fmt: skip
PROFILE_WORDS: dict[str, Any] = {
    "owntracks": _("OwnTracks"),
    "traccar9": _("Traccar Client 9 or newer"),
    "traccar8": _("Traccar Client up to 8"),
    "osmand": _("OsmAnd"),
    "forward": _("Traccar server that forwards"),
    "fixes": _("our own door for arrays"),
}
DATUM_WORDS: dict[str, Any] = {"wgs84": "WGS-84", "gcj02": "GCJ-02"}
STATE_WORDS: dict[str, Any] = {"in_use": _("in use"), "waiting": _("waits to be let in"), "revoked": _("revoked")}

CODE_WORDS: dict[str, Any] = {
    "malformed": _("The message has not the form that this app sends. Is the profile the right one?"),
    "malformed_time": _("The time can't be read as one."),
    "no_time": _("The message says no time."),
    "time_out_of_range": _("The time is before 1970 or after 2100: the clock is not set."),
    "future": _("The time is more than 60 s ahead, and the clock's offset is not steady yet. Look at the clock."),
    "not_a_number": _("Latitude or longitude is missing or no number."),
    "out_of_range": _("There is no such place: latitude beyond 90° or longitude beyond 180°."),
    "null_island": _("Exactly 0° north, 0° east: a receiver says so when it does not know where it is."),
    "undecodable": _("It can not be read: a character in it is broken."),
    "not_valid": _("The app itself says that the place is not valid."),
    "unapproved": _("The tracker is unknown and waits to be let in."),
    "unknown_tracker": _("Too many unknown trackers wait at this gateway already."),
    "revoked": _("The tracker has been revoked."),
    "refused": _("The database could not take it."),
}
