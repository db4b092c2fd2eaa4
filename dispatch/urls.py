"""The addresses of dispatch and whom each is for."""

from django.urls import include, path

from command.permissions import Capability
from command.routes import View, from_wall, of_all_stations, of_station
from dispatch import (
    api,
    desk_urls,
    duty_pages,
    fleet_pages,
    fleet_tables,
    following_api,
    help_urls,
    history_pages,
    kind_pages,
    order_api,
    photo_api,
    recommend_api,
    road_api,
    run_card_pages,
    target_pages,
)

SEE, DISPATCH, ORDERS = Capability.SEE_MAP, Capability.DISPATCH, Capability.OWN_ORDERS
SEARCH = Capability.SEARCH_PEOPLE
CLOSE, NOTE, FOLLOW = Capability.CLOSE_INCIDENT, Capability.NOTE, Capability.FOLLOW_DISPATCH
ONE = "api/v1/incidents/<str:number>/"
UNIT = "api/v1/units/<str:unit>/"
FLEET = Capability.MANAGE_DEVICES  # why: dispatch/fleet.py
ALL = "manage/units/"
KIND = "manage/kinds/<int:kind>/"
ORDER = "api/v1/orders/<int:order>/"


def _seen(view: View) -> View:
    return of_station(view, GET=FLEET)


def _used(view: View) -> View:
    return of_station(view, GET=FLEET, POST=FLEET)


def _shared(view: View, capability: Capability) -> View:
    return of_all_stations(view, GET=capability, POST=capability)


KINDS, TARGETS = Capability.MANAGE_KINDS, Capability.MANAGE_TARGETS
SKILL, PEOPLE = "manage/skills/<int:skill>/", Capability.MANAGE_PEOPLE
urlpatterns = [
    *help_urls.urlpatterns,
    *desk_urls.urlpatterns,
    path("api/v1/incidents/", of_station(api.Incidents.as_view(), GET=SEE, POST=Capability.OPEN_INCIDENT)),
    path(ONE, of_station(api.OneIncident.as_view(), GET=SEE, PATCH=DISPATCH)),
    path(f"{ONE}log/", of_station(api.IncidentLog.as_view(), GET=SEE, POST=NOTE)),
    path("api/v1/photos/<uuid:photo>/", of_station(photo_api.OnePhoto.as_view(), GET=SEE, POST=NOTE), name="photo"),
    path(f"{ONE}checklist/<int:line>/", of_station(api.IncidentLine.as_view(), PATCH=NOTE)),
    path(f"{ONE}nearest/", from_wall(api.IncidentNearest.as_view(), GET=DISPATCH)),
    path(f"{ONE}recommendation/", from_wall(recommend_api.IncidentRecommendation.as_view(), GET=FOLLOW)),
    path("api/v1/cameras/along/", of_station(following_api.Along.as_view(), GET=SEE)),
    path("api/v1/recommendation/", of_station(recommend_api.Recommendation.as_view(), GET=FOLLOW)),
    path(f"{ONE}acknowledge/", from_wall(api.Acknowledge.as_view(), POST=DISPATCH)),
    path(f"{ONE}close/", of_station(api.Close.as_view(), POST=CLOSE)),
    path(f"{ONE}cancel/", of_station(api.Cancel.as_view(), POST=CLOSE)),
    path(f"{ONE}reopen/", of_station(api.Reopen.as_view(), POST=CLOSE)),
    path(f"{ONE}take_back_end/", of_station(api.EndTakenBack.as_view(), POST=CLOSE)),
    path(f"{ONE}assignments/", from_wall(api.Assignments.as_view(), POST=DISPATCH)),
    path(f"{ONE}assignments/<str:unit>/", of_station(api.OneAssignment.as_view(), PATCH=ORDERS)),
    path(f"{ONE}assignments/<str:unit>/take_back/", of_station(api.StepTakenBack.as_view(), POST=DISPATCH)),
    path("api/v1/route/", of_station(road_api.Route.as_view(), GET=SEE)),
    path("api/v1/reach/", of_station(road_api.Reach.as_view(), GET=SEE)),
    path("api/v1/road-blocks/", of_station(road_api.RoadBlocks.as_view(), GET=SEE, POST=DISPATCH)),
    path("api/v1/road-blocks/<int:block>/lift/", of_station(road_api.LiftBlock.as_view(), POST=DISPATCH)),
    path("api/v1/units/", of_station(api.Units.as_view(), GET=SEE)),
    path("api/v1/units/nearest/", of_station(api.UnitsNearest.as_view(), GET=DISPATCH)),
    path(UNIT, of_station(api.OneUnit.as_view(), GET=SEE, PATCH=ORDERS)),
    path(f"{UNIT}book_on/", of_station(api.BookOn.as_view(), POST=ORDERS)),
    path(f"{UNIT}book_off/", of_station(api.BookOff.as_view(), POST=ORDERS)),
    path("incidents/", of_station(history_pages.History.as_view(), GET=SEARCH), name="history"),
    path("shift/", of_station(history_pages.Shift.as_view(), GET=DISPATCH, POST=DISPATCH), name="shift"),
    path("duty/", of_station(duty_pages.OnDuty.as_view(), GET=ORDERS, POST=ORDERS), name="duty"),
    path("api/v1/orders/mine/", of_station(order_api.MyOrders.as_view(), GET=ORDERS)),
    path(f"{ORDER}delivered/", of_station(order_api.Delivered.as_view(), POST=ORDERS)),
    path(f"{ORDER}seen/", of_station(order_api.Seen.as_view(), POST=ORDERS)),
    path(f"{ORDER}accept/", of_station(order_api.Accept.as_view(), POST=ORDERS)),
    path(f"{ORDER}go/", of_station(order_api.Go.as_view(), POST=ORDERS)),
    path("", include("dispatch.terminal_urls")),
    path("api/v1/kinds/", of_station(api.Kinds.as_view(), GET=SEE)),
    path(ALL, _seen(fleet_pages.Units.as_view()), name="units"),
    path(f"{ALL}add/", _used(fleet_pages.AddUnit.as_view()), name="add_unit"),
    path(f"{ALL}import/", _used(fleet_tables.ImportUnits.as_view()), name="import_units"),
    path(f"{ALL}template/", _seen(fleet_tables.UnitsTemplate.as_view()), name="units_template"),
    path(f"{ALL}export/", _seen(fleet_tables.ExportUnits.as_view()), name="export_units"),
    path(f"{ALL}<int:unit_id>/", _used(fleet_pages.ChangeUnit.as_view()), name="unit"),
    path(f"{ALL}<int:unit_id>/retire/", _used(fleet_pages.RetireUnit.as_view()), name="retire_unit"),
    path(f"{ALL}vehicles/add/", _used(fleet_pages.AddVehicle.as_view()), name="add_vehicle"),
    path(f"{ALL}vehicles/<int:vehicle>/", _used(fleet_pages.ChangeVehicle.as_view()), name="vehicle"),
    path(f"{ALL}vehicles/<int:vehicle>/remove/", _used(fleet_pages.RemoveVehicle.as_view()), name="remove_vehicle"),
    path("manage/kinds/", _shared(kind_pages.Kinds.as_view(), KINDS), name="kinds"),
    path("manage/kinds/add/", _shared(kind_pages.AddKind.as_view(), KINDS), name="add_kind"),
    path(KIND, _shared(kind_pages.ChangeKind.as_view(), KINDS), name="kind"),
    path(f"{KIND}retire/", _shared(kind_pages.RetireKind.as_view(), KINDS), name="retire_kind"),
    path(f"{KIND}restore/", _shared(kind_pages.RestoreKind.as_view(), KINDS), name="restore_kind"),
    path(f"{KIND}card/", _shared(run_card_pages.ChangeCard.as_view(), KINDS), name="run_card"),
    path("manage/skills/", of_station(run_card_pages.Skills.as_view(), GET=KINDS), name="skills"),
    path("manage/skills/add/", _shared(run_card_pages.AddSkill.as_view(), KINDS), name="add_skill"),
    path(SKILL, _shared(run_card_pages.ChangeSkill.as_view(), KINDS), name="skill"),
    path(f"{SKILL}remove/", _shared(run_card_pages.RemoveSkill.as_view(), KINDS), name="remove_skill"),
    path(
        f"{SKILL}holders/", of_station(run_card_pages.Holders.as_view(), GET=PEOPLE, POST=PEOPLE), name="skill_holders"
    ),
    path("manage/targets/", _shared(target_pages.Targets.as_view(), TARGETS), name="targets"),
    path("manage/targets/reset/", _shared(target_pages.ResetTargets.as_view(), TARGETS), name="reset_targets"),
]
