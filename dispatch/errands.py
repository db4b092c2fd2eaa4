"""Verbs of errands: tasks that somebody hands to an auxiliary unit, which signs for them and reports back."""

from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Officer
from command.permissions import Capability, Principal, require
from dispatch import incidents, log, units
from dispatch.models import Errand, Incident, Unit
from dispatch.states import UnitStatus

TEXT_LIMIT, REPORT_LIMIT = 400, 1000


def give(
    principal: Principal,
    call_sign: str,
    text: str,
    *,
    incident: str = "",
    lat: float | None = None,
    lon: float | None = None,
    address: str = "",
    station: str | None = None,
) -> Errand:
    """Hand a task to an auxiliary unit on duty, at a place in degrees (WGS-84) or none, for an open incident or none.

    Raises NotThere, Forbidden, Invalid, Conflict where the unit is off duty.
    """
    text = text.strip()
    with changes.change():
        held = incidents.locked(principal, incident, Capability.NOTE) if incident else None
        if held:
            incidents.is_open(held)
        unit = units.locked(principal, call_sign, station or (held.station.code if held else None))
        require(principal, Capability.NOTE, unit.station_id)
        _check(unit, text)
        place = Point(lon, lat, srid=4326) if lat is not None and lon is not None else held.place if held else None
        made = Errand.objects.create(
            station=unit.station, unit=unit, incident=held, text=text, place=place,
            address=address or (held.address if held else ""), given_at=clock.now(), given_by=_person(principal),
        )  # fmt: skip
        _tell(principal, made, "errand_given", text)
        return made


def _check(unit: Unit, text: str) -> None:
    if unit.kind != "auxiliary":
        said = _("expected an auxiliary unit; found %(found)s") % {"found": unit.call_sign}
        raise Invalid("not_auxiliary", f"unit: {said}", fields={"unit": said})
    if not text or len(text) > TEXT_LIMIT:
        said = _("expected 1 to %(limit)s characters") % {"limit": TEXT_LIMIT}
        raise Invalid("bad_text", f"text: {said}", fields={"text": said})
    if unit.status == UnitStatus.OFF_DUTY:
        raise Conflict("off_duty", _("%(unit)s is off duty; book it on first.") % {"unit": unit.call_sign})


def _person(principal: Principal) -> Officer:
    if isinstance(principal, Officer):
        return principal
    raise Forbidden("people_only", _("Only a person can do this."))


def accept(principal: Principal, errand_id: int) -> Errand:
    """The unit signs for it; the first signature stays. Raises NotThere, Forbidden, Conflict once it is recalled."""
    with changes.change():
        errand = _locked(principal, errand_id)
        units.may_speak_for(principal, errand.unit)
        _is_on(errand)
        if errand.accepted_at is None:
            _sign(principal, errand)
            errand.save(update_fields=["accepted_at", "accepted_by"])
            _tell(principal, errand, "errand_accepted")
        return errand


def report(principal: Principal, errand_id: int, words: str) -> Errand:
    """It is done, in words; what nobody had signed for is signed for with that. The first report stays.

    Raises NotThere, Forbidden, Invalid without words, Conflict once it is recalled.
    """
    words = words.strip()
    with changes.change():
        errand = _locked(principal, errand_id)
        units.may_speak_for(principal, errand.unit)
        _is_on(errand)
        if not words or len(words) > REPORT_LIMIT:
            said = _("expected 1 to %(limit)s characters") % {"limit": REPORT_LIMIT}
            raise Invalid("bad_report", f"report: {said}", fields={"report": said})
        if errand.done_at is None:
            _sign(principal, errand)
            errand.done_at, errand.done_by, errand.report = clock.now(), _person(principal), words
            errand.save()
            _tell(principal, errand, "errand_done", words)
        return errand


def recall(principal: Principal, errand_id: int) -> Errand:
    """Take it back, before it is done: who gave it, or a dispatcher. Raises NotThere, Forbidden, Conflict once it is done."""
    with changes.change():
        errand = _locked(principal, errand_id)
        is_theirs = principal.kind == "officer" and errand.given_by_id == principal.pk
        if not is_theirs and not principal.rights().may(Capability.DISPATCH, errand.station_id):
            raise Forbidden("not_yours", _("Only who gave it, or a dispatcher, takes it back."))
        if errand.done_at is not None:
            raise Conflict("errand_done", _("It is done already."))
        if errand.recalled_at is None:
            errand.recalled_at = clock.now()
            errand.save(update_fields=["recalled_at"])
            _tell(principal, errand, "errand_recalled")
        return errand


def _sign(principal: Principal, errand: Errand) -> None:
    if errand.accepted_at is None:
        errand.accepted_at, errand.accepted_by = clock.now(), _person(principal)


def _is_on(errand: Errand) -> None:
    if errand.recalled_at is not None:
        raise Conflict("errand_recalled", _("This task was taken back."))


def whole(errands: QuerySet[Errand]) -> QuerySet[Errand]:
    """With all that is shown of them."""
    return errands.select_related("station", "unit", "incident", "given_by", "accepted_by", "done_by")


def _locked(principal: Principal, errand_id: int) -> Errand:
    mine = Errand.objects.visible_to(principal).filter(pk=errand_id)
    held = Errand.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=mine.values("pk"))
    errand = held.select_related("station", "unit__station", "incident", "given_by").first()
    if errand is None:
        raise NotThere("not_there", _("There is no such task."))
    return errand


def _tell(principal: Principal, errand: Errand, action: str, text: str = "") -> None:
    incident: Incident | None = errand.incident
    facts: dict[str, Any] = {"unit": errand.unit.pk}
    audit.record(principal, action, "errand", errand.pk, errand.station_id, **facts)
    if incident:
        log.tell(principal, incident, action, text, unit=errand.unit.call_sign)
    live.publish(errand.station_id, "errand", errand.pk)
