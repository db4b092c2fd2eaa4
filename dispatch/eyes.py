"""What somebody who is on an incident may watch there: the cameras that see its place, and the phones of the others on it."""

from collections.abc import Collection

from django.db.models import Q

from command.permissions import Capability, Principal
from devices.models import PictureSource
from dispatch import scene_pack
from dispatch.models import Crew, Incident


def at_scene(principal: Principal, number: str) -> Collection[int]:
    """The sources that show the scene of an open incident to which the principal's unit is sent, by its number.

    None where their unit is not sent there, or no longer; nor to who has no orders there, on whatever unit they are.
    """
    orders = principal.rights().stations(Capability.OWN_ORDERS)
    incident = Incident.objects.manned_by(principal).filter(number=number, station__in=orders).first()
    if incident is None:
        return []
    there = Crew.objects.filter(
        left_at=None, unit__assignments__incident=incident, unit__assignments__ended_at=None
    ).exclude(officer=principal.pk)
    cameras = Q(camera__in=scene_pack.cameras_of(incident))
    found = PictureSource.objects.filter(cameras | Q(officer__in=there.values("officer")))
    return list(found.values_list("pk", flat=True))
