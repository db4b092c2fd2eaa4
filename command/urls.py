"""Every address and whom it is for. Rooms are wired by name; nobody imports this file."""

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView

from command import rest, views
from command.permissions import Capability
from command.routes import of_station, public, signed_in

SEE = Capability.SEE_MAP

urlpatterns = [
    path("", public(views.home), name="home"),
    path("sign-in/", public(views.sign_in), name="sign_in"),
    path("sign-out/", public(views.sign_out), name="sign_out"),
    path("claim/", public(views.claim), name="claim"),
    path("language/", public(views.language), name="language"),
    path("help/", public(views.help_page), name="help"),
    path("jsi18n/", public(JavaScriptCatalog.as_view(domain="djangojs")), name="jsi18n"),
    path("health", public(views.health_page), name="health"),
    path("wall/", of_station(views.wall, GET=SEE), name="wall"),
    path("desk/", of_station(views.desk, GET=Capability.DISPATCH), name="desk"),
    path("api/schema/", signed_in(SpectacularAPIView.as_view(authentication_classes=[])), name="schema"),
    path("api/v1/me/", signed_in(rest.Me.as_view())),
    path("api/v1/stations/", of_station(rest.Stations.as_view(), GET=SEE)),
    path("api/v1/alarms/", of_station(rest.Alarms.as_view(), GET=SEE)),
    path(
        "api/v1/alarms/<int:pk>/acknowledge/",
        of_station(rest.AlarmAcknowledged.as_view(), POST=Capability.ACKNOWLEDGE_ALARM),
    ),
    path("api/v1/live/", of_station(rest.Live.as_view(), GET=SEE)),
    path("", include("command.places.urls")),
    path("", include("devices.urls")),
    path("", include("dispatch.urls")),
]
handler404 = "command.error_pages.not_there"
handler500 = "command.error_pages.failed"
handler403 = "command.error_pages.forbidden"
handler400 = "command.error_pages.malformed"
