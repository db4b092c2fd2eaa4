"""The addresses of screens, of what is shared with rooms, and of a person's PIN."""

from django.urls import path

from command import rest, screen_pages, share_pages, stepup
from command.permissions import Capability
from command.routes import of_station, public, signed_in

SCREENS, STATIONS = Capability.MANAGE_SCREENS, Capability.MANAGE_STATIONS
SHARES = "manage/shares/"
ONE = f"{SHARES}<int:share>/"

urlpatterns = [
    path("screen/", public(screen_pages.screen), name="screen"),
    path("screen/waiting/", public(screen_pages.waiting), name="screen_waiting"),
    path(
        "manage/screens/",
        of_station(stepup.required(screen_pages.Screens.as_view()), GET=SCREENS, POST=SCREENS),
        name="screens",
    ),
    path(
        "manage/screens/<int:screen>/revoke/",
        of_station(screen_pages.Revoke.as_view(), GET=SCREENS, POST=SCREENS),
        name="revoke_screen",
    ),
    path("account/pin/", signed_in(screen_pages.Pin.as_view()), name="pin"),
    path(SHARES, of_station(share_pages.Shares.as_view(), GET=STATIONS), name="shares"),
    path(
        f"{SHARES}add/",
        of_station(stepup.required(share_pages.ShareWith.as_view()), GET=STATIONS, POST=STATIONS),
        name="share",
    ),
    path(
        ONE,
        of_station(stepup.required(share_pages.ChangeShare.as_view()), GET=STATIONS, POST=STATIONS),
        name="change_share",
    ),
    path(
        f"{ONE}withdraw/",
        of_station(share_pages.Withdraw.as_view(), GET=STATIONS, POST=STATIONS),
        name="withdraw_share",
    ),
    path("api/v1/screen/take-over/", signed_in(rest.TakeOver.as_view())),
    path("api/v1/screen/give-back/", signed_in(rest.GiveBack.as_view())),
]
