"""The step of a new station that makes its units."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from command.first_run import State, Step
from command.permissions import Capability
from dispatch.models import Unit


def _units(reach: set[int]) -> State:
    units = Unit.objects.filter(station__in=reach, retired_at=None)
    count, placed = units.count(), units.filter(devices__isnull=False).distinct().count()
    said = ngettext("%(count)s unit", "%(count)s units", count) % {"count": count}
    carrying = _("%(count)s with a phone") % {"count": placed} if placed else _("none carries a phone yet")
    return State(placed > 0, f"{said} · {carrying}" if count else _("none yet"))


UNITS = Step(
    50, gettext_lazy("Units"),
    gettext_lazy(
        "Make the crews that are sent, give each its phone: once the desk books it on, it stands on the map and can be sent."
    ),
    gettext_lazy("Add a unit"), lambda station: reverse("add_unit"), Capability.MANAGE_DEVICES, _units,
)  # fmt: skip
