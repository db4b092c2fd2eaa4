"""Every address and whom it is for. Rooms are wired by name; nobody imports this file."""

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView

from command import (
    account,
    admin,
    audit_pages,
    claim_pages,
    entrance,
    lan_pages,
    lookup_pages,
    manage_pages,
    rest,
    stepup,
    views,
)
from command.permissions import Capability
from command.routes import from_wall, of_station, of_topmost, public, signed_in

SEE, PEOPLE, AUDIT = Capability.SEE_MAP, Capability.MANAGE_PEOPLE, Capability.READ_AUDIT

urlpatterns = [
    path("", public(views.home), name="home"),
    path("sign-in/", public(entrance.sign_in), name="sign_in"),
    path("sign-in/code/", public(entrance.code), name="sign_in_code"),
    path("sign-in/enrol/", public(entrance.enrol), name="sign_in_enrol"),
    path("sign-in/password/", public(entrance.new_password), name="sign_in_password"),
    path("sign-out/", public(entrance.sign_out), name="sign_out"),
    path("account/", signed_in(account.Account.as_view()), name="account"),
    path("account/password/", signed_in(account.Password.as_view()), name="password"),
    path("account/second-factor/", signed_in(account.SecondFactor.as_view()), name="second_factor"),
    path("account/confirm/", signed_in(account.Confirm.as_view()), name="confirm"),
    path("account/sessions/<str:ident>/end/", signed_in(account.end_session), name="end_session"),
    path("account/active/", signed_in(account.active), name="active"),
    path("account/lock/", signed_in(account.lock), name="lock"),
    path("manage/recoveries/", signed_in(stepup.required(account.Recoveries.as_view())), name="recoveries"),
    path(
        "manage/people/<int:officer>/recovery/",
        of_station(stepup.required(account.AskRecovery.as_view()), GET=PEOPLE, POST=PEOPLE),
        name="ask_recovery",
    ),
    path("manage/people/", include("command.people_urls")),
    path("", include("command.screen_urls")),
    path("manage/stations/", include("command.station_urls")),
    path("manage/", signed_in(manage_pages.Manage.as_view()), name="manage"),
    path("claim/", public(claim_pages.Claim.as_view()), name="claim"),
    path("language/", public(views.language), name="language"),
    path("help/", public(views.help_page), name="help"),
    path("jsi18n/", public(JavaScriptCatalog.as_view(domain="djangojs")), name="jsi18n"),
    path("health", public(views.health_page), name="health"),
    path("metrics", of_topmost(views.metrics_page, GET=Capability.MANAGE_REPAIRS), name="metrics"),
    path("lan/", public(lan_pages.lan), name="lan"),
    path("lan/station-ca.crt", public(lan_pages.authority), name="lan_authority"),
    path("wall/", of_station(views.wall, GET=SEE), name="wall"),
    path("desk/", of_station(views.desk, GET=Capability.DISPATCH), name="desk"),
    path("audit/", of_station(audit_pages.AuditPage.as_view(), GET=AUDIT), name="audit"),
    path(
        "audit/export/", of_station(stepup.required(audit_pages.AuditExport.as_view()), POST=AUDIT), name="audit_export"
    ),
    path("audit/look-ups/", signed_in(lookup_pages.Lookups.as_view()), name="lookups"),
    path("api/schema/", signed_in(SpectacularAPIView.as_view(authentication_classes=[])), name="schema"),
    path("api/v1/me/", signed_in(rest.Me.as_view())),
    path("api/v1/stations/", of_station(rest.Stations.as_view(), GET=SEE)),
    path("api/v1/alarms/", of_station(rest.Alarms.as_view(), GET=SEE)),
    path(
        "api/v1/alarms/<int:pk>/acknowledge/",
        from_wall(rest.AlarmAcknowledged.as_view(), POST=Capability.ACKNOWLEDGE_ALARM),
    ),
    path("api/v1/live/", of_station(rest.Live.as_view(), GET=SEE)),
    path("django/", admin.site.urls),
    path("", include("command.places.urls")),
    path("", include("devices.urls")),
    path("", include("dispatch.urls")),
]
handler404 = "command.error_pages.not_there"
handler500 = "command.error_pages.failed"
handler403 = "command.error_pages.forbidden"
handler400 = "command.error_pages.malformed"
