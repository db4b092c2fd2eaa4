"""Recovery of an account whose password or second factor is lost: one administrator asks, another person approves."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, people, screens, second_factor
from command.errors import Conflict, Forbidden, NotThere
from command.models import Grant, Officer, Recovery, new_secret
from command.permissions import Capability, Level, Principal

HOLDS = dt.timedelta(hours=24)


def ask(actor: Officer, officer_id: int) -> tuple[Recovery, str]:
    """Ask for a new beginning of somebody's account; returns it with the first password, shown this once.

    The password holds only when somebody else has approved. Raises NotThere, Forbidden, Conflict.
    """
    with changes.change():
        officer = people.in_charge_of(actor, officer_id)
        if officer.pk == actor.pk:
            raise Conflict("oneself", _("Nobody does this to themselves: ask another administrator."))
        _end(Recovery.objects.filter(officer=officer, ended_at=None))
        password = new_secret()[:16]
        asked = Recovery.objects.create(
            officer=officer, asked_by=actor, asked_at=clock.now(), password=make_password(password)
        )
        audit.record(actor, "ask_recovery", "officer", officer.pk, officer.station_id)
        return asked, password


def waiting_for(actor: Officer) -> QuerySet[Recovery]:
    """Recoveries that this person may approve: asked by somebody else, for somebody else, within the last day."""
    asked = Recovery.objects.filter(ended_at=None, asked_at__gt=clock.now() - HOLDS)
    others = _within(asked, actor).exclude(asked_by=actor).exclude(officer=actor)
    return others.select_related("officer__station", "asked_by")


def approve(actor: Officer, recovery_id: int) -> Officer:
    """The second person agrees: the first password holds, second factor and PIN are gone, all sessions end.

    At the next sign-in a new password is chosen and a new factor enrolled. Raises NotThere, Forbidden.
    """
    with changes.change():
        asked = Recovery.objects.select_for_update(of=("self",)).filter(pk=recovery_id, ended_at=None).first()
        if asked is None or asked.asked_at <= clock.now() - HOLDS:
            raise NotThere("not_there", _("This request is over."))
        officer = Officer.objects.select_for_update(of=("self",)).get(pk=asked.officer_id)
        if not _within(Recovery.objects.filter(pk=asked.pk), actor).exists():
            raise NotThere("not_there", _("This request is over."))
        if actor.pk in (asked.asked_by_id, asked.officer_id):
            raise Forbidden("second_person", _("A second person must approve: not who asked, and not who it is for."))
        asked.approved_by, asked.ended_at = actor, clock.now()
        asked.save(update_fields=["approved_by", "ended_at"])
        officer.password, officer.must_change_password, officer.pin = asked.password, True, ""
        officer.save(update_fields=["password", "must_change_password", "pin"])
        second_factor.remove(officer)
        officer.sessions.all().delete()
        officer.tokens.all().delete()
        screens.leave_all(officer)
        audit.record(actor, "approve_recovery", "officer", officer.pk, officer.station_id, asked_by=asked.asked_by_id)
        return officer


def withdraw(actor: Officer, recovery_id: int) -> None:
    """End a request that is not needed any more, or that should not be."""
    with changes.change():
        found = _within(Recovery.objects.filter(pk=recovery_id, ended_at=None), actor).first()
        if found is None:
            raise NotThere("not_there", _("This request is over."))
        _end(Recovery.objects.filter(pk=found.pk))
        audit.record(actor, "withdraw_recovery", "officer", found.officer_id, found.officer.station_id)


def _within(rows: QuerySet[Recovery], actor: Officer) -> QuerySet[Recovery]:
    """Those of people whose home and whose every role lie where `actor` may approve."""
    mine = stations_of(actor)
    beyond = Grant.objects.exclude(station_id__in=mine).values("officer")
    return rows.filter(officer__station_id__in=mine).exclude(officer__in=beyond)


def _end(rows: QuerySet[Recovery]) -> None:
    rows.update(ended_at=clock.now())


def asked_by(actor: Officer) -> QuerySet[Recovery]:
    """Recoveries that this person has asked for and nobody has approved yet."""
    return Recovery.objects.filter(ended_at=None, asked_by=actor, asked_at__gt=clock.now() - HOLDS)


def stations_of(actor: Principal) -> frozenset[int]:
    """Stations whose people's recovery one may approve: as administrator, or as commander."""
    rights = actor.rights()
    return rights.stations(Capability.MANAGE_PEOPLE) | rights.stations(Capability.APPROVE_LISTING, Level.FULL)
