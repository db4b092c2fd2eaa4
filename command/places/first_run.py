"""The first step of a new station: its map."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command.first_run import State, Step
from command.permissions import Capability
from command.places.models import Map


def _map(reach: set[int]) -> State:
    names = list(Map.objects.order_by("name").values_list("name", flat=True))
    return State(bool(names), _("imported: %(names)s") % {"names": ", ".join(names)} if names else _("none yet"))


MAP = Step(
    10, gettext_lazy("The map"), gettext_lazy("Import an OpenStreetMap extract of the area: streets, addresses, landmarks."),
    gettext_lazy("Import a map"), lambda station: reverse("maps"), Capability.MANAGE_MAP, _map,
)  # fmt: skip
