"""The step of a new station that brings its phones."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from command.first_run import State, Step
from command.permissions import Capability
from devices.models import Device, LastFix


def _phones(reach: set[int]) -> State:
    devices = Device.objects.filter(station__in=reach, revoked_at=None, kind__in=("phone", "tracker"))
    count = devices.count()
    heard = LastFix.objects.filter(device__in=devices).count()
    said = ngettext("%(count)s phone or tracker", "%(count)s phones and trackers", count) % {"count": count}
    by_now = _("%(count)s heard from") % {"count": heard}
    return State(count > 0, f"{said} · {by_now}" if count else _("none yet"))


PHONES = Step(
    40, gettext_lazy("Phones"),
    gettext_lazy(
        "Add each phone and scan its code with the app: from then on it reports where it is. "
        "Who opens the terminal on a phone (/terminal/) needs no app while its screen is on."
    ),
    gettext_lazy("Add a phone"), lambda station: reverse("add_device"), Capability.MANAGE_DEVICES, _phones,
)  # fmt: skip
