"""The list that somebody was shown, signed when it is shown and frozen with the incident when they send a unit from it."""

import datetime as dt
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from command import changes, clock
from command.errors import Invalid
from command.models import Officer
from command.permissions import Principal
from dispatch import units
from dispatch.models import Advice, Assignment
from dispatch.recommend import Advice as Row
from dispatch.recommend import mode

SALT = "recommendation"
GOOD_FOR = dt.timedelta(hours=1)


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


def sign(rows: list[Row]) -> str:
    """The list as a word that the browser hands back and can't change."""
    said = {"at": clock.now().isoformat(), "rows": [row(one) for one in rows]}
    return signing.dumps(said, salt=SALT, compress=True)


def read(shown: str) -> tuple[dt.datetime, list[dict[str, Any]]]:
    """When a list was shown, and its rows. Raises Invalid for one that is not ours, or older than an hour."""
    try:
        said = signing.loads(shown, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        wrong = _("expected what came with the recommendation within the last hour")
        raise Invalid("bad_list", f"shown: {wrong}", fields={"shown": wrong}) from None
    return dt.datetime.fromisoformat(said["at"]), said["rows"]


def send(principal: Principal, number: str, call_sign: str, shown: str = "") -> Assignment:
    """Send a unit, and freeze the list it was chosen from with the incident. Raises as `units.assign`; Invalid."""
    kept = read(shown) if shown else None
    with changes.change():
        made = units.assign(principal, number, call_sign)
        if kept:
            by = principal if isinstance(principal, Officer) else None
            Advice.objects.get_or_create(
                assignment=made, defaults={"incident_id": made.incident_id, "at": kept[0], "by": by, "shown": kept[1]}
            )
        return made
