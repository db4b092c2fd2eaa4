"""People as a table: many at once, and all that there are."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from command import imports, newcomers, people, people_pages
from command.models import Station
from command.people import GIVEN
from command.role_words import ROLE_WORDS

TITLES = {role: ROLE_WORDS[role] for role in GIVEN}


class ImportPeople(imports.ImportPage):
    """Many people at once; their first passwords come as one file, once."""

    title = _("Add many people")
    capability = people_pages.PEOPLE
    back, empty = "people", "people_template"
    once = (_("Name to sign in with"), _("First password"), pgettext_lazy("person", "Name"))
    once_file = "first-passwords.csv"
    once_words = _("Each person's first password, which must be changed at the first sign-in. Give each to its person.")
    columns = (
        imports.Column("username", _("Name to sign in with"), _("1 to 60 characters, not used yet"), True),
        imports.Column("name", pgettext_lazy("person", "Name"), _("1 to 60 characters"), True),
        imports.Column("badge", _("Badge number"), _("up to 20 characters, once at each station")),
        imports.Column("rank", _("Rank"), _("up to 40 characters")),
        imports.Column("station", _("Station"), _("the station's code; your own where nothing stands")),
        imports.Column("roles", _("Roles"), _("roles in words, divided by semicolons; officer where nothing stands")),
    )

    def take(self, cells: imports.Cells) -> list[object]:
        texts = {
            "username": cells.text("username", 60, needed=True), "name": cells.text("name", 60, needed=True),
            "badge": cells.text("badge", 20), "rank": cells.text("rank", 40),
        }  # fmt: skip
        roles = cells.some_of("roles", TITLES) or ["officer"]
        station = cells.station()
        cells.done()
        officer, password = newcomers.add_newcomer(self.principal, role=roles[0], station=station, **texts)
        for role in roles[1:]:
            people.grant(self.principal, officer.pk, role, station)
        return [officer.username, password, officer.name]


class PeopleTemplate(imports.TemplatePage):
    of, file = ImportPeople, "people.csv"


class ExportPeople(imports.ExportPage):
    """Everybody one administers. Roles at other stations than their own are left out."""

    of, file = ImportPeople, "people.csv"

    def rows(self) -> list[tuple[Station, list[object]]]:
        found: list[tuple[Station, list[object]]] = []
        for one in people_pages.administered_by(self.principal):
            held = [grant for grant in one.grants.all() if grant.station_id == one.station_id]
            roles = "; ".join(str(ROLE_WORDS[grant.role]) for grant in held)
            found.append((one.station, [one.username, one.name, one.badge, one.rank, one.station.code, roles]))
        return found
