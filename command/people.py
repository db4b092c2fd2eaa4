"""Verbs about people: who is there, what they may do, and the tokens of their scripts."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Invalid, NotThere
from command.models import Claim, Grant, Officer, Station, Token, digest, new_secret
from command.permissions import Principal, Role


def add_officer(
    actor: Principal | None, username: str, role: str, station: Station, password: str | None, **fields: str
) -> Officer:
    """Add a person with one role at a station. `fields`: name, badge, rank. Raises Invalid with the field that is wrong."""
    if role not in set(Role) - {Role.SCREEN}:
        known = ", ".join(sorted(set(Role) - {Role.SCREEN}))
        raise Invalid("unknown_role", f"role: expected one of {known}; found {role!r}.", fields={"role": role})
    officer = Officer(username=username, station=station, **fields)
    try:
        officer.full_clean(exclude=["password"])
        if password is not None:
            validate_password(password, officer)
    except ValidationError as wrong:
        said = _fields(wrong)
        told = "; ".join(f"{field}: {words}" for field, words in said.items())
        raise Invalid("invalid", told, fields=said) from wrong
    for field in ("username", *fields):
        _is_printable(field, getattr(officer, field))
    with changes.change():
        officer.set_password(password)
        officer.save()
        Grant.objects.create(officer=officer, station=station, role=role)
        audit.record(actor, "add_officer", "officer", officer.pk, station.pk, role=role)
    return officer


def _is_printable(field: str, value: str) -> None:
    if not value.isprintable():
        said = _("expected printable characters only")
        raise Invalid("invalid", f"{field}: {said}", fields={field: said})


def _fields(wrong: ValidationError) -> dict[str, str]:
    if hasattr(wrong, "error_dict"):
        return {name: " ".join(said) for name, said in wrong.message_dict.items()}
    return {"password": " ".join(wrong.messages)}


def add_token(actor: Principal | None, officer: Officer, days: int, scopes: list[str] | None = None) -> str:
    """Make a bearer token that ends after `days` days, and return it; only its hash is kept."""
    key = new_secret()
    with changes.change():
        token = Token.objects.create(
            officer=officer, key_hash=digest(key), scopes=scopes or [], expires_at=clock.now() + dt.timedelta(days=days)
        )
        audit.record(actor, "add_token", "token", token.pk, officer.station_id, days=days)
    return key


def claim_station(token: str, station_name: str, username: str, name: str, password: str) -> Officer:
    """Make the first administrator of an empty station with its claim token, which dies with it.

    Raises NotThere where the token is wrong or used, Invalid where a field is.
    """
    with changes.change():
        claim = Claim.objects.select_for_update().filter(key_hash=digest(token), used_at=None).first()
        if claim is None:
            raise NotThere("not_there", _("This claim link is wrong or has been used."))
        station = Station.objects.select_for_update().get(parent=None)
        officer = add_officer(None, username, Role.ADMINISTRATOR, station, password, name=name)
        if station_name.strip():
            station.name = station_name.strip()[:100]
            station.save(update_fields=["name"])
        audit.record(officer, "claim_station", "station", station.pk, station.pk)
        claim.used_at = clock.now()
        claim.save(update_fields=["used_at"])
    return officer


def offer_claim() -> str | None:
    """A new claim token for a station that nobody administers yet; None when somebody does. The token before it dies."""
    with changes.change():
        if Grant.objects.filter(role=Role.ADMINISTRATOR).exists():
            return None
        Claim.objects.filter(used_at=None).delete()
        key = new_secret()
        Claim.objects.create(key_hash=digest(key))
        return key


def station_of(code: str | None) -> Station:
    """The station with this code, or the root station where none is said. Raises NotThere."""
    stations = Station.objects.filter(code=code) if code else Station.objects.filter(parent=None)
    found = stations.order_by("pk").first()
    if found is None:
        raise NotThere("not_there", f"There is no station {code or ''}; ./station up makes the first.")
    return found
