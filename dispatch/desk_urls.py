"""The addresses of what the desk does besides sending: doubles, waiting calls, reports, briefing, places, the incident's page."""

from django.urls import path
from django.views.decorators.cache import never_cache

from command import stepup
from command.permissions import Capability
from command.routes import of_station
from dispatch import desk_api, history_pages, incident_pages, place_note_pages

DISPATCH, NOTE = Capability.DISPATCH, Capability.NOTE
CLOSE, SEARCH, EXPORT = Capability.CLOSE_INCIDENT, Capability.SEARCH_PEOPLE, Capability.EXPORT_EVIDENCE
ONE = "api/v1/incidents/<str:number>/"
NOTES = "places/notes/"

urlpatterns = [
    path("api/v1/incidents/doubles/", of_station(desk_api.Doubles.as_view(), GET=DISPATCH)),
    path(f"{ONE}merge/", of_station(desk_api.MergeInto.as_view(), POST=CLOSE)),
    path(f"{ONE}unmerge/", of_station(desk_api.Unmerge.as_view(), POST=CLOSE)),
    path(f"{ONE}stack/", of_station(desk_api.Stack.as_view(), POST=DISPATCH)),
    path(f"{ONE}unstack/", of_station(desk_api.Unstack.as_view(), POST=DISPATCH)),
    path(f"{ONE}services/", of_station(desk_api.Services.as_view(), POST=NOTE)),
    path(f"{ONE}handovers/", of_station(desk_api.Handovers.as_view(), POST=NOTE)),
    path(f"{ONE}mediation/", of_station(desk_api.Mediation.as_view(), POST=NOTE)),
    path(f"{ONE}briefing/", of_station(desk_api.Briefing.as_view(), GET=NOTE)),
    path(f"{ONE}records/", of_station(desk_api.Records.as_view(), POST=SEARCH)),
    # No browser keeps these: “back” would show them to whoever sits there after the sign-out
    path(
        "incidents/callers/",
        of_station(never_cache(history_pages.Callers.as_view()), GET=SEARCH, POST=SEARCH),
        name="callers",
    ),
    path(
        "incidents/<str:number>/",
        of_station(never_cache(incident_pages.OneIncident.as_view()), GET=SEARCH),
        name="incident_page",
    ),
    path(
        "incidents/<str:number>/export/",
        of_station(stepup.required(incident_pages.ExportIncident.as_view()), GET=EXPORT, POST=EXPORT),
        name="incident_export",
    ),
    path(NOTES, of_station(place_note_pages.PlaceNotes.as_view(), GET=DISPATCH), name="place_notes"),
    path(
        f"{NOTES}add/", of_station(place_note_pages.AddPlaceNote.as_view(), GET=DISPATCH, POST=DISPATCH),
        name="add_place_note",
    ),
    path(
        f"{NOTES}<int:note>/",
        of_station(never_cache(place_note_pages.ChangePlaceNote.as_view()), GET=DISPATCH, POST=DISPATCH),
        name="place_note",
    ),
    path(
        f"{NOTES}<int:note>/retire/",
        of_station(place_note_pages.RetirePlaceNote.as_view(), GET=DISPATCH, POST=DISPATCH),
        name="retire_place_note",
    ),
]  # fmt: skip
