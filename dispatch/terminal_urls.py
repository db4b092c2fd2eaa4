"""The addresses of the terminal."""

from django.urls import path

from command.permissions import Capability
from command.routes import of_station, public
from dispatch import terminal_api, terminal_pages

ORDERS = Capability.OWN_ORDERS

urlpatterns = [
    path("terminal/", of_station(terminal_pages.TerminalPage.as_view(), GET=ORDERS), name="terminal"),
    path("terminal/worker.js", public(terminal_pages.worker), name="terminal_worker"),
    path("terminal/app.webmanifest", public(terminal_pages.manifest), name="terminal_manifest"),
    path("api/v1/terminal/", of_station(terminal_api.Terminal.as_view(), GET=ORDERS)),
    path("api/v1/terminal/device/", of_station(terminal_api.TerminalDevice.as_view(), POST=ORDERS)),
]
