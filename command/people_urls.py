"""The addresses of the pages of people."""

from django.urls import path

from command import people_pages, people_tables, stepup
from command.permissions import Capability
from command.routes import View, of_station

PEOPLE = Capability.MANAGE_PEOPLE


def _seen(view: View) -> View:
    return of_station(view, GET=PEOPLE)


def _used(view: View) -> View:
    return of_station(view, GET=PEOPLE, POST=PEOPLE)


def _widens(view: View) -> View:
    """Who gets in, or may do more, only by somebody who has just given the second factor."""
    return _used(stepup.required(view))


ONE = "<int:officer>/"
urlpatterns = [
    path("", _seen(people_pages.People.as_view()), name="people"),
    path("add/", _widens(people_pages.AddPerson.as_view()), name="add_person"),
    path("import/", _widens(people_tables.ImportPeople.as_view()), name="import_people"),
    path("template/", _seen(people_tables.PeopleTemplate.as_view()), name="people_template"),
    path("export/", _seen(people_tables.ExportPeople.as_view()), name="export_people"),
    path(ONE, _seen(people_pages.Person.as_view()), name="person"),
    path(f"{ONE}change/", _used(people_pages.ChangePerson.as_view()), name="change_person"),
    path(f"{ONE}roles/", _widens(people_pages.GiveRole.as_view()), name="give_role"),
    path(f"{ONE}roles/<int:grant>/withdraw/", _used(people_pages.WithdrawRole.as_view()), name="withdraw_role"),
    path(f"{ONE}deactivate/", _used(people_pages.Deactivate.as_view()), name="deactivate_person"),
    path(f"{ONE}reactivate/", _widens(people_pages.Reactivate.as_view()), name="reactivate_person"),
    path(f"{ONE}sessions/", _used(people_pages.EndSessions.as_view()), name="end_sessions_of"),
]
