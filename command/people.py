"""Verbs about people: who is there, what they may do, and the tokens of their scripts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from command import audit, changes, clock, screens, second_factor
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Grant, Officer, Station, Token, digest, new_secret
from command.permissions import Capability, Principal, Role, require

KEYS: list[Callable[[Officer], None]] = []  # what rooms above take from whoever is shut out
GIVEN = [role.value for role in Role if role != Role.SCREEN]  # the roles that people have


def add_officer(
    actor: Principal | None, username: str, role: str, station: Station, password: str | None, **fields: str
) -> Officer:
    """Add a person with one role at a station. `fields`: name, badge, rank. Raises Invalid with the field that is wrong."""
    if actor is not None:
        require(actor, Capability.MANAGE_PEOPLE, station.pk)
    _known(role)
    officer = Officer(username=username, station=station, **fields)
    _clean(officer)
    if password is not None:
        _good_password(password, officer)
    with changes.change():
        officer.set_password(password)
        officer.save()
        Grant.objects.create(officer=officer, station=station, role=role)
        audit.record(actor, "add_officer", "officer", officer.pk, station.pk, role=role)
    return officer


def _known(role: str) -> None:
    if role not in GIVEN:
        said = _("expected one of %(known)s; found %(found)s.") % {"known": ", ".join(GIVEN), "found": repr(role)}
        raise Invalid("unknown_role", f"role: {said}", fields={"role": said})


def _clean(officer: Officer) -> None:
    _not_taken(officer)
    try:
        officer.full_clean(exclude=["password"])
    except ValidationError as wrong:
        raise _invalid(wrong) from wrong
    for field in ("username", "name", "badge", "rank"):
        _is_printable(field, getattr(officer, field))


def _not_taken(officer: Officer) -> None:
    others = Officer.objects.exclude(pk=officer.pk)
    fields = {}
    if others.filter(username=officer.username).exists():
        fields["username"] = _("Somebody signs in with this name already.")
    if officer.badge and others.filter(badge=officer.badge, station=officer.station_id).exists():
        fields["badge"] = _("Somebody at this station has this badge number already.")
    if fields:
        raise Invalid("taken", " ".join(fields.values()), fields=fields)


def _good_password(password: str, officer: Officer) -> None:
    try:
        validate_password(password, officer)
    except ValidationError as wrong:
        raise _invalid(wrong) from wrong


def _is_printable(field: str, value: str) -> None:
    if not value.isprintable():
        said = _("expected printable characters only")
        raise Invalid("invalid", f"{field}: {said}", fields={field: said})


def _invalid(wrong: ValidationError) -> Invalid:
    said = _fields(wrong)
    return Invalid("invalid", "; ".join(f"{field}: {words}" for field, words in said.items()), fields=said)


def _fields(wrong: ValidationError) -> dict[str, str]:
    if hasattr(wrong, "error_dict"):
        return {name: " ".join(said) for name, said in wrong.message_dict.items()}
    return {"password": " ".join(wrong.messages)}


def seen(actor: Principal, officer_id: int) -> Officer:
    """The officer, if `actor` administers people at their station. Raises NotThere, Forbidden."""
    found = Officer.objects.filter(pk=officer_id).select_related("station").first()
    if found is None:
        raise NotThere("not_there", _("There is nobody under that number."))
    require(actor, Capability.MANAGE_PEOPLE, found.station_id)
    return found


def administered(actor: Principal, officer_id: int) -> Officer:
    """As `seen`, locked until the end of the change."""
    Officer.objects.select_for_update(no_key=True).filter(pk=officer_id).first()
    return seen(actor, officer_id)


def in_charge_of(actor: Principal, officer_id: int) -> Officer:
    """As `administered`, for what decides over the whole account: wherever its owner has a role, `actor` administers people.

    Without it, who administers one station would get at an account that commands those above. Raises NotThere, Forbidden.
    """
    officer = administered(actor, officer_id)
    rights = actor.rights()
    if not all(rights.may(Capability.MANAGE_PEOPLE, held.station_id) for held in officer.grants.all()):
        said = _("This person also has a role at a station that you don't administer: its administrators can do this.")
        raise Forbidden("role_elsewhere", said)
    return officer


def change_officer(actor: Principal, officer_id: int, **new: Any) -> Officer:
    """Change name, badge, rank or station of a person. Raises NotThere, Forbidden, Invalid."""
    with changes.change():
        officer = administered(actor, officer_id)
        if "station" in new:
            require(actor, Capability.MANAGE_PEOPLE, new["station"].pk)
        changed = [name for name in ("name", "badge", "rank", "station") if name in new]
        for name in changed:
            setattr(officer, name, new[name])
        _clean(officer)
        officer.save(update_fields=changed)
        audit.record(actor, "change_officer", "officer", officer.pk, officer.station_id, fields=changed)
        return officer


def grant(actor: Principal, officer_id: int, role: str, station: Station) -> Grant:
    """Give a person a role at a station; it holds on open sockets within 5 s. Nobody gives one to themselves.

    Where the role asks for a second factor that the person has not enrolled, their sessions end: it holds from the next
    sign-in on, which enrols one.
    """
    _known(role)
    with changes.change():
        officer = administered(actor, officer_id)
        require(actor, Capability.MANAGE_PEOPLE, station.pk)
        _not_oneself(actor, officer)
        given, is_new = Grant.objects.get_or_create(officer=officer, station=station, role=role)
        if is_new:
            audit.record(actor, "grant_role", "officer", officer.pk, station.pk, role=role)
            if second_factor.is_asked_of(officer) and second_factor.of(officer) is None:
                officer.sessions.all().delete()
        return given


def withdraw(actor: Principal, grant_id: int) -> None:
    """Take a role from a person; open sockets lose it within 5 s. Raises Conflict for the last administrator."""
    with changes.change():
        found = Grant.objects.select_for_update(of=("self",)).filter(pk=grant_id).select_related("station").first()
        if found is None:
            raise NotThere("not_there", _("This role has been withdrawn already."))
        officer = administered(actor, found.officer_id)
        require(actor, Capability.MANAGE_PEOPLE, found.station_id)
        _not_the_last(found)
        found.delete()
        audit.record(actor, "withdraw_role", "officer", officer.pk, found.station_id, role=found.role)


def deactivate(actor: Principal, officer_id: int) -> None:
    """Shut a person out: their sessions and take-overs end, their tokens are refused, their roles wait."""
    with changes.change():
        officer = in_charge_of(actor, officer_id)
        _not_oneself(actor, officer)
        for held in officer.grants.select_related("station"):
            _not_the_last(held)
        officer.is_active = False
        officer.save(update_fields=["is_active"])
        officer.sessions.all().delete()
        _take_keys(officer)
        audit.record(actor, "deactivate_officer", "officer", officer.pk, officer.station_id)


def pin_keys(take: Callable[[Officer], None]) -> None:
    """Have more taken from whoever is shut out; called from a room's AppConfig.ready()."""
    KEYS.append(take)


def _take_keys(officer: Officer) -> None:
    """What lets them act without a session: screens they have taken over, and what rooms above gave them."""
    screens.leave_all(officer)
    for take in KEYS:
        take(officer)


def reactivate(actor: Principal, officer_id: int) -> None:
    """Let a person in again, with the roles they had."""
    with changes.change():
        officer = in_charge_of(actor, officer_id)
        officer.is_active = True
        officer.save(update_fields=["is_active"])
        audit.record(actor, "reactivate_officer", "officer", officer.pk, officer.station_id)


def end_sessions(actor: Principal, officer_id: int) -> int:
    """End all sessions, tokens and take-overs of a person, whoever has them; returns how many sessions there were."""
    with changes.change():
        officer = in_charge_of(actor, officer_id)
        ended = officer.sessions.all().delete()[0]
        officer.tokens.all().delete()
        _take_keys(officer)
        audit.record(actor, "end_sessions", "officer", officer.pk, officer.station_id, count=ended)
        return ended


def _not_oneself(actor: Principal, officer: Officer) -> None:
    if isinstance(actor, Officer) and actor.pk == officer.pk:
        raise Conflict("oneself", _("Nobody does this to themselves: ask another administrator."))


def _not_the_last(held: Grant) -> None:
    """Raise Conflict when nobody else would administer the station of this grant."""
    if held.role != Role.ADMINISTRATOR:
        return
    others = Grant.objects.filter(role=Role.ADMINISTRATOR, officer__is_active=True).exclude(officer=held.officer_id)
    if not any(held.station_id in other.station.reach() for other in others.select_related("station")):
        raise Conflict("last_administrator", _("This is the station's last administrator: make another one first."))


def change_password(officer: Officer, password: str) -> None:
    """Set one's own password; every other session of the account ends by it. Raises Invalid."""
    if officer.check_password(password):
        said = _("This is the password that you have now.")
        raise Invalid("same_password", said, fields={"password": said})
    _good_password(password, officer)
    with changes.change():
        officer.set_password(password)
        officer.must_change_password = False
        officer.save(update_fields=["password", "must_change_password"])
        audit.record(officer, "change_password", "officer", officer.pk, officer.station_id)


def add_token(actor: Principal | None, officer: Officer, days: int, scopes: list[str] | None = None) -> str:
    """Make a bearer token that ends after `days` days, and return it; only its hash is kept."""
    key = new_secret()
    with changes.change():
        token = Token.objects.create(
            officer=officer, key_hash=digest(key), scopes=scopes or [], expires_at=clock.now() + dt.timedelta(days=days)
        )
        audit.record(actor, "add_token", "token", token.pk, officer.station_id, days=days)
    return key


def station_of(code: str | None) -> Station:
    """The station with this code, or the root station where none is said. Raises NotThere."""
    stations = Station.objects.filter(code=code) if code else Station.objects.filter(parent=None)
    found = stations.order_by("pk").first()
    if found is None:
        raise NotThere("not_there", f"There is no station {code or ''}; ./station up makes the first.")
    return found
