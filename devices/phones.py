"""How the app on a phone, a tracker or a gateway is told where to report: its address, its key, and a code to scan.

OwnTracks takes its whole configuration from a link (owntracks.org/booklet, "Remote config"). Traccar Client from 9 on takes
it from a QR code that is scanned in its settings: the server's address with `id` and its other settings as a query. Older
ones and OsmAnd are told by hand; their QR code only saves typing the address.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from command import qr

INTERVAL_S = 10  # how often a phone on the move reports
STEP_M = 10  # or after so many metres
HEARTBEAT_S = 60  # and this often while it stands still, so that its mark does not grow old
MOVE = 2  # OwnTracks' mode of reporting for who is on duty
HTTP = 3  # OwnTracks' mode of connecting


@dataclass(frozen=True)
class Setup:
    """What to show: sentences to follow, what to type by heading, and what a camera reads."""

    steps: list[str]
    typed: list[tuple[str, str]]
    scanned: str = ""  # the text of the QR code
    link: str = ""  # what opens the app when it is touched on the phone itself

    @property
    def picture(self) -> str:
        """The QR code as an image; "" where there is nothing to scan."""
        return qr.picture(self.scanned) if self.scanned else ""


def is_only_here(origin: str) -> bool:
    """Whether an address (`https://host:port`) is one that no phone can reach."""
    return urlsplit(origin).hostname in ("127.0.0.1", "localhost", "::1")


def setup(profile: str, device_id: int, name: str, key: str, origin: str) -> Setup:
    """How a device with this profile is told of its key. `origin` is `https://host[:port]`, without a slash at its end."""
    return _SETUPS[profile](device_id, name, key, origin)


def owntracks_configuration(device_id: int, name: str, key: str, origin: str) -> dict[str, Any]:
    """OwnTracks' configuration for its HTTP mode."""
    return {
        "_type": "configuration", "mode": HTTP, "url": f"{origin}/owntracks/", "auth": True,
        "username": f"device{device_id}", "password": key, "deviceId": str(device_id), "tid": _two(name, device_id),
        "monitoring": MOVE, "locatorInterval": INTERVAL_S, "moveModeLocatorInterval": INTERVAL_S,
    }  # fmt: skip


def _two(name: str, device_id: int) -> str:
    """The two letters by which OwnTracks' map shows a phone."""
    letters = [one for one in name if one.isascii() and one.isalnum()]
    return "".join(letters[-2:]) if len(letters) > 1 else f"{device_id % 100:02}"


def _owntracks(device_id: int, name: str, key: str, origin: str) -> Setup:
    said = owntracks_configuration(device_id, name, key, origin)
    inline = base64.b64encode(json.dumps(said).encode()).decode()
    link = f"owntracks:///config?inline={quote(inline, safe='')}"
    steps = [
        _("Install OwnTracks on the phone."),
        _("Scan this code with the phone's camera, open it with OwnTracks, and accept the configuration."),
        _("Let the app use the location always."),
    ]
    typed = [
        (_("Mode"), "HTTP"), (_("Address"), said["url"]), (_("User name"), said["username"]), (_("Password"), key),
    ]  # fmt: skip
    return Setup(steps, typed, link, link)


def _traccar9(device_id: int, name: str, key: str, origin: str) -> Setup:
    address = f"{origin}/osmand/"
    settings = {
        "id": key, "accuracy": "high", "interval": INTERVAL_S, "distance": STEP_M, "heartbeat": HEARTBEAT_S,
        "buffer": "true",
    }  # fmt: skip
    steps = [
        _("Install Traccar Client (version 9 or newer) on the phone."),
        _("In its settings touch the QR sign and scan this code."),
        _("Switch on continuous tracking and let the app use the location always."),
    ]
    return Setup(
        steps, [(_("Server address"), address), (_("Device identifier"), key)], f"{address}?{urlencode(settings)}"
    )


def _traccar8(device_id: int, name: str, key: str, origin: str) -> Setup:
    address = f"{origin}/osmand/"
    steps = [
        _("Traccar Client up to 8 reads no code: type both into its settings. The code below holds the address alone."),
        _("Set the frequency to 10 seconds, the accuracy to high, and switch the service on."),
    ]
    return Setup(steps, [(_("Server address"), address), (_("Device identifier"), key)], address)


def _osmand(device_id: int, name: str, key: str, origin: str) -> Setup:
    places = "&lat={0}&lon={1}&timestamp={2}&accuracy={3}&altitude={4}&speed={5}&bearing={6}"
    address = f"{origin}/osmand/?id={quote(key)}{places}"
    steps = [
        _("In OsmAnd switch on the plug-in “Trip recording”, then “Online tracking”."),
        _("Scan this code with the phone's camera, copy the text, and paste it as the web address."),
        _("Set the tracking interval to 10 seconds."),
    ]
    return Setup(steps, [(_("Web address"), address)], address)


def _forward(device_id: int, name: str, key: str, origin: str) -> Setup:
    lines = "\n".join(
        f"<entry key='{entry}'>{value}</entry>"
        for entry, value in (
            ("forward.type", "json"), ("forward.url", f"{origin}/traccar/"),
            ("forward.header", f"Authorization: Bearer {key}"), ("forward.retry.enable", "true"),
        )
    )  # fmt: skip
    steps = [
        _("Put these lines into conf/traccar.xml of the Traccar server and start it anew."),
        _("Each of its trackers then appears in the list of devices and waits to be let in."),
    ]
    return Setup(steps, [("conf/traccar.xml", lines)])


def _fixes(device_id: int, name: str, key: str, origin: str) -> Setup:
    steps = [_("Positions are sent to this address as a JSON array, with the key in the header.")]
    return Setup(steps, [(_("Address"), f"{origin}/fixes/"), (_("Header"), f"Authorization: Bearer {key}")])


_SETUPS = {
    "owntracks": _owntracks, "traccar9": _traccar9, "traccar8": _traccar8, "osmand": _osmand, "forward": _forward,
    "fixes": _fixes,
}  # fmt: skip
