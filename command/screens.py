"""Verbs on screens: paired, revoked, taken over for five minutes by a person with a PIN, and given back."""

import datetime as dt
from collections.abc import Collection

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F, QuerySet
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from command import attempts, audit, changes, clock, pairing
from command.errors import Forbidden, Invalid, NotThere
from command.models import Officer, Pairing, Screen, Station, TakeOver, digest, new_secret
from command.permissions import WALL_TAKES, Capability, Principal, require

HOLDS = dt.timedelta(minutes=5)
PIN_LENGTH = 6


def approve(actor: Principal, code: str, name: str, station: Station, language: str = "") -> Screen:
    """Make the screen that shows `code` a wall of the station. Raises Invalid, Forbidden, NotThere, Problem (429)."""
    require(actor, Capability.MANAGE_SCREENS, station.pk)
    name = _screen_name(name)
    attempts.begin("pairing", actor.pk)
    with changes.change():
        waits = Pairing.objects.select_for_update().filter(screen=None, expires_at__gt=clock.now())
        shown = waits.filter(code=pairing.typed(code)[:8]).first()
        if shown is None:
            said = _("No screen shows this code. Codes change after 10 minutes: read it again.")
            raise Invalid("wrong_code", said, fields={"code": said})
        made = Screen.objects.create(
            name=name, station=station, key_hash=digest(new_secret()), paired_at=clock.now(), paired_by=_officer(actor)
        )
        shown.screen, shown.language, shown.expires_at = made, language, clock.now() + pairing.HOLDS
        shown.save(update_fields=["screen", "language", "expires_at"])
        audit.record(actor, "approve_screen", "screen", made.pk, station.pk)
    attempts.passed("pairing", actor.pk)
    return made


def _screen_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        said = _("expected 1 to 60 printable characters")
        raise Invalid("bad_name", said, fields={"name": said})
    return name


def _officer(actor: Principal) -> Officer | None:
    return actor if isinstance(actor, Officer) else None


def seen(actor: Principal, screen_id: int) -> Screen:
    """The paired screen, for who looks after its station's. Raises NotThere."""
    mine = actor.rights().stations(Capability.MANAGE_SCREENS)
    found = Screen.objects.filter(pk=screen_id, station__in=mine, revoked_at=None).select_related("station").first()
    if found is None:
        raise NotThere("not_there", _("There is no such screen, or it has been revoked."))
    return found


def revoke(actor: Principal, screen_id: int) -> Screen:
    """End a screen: its key opens nothing any more, and it goes dark within 5 s. Raises NotThere."""
    with changes.change():
        screen = Screen.objects.select_for_update().get(pk=seen(actor, screen_id).pk)
        _end(screen)
        screen.revoked_at = clock.now()
        screen.save(update_fields=["revoked_at"])
        Pairing.objects.filter(screen=screen).delete()
        audit.record(actor, "revoke_screen", "screen", screen.pk, screen.station_id)
        return screen


def set_pin(officer: Officer, pin: str) -> None:
    """Set one's own PIN for taking over a screen. Raises Invalid."""
    _is_fit(pin, officer)
    with changes.change():
        Officer.objects.filter(pk=officer.pk).update(pin=make_password(pin))
        attempts.passed("pin_person", officer.pk)
        audit.record(officer, "set_pin", "officer", officer.pk, officer.station_id)


def _is_fit(pin: str, officer: Officer) -> None:
    said = ""
    if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
        said = _("expected six digits")
    elif len(set(pin)) < 3 or pin in "01234567890" or pin in "09876543210" or pin == officer.badge:
        said = _("Others would try this one first. Choose another.")
    if said:
        raise Invalid("bad_pin", said, fields={"pin": said})


def take_over(screen: Screen, who: str, pin: str) -> TakeOver:
    """Let the person of that badge or user name act at the screen for five minutes. Whoever acted there ends.

    Raises Problem (429) after five wrong PINs at the screen or of the person, Invalid, Forbidden.
    """
    officer = _recognised(screen, who, pin)
    with changes.change():
        if Screen.objects.select_for_update().filter(pk=screen.pk, revoked_at=None).first() is None:
            raise NotThere("not_there", _("There is no such screen, or it has been revoked."))
        _may_act(screen, officer)
        _end(screen)
        now = clock.now()
        made = TakeOver.objects.create(screen=screen, officer=officer, began_at=now, ends_at=now + HOLDS)
        audit.record(officer, "take_over_screen", "screen", screen.pk, screen.station_id)
        return made


def _recognised(screen: Screen, who: str, pin: str) -> Officer:
    """Whose PIN this is. Every attempt counts at the screen and at the person. Raises Problem (429), Invalid."""
    before = attempts.begin("pin_screen", screen.pk)
    officer = _meant(screen, who)
    if officer is not None:
        attempts.begin("pin_person", officer.pk)
    # where there is no PIN, the unusable one takes as long to refuse
    is_right = check_password(pin, (officer and officer.pin) or make_password(None))
    if officer is None or not is_right:
        raise _wrong(screen, officer)
    attempts.take_back("pin_screen", screen.pk, before)
    attempts.passed("pin_person", officer.pk)
    return officer


def _meant(screen: Screen, who: str) -> Officer | None:
    """Somebody by user name who may act here, else by badge number: of the screen's station, or the only one of those
    it shows. Nobody's PIN is tried, or locked, at a wall of a station where they may do nothing."""
    who = who.strip()
    if not who:
        return None
    active = Officer.objects.filter(is_active=True)
    named = active.filter(username=who).first()
    if named is not None:
        return named if acts_at(screen, named) else None
    badges = [one for one in active.filter(badge=who, station__in=screen.station.reach()) if acts_at(screen, one)]
    here = [one for one in badges if one.station_id == screen.station_id]
    return here[0] if here else badges[0] if len(badges) == 1 else None


def _wrong(screen: Screen, officer: Officer | None) -> Invalid:
    with changes.change():
        audit.record(screen, "wrong_pin", "officer", officer.pk if officer else "", screen.station_id)
    said = _("Name and PIN do not belong together.")
    return Invalid("wrong_pin", said, fields={"pin": said}, status=403)


def _may_act(screen: Screen, officer: Officer) -> None:
    if not acts_at(screen, officer):
        raise Forbidden("forbidden", _("You have no right to act at this station."))


def acts_at(screen: Screen, officer: Officer) -> frozenset[int]:
    """Ids of those of the screen's stations where the person may do something at a wall."""
    return officer.rights().only(WALL_TAKES).within(screen.station.reach()).all_stations()


def give_back(screen: Screen) -> None:
    """End a take-over before its time; nothing where there is none."""
    with changes.change():
        Screen.objects.select_for_update().get(pk=screen.pk)
        ended = _end(screen)
        if ended is not None:
            audit.record(ended.officer, "give_back_screen", "screen", screen.pk, screen.station_id)


def _end(screen: Screen) -> TakeOver | None:
    """End what take-over there is; returned if its time was not over."""
    found = TakeOver.objects.filter(screen=screen, ended_at=None).select_related("officer").first()
    if found is None:
        return None
    now = clock.now()
    found.ended_at = min(now, found.ends_at)
    found.save(update_fields=["ended_at"])
    return found if found.ends_at > now else None


def leave_all(officer: Officer) -> None:
    """End what this person has taken over, inside the verb under way."""
    TakeOver.objects.filter(officer=officer, ended_at=None).update(ended_at=Least(F("ends_at"), clock.now()))


def under_way(screen: Screen) -> TakeOver | None:
    """The take-over that holds now."""
    return _holding().filter(screen=screen).first()


def held_now(screens: Collection[Screen]) -> dict[int, TakeOver]:
    """The take-overs that hold now, by the screen's id."""
    return {one.screen_id: one for one in _holding().filter(screen__in=screens)}


def _holding() -> QuerySet[TakeOver]:
    held = TakeOver.objects.filter(ended_at=None, ends_at__gt=clock.now(), officer__is_active=True)
    return held.select_related("officer__station", "screen__station")
