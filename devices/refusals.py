"""What was refused, by device and reason: how often, and the newest as it came."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Window
from django.db.models.functions import RowNumber

from command import clock
from command.permissions import Capability, Principal
from devices.device_words import CODE_WORDS, PROFILE_WORDS
from devices.models import Device, Quarantine

SHOWN_DAYS = 7
NEWEST = 50


@dataclass(frozen=True)
class Refusal:
    """One device and one reason."""

    code: str
    count: int
    newest: Quarantine
    device: Device | None

    @property
    def words(self) -> Any:
        return CODE_WORDS.get(self.code, self.code)

    @property
    def profile_words(self) -> Any:
        return PROFILE_WORDS.get(self.newest.profile, self.newest.profile)


def of(actor: Principal, device: int | None = None, code: str = "") -> QuerySet[Quarantine]:
    """What was refused within the last days at stations whose devices one looks after."""
    since = clock.now() - dt.timedelta(days=SHOWN_DAYS)
    stations = actor.rights().stations(Capability.MANAGE_DEVICES)
    found = Quarantine.objects.filter(station__in=stations, received__gt=since)
    if device is not None:
        found = found.filter(device=device)
    return found.filter(code=code) if code else found


def gathered(found: QuerySet[Quarantine]) -> list[Refusal]:
    """By device and reason, the newest first."""
    counts: dict[tuple[int | None, str], int] = {
        (one["device"], one["code"]): one["count"]
        for one in found.values("device", "code").annotate(count=Count("pk"), newest=Max("received"))
    }
    place = Window(RowNumber(), partition_by=[F("device"), F("code")], order_by=[F("received").desc(), F("pk").desc()])
    newest = found.annotate(place=place).filter(place=1).select_related("device__station", "station")
    return [
        Refusal(one.code, counts.get((one.device_id, one.code), 1), one, one.device)
        for one in newest.order_by("-received")
    ]
