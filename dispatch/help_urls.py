"""The addresses of who needs others: SOS, help, reinforcement, safety timers, steps by track, errands."""

from django.urls import path

from command.permissions import Capability
from command.routes import from_wall, of_station
from dispatch import errand_api, errand_pages, help_api, watch_api

SEE, DISPATCH, ORDERS = Capability.SEE_MAP, Capability.DISPATCH, Capability.OWN_ORDERS
ATTEND, NOTE = Capability.ACKNOWLEDGE_ALARM, Capability.NOTE
ONE = "api/v1/incidents/<str:number>/"

urlpatterns = [
    path("api/v1/sos/", of_station(help_api.Sos.as_view(), GET=SEE, POST=ORDERS)),
    path("api/v1/sos/<int:call>/end/", of_station(help_api.EndSos.as_view(), POST=ATTEND)),
    path("api/v1/help/", of_station(help_api.Help.as_view(), GET=SEE, POST=ORDERS)),
    path("api/v1/help/<int:call>/end/", of_station(help_api.EndHelp.as_view(), POST=ATTEND)),
    path("api/v1/help/<int:call>/send/", from_wall(help_api.SendTo.as_view(), POST=DISPATCH)),
    path(f"{ONE}reinforce/", from_wall(help_api.Reinforce.as_view(), POST=DISPATCH)),
    path(f"{ONE}assignments/<str:unit>/check-in/", of_station(watch_api.CheckIn.as_view(), POST=ORDERS)),
    path("api/v1/proposals/", of_station(watch_api.Proposals.as_view(), GET=SEE)),
    path("api/v1/proposals/<int:proposal>/confirm/", of_station(watch_api.ConfirmProposal.as_view(), POST=ORDERS)),
    path("api/v1/proposals/<int:proposal>/dismiss/", of_station(watch_api.DismissProposal.as_view(), POST=ORDERS)),
    path("api/v1/errands/", of_station(errand_api.Errands.as_view(), GET=SEE, POST=NOTE)),
    path("api/v1/errands/<int:errand>/accept/", of_station(errand_api.Accept.as_view(), POST=ORDERS)),
    path("api/v1/errands/<int:errand>/done/", of_station(errand_api.Done.as_view(), POST=ORDERS)),
    path("api/v1/errands/<int:errand>/recall/", of_station(errand_api.Recall.as_view(), POST=ORDERS)),
    path("errands/", of_station(errand_pages.Errands.as_view(), GET=ORDERS, POST=ORDERS), name="errands"),
]
