"""The list that somebody was shown, signed when it is shown and frozen with the incident when they send a unit from it."""

import datetime as dt
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from command import changes, clock
from command.errors import Invalid
from command.geo import distance_m
from command.models import Officer
from command.permissions import Principal
from dispatch import units
from dispatch.models import Advice, Assignment, Incident
from dispatch.recommend import Advice as Row
from dispatch.recommend import mode

SALT = "recommendation"
GOOD_FOR = dt.timedelta(hours=1)
SAME_PLACE_M = 250.0  # a pin that was moved a little since is still the place that the list was for
Place = tuple[float, float]  # longitude, latitude


def row(one: Row) -> dict[str, Any]:
    """A unit of the list as it is kept: keys, seconds and codes; `plain` and `disc` are what its trip is judged by later."""
    who = one.candidate
    return {
        "unit": who.key, "seconds": _round(one.eta_s), "low": _round(one.low_s), "high": _round(one.high_s),
        "reasons": list(one.reasons), "shortfalls": list(one.shortfalls),
        "hole": None if who.hole is None else round(who.hole, 4), "source": one.source, "doubt": one.doubt,
        "mode": mode(who.kind), "plain": _round(one.plain_s), "disc": _round(one.disc_s),
    }  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def sign(principal: Principal, rows: list[Row], place: Place) -> str:
    """The list as a word that the browser hands back and can't change: who was shown it, when, and for which place."""
    said = {"at": clock.now().isoformat(), "by": _who(principal), "place": place, "rows": [row(one) for one in rows]}
    return signing.dumps(said, salt=SALT, compress=True)


def _who(principal: Principal) -> str:
    return f"{principal.kind}:{principal.pk}"


def read(shown: str) -> dict[str, Any]:
    """What was signed. Raises Invalid for what is not ours."""
    try:
        said: dict[str, Any] = signing.loads(shown, salt=SALT)
    except signing.BadSignature:
        wrong = _("expected what came with the recommendation")
        raise Invalid("bad_list", f"shown: {wrong}", fields={"shown": wrong}) from None
    return said


def is_of(said: dict[str, Any], principal: Principal, incident: Incident) -> bool:
    """Whether a list is the one that this person chose from: their own, of the last hour, for this place."""
    if said.get("by") != _who(principal) or clock.now() - dt.datetime.fromisoformat(said["at"]) > GOOD_FOR:
        return False
    lon, lat = said["place"]
    return distance_m(lat, lon, incident.place.y, incident.place.x) <= SAME_PLACE_M


def send(principal: Principal, number: str, call_sign: str, shown: str = "") -> Assignment:
    """Send a unit, and freeze the list it was chosen from with the incident. A list that is not of this choice is not
    frozen, but nobody is kept from being sent by that. Raises as `units.assign`; Invalid for a list that is not ours."""
    kept = read(shown) if shown else None
    with changes.change():
        made = units.assign(principal, number, call_sign)
        if kept and is_of(kept, principal, made.incident):
            by, at = principal if isinstance(principal, Officer) else None, dt.datetime.fromisoformat(kept["at"])
            Advice.objects.get_or_create(
                assignment=made,
                defaults={"incident_id": made.incident_id, "at": at, "by": by, "shown": kept["rows"]},
            )
        return made
