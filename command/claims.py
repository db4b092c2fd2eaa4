"""The claim: how an empty station gets its name, its clock and its first administrator, once."""

from django.utils.translation import gettext as _

from command import audit, changes, clock, people, stations
from command.errors import Invalid, NotThere
from command.models import Claim, Grant, Officer, Station, digest, new_secret
from command.permissions import Role


def offer() -> str | None:
    """A new claim token for a station that nobody administers yet; None when somebody does. The token before it dies."""
    with changes.change():
        Claim.objects.filter(used_at=None).delete()
        if _is_administered():
            return None
        key = new_secret()
        Claim.objects.create(key_hash=digest(key))
        return key


def is_open() -> bool:
    """Whether there is a claim token that nobody has used, and nobody yet who administers a station."""
    return Claim.objects.filter(used_at=None).exists() and not _is_administered()


def _is_administered() -> bool:
    return Grant.objects.filter(role=Role.ADMINISTRATOR).exists()


def claim(token: str, station: stations.Named, username: str, name: str, password: str) -> Officer:
    """Name the empty station and make its first administrator with the claim token, which dies with any first administrator.

    Raises NotThere where the token is wrong or used, Invalid where a field is.
    """
    with changes.change():
        root = Station.objects.select_for_update(no_key=True).get(parent=None)
        found = Claim.objects.select_for_update().filter(key_hash=digest(token), used_at=None).first()
        if found is None or _is_administered():
            wrong = _("This claim link is wrong or has been used.")
            raise NotThere("not_there", wrong, fields={"token": wrong})
        _name(root, station)
        officer = people.add_officer(None, username, Role.ADMINISTRATOR, root, password, name=name)
        audit.record(officer, "claim_station", "station", root.pk, root.pk)
        found.used_at = clock.now()
        found.save(update_fields=["used_at"])
    return officer


def _name(root: Station, station: stations.Named) -> None:
    """As `stations.name`; the name of the person stands beside the station's, so the refusal says which it means."""
    try:
        stations.name(root, station)
    except Invalid as wrong:
        fields = {"station" if field == "name" else field: words for field, words in (wrong.fields or {}).items()}
        raise Invalid(wrong.code, wrong.message, fields=fields) from wrong
