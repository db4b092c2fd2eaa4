"""What all stations share (kinds of incident, maps) is changed by those who have the right at a topmost station."""

from django.utils.translation import gettext as _

from command.errors import Forbidden
from command.models import Station
from command.permissions import Capability, Principal


def may(principal: Principal, capability: Capability) -> bool:
    """Whether the principal has the right at a station above which there is none."""
    return Station.objects.filter(parent=None, pk__in=principal.rights().stations(capability)).exists()


def refusal(capability: Capability) -> Forbidden:
    """Why somebody who has the right at a station below may not."""
    said = _("All stations share this: changing it needs the right “%(right)s” at the topmost station.")
    return Forbidden("shared", said % {"right": capability.value})


def require(principal: Principal | None, capability: Capability) -> int:
    """The id of the topmost station in whose audit a change of what is shared stands; None as principal is the system.

    Raises Forbidden.
    """
    if principal is not None and not may(principal, capability):
        raise refusal(capability)
    tops = Station.objects.filter(parent=None).order_by("pk")
    if principal is not None:
        tops = tops.filter(pk__in=principal.rights().stations(capability))
    return tops.values_list("pk", flat=True)[0]
