"""Verbs on people's terminals: a browser gets a key of its own to report positions by, and its device goes with its bearer."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TypedDict

from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Forbidden
from command.models import Officer
from command.permissions import Capability, Principal, require
from devices import devices
from devices.models import Device, LastFix
from dispatch import watchers
from dispatch.models import Terminal, Unit, crew_of

KEPT = 3  # browsers of one officer that may hold a key; the one used longest ago loses its own
APPS = ("owntracks", "osmand", "traccar8", "traccar9")  # profiles of apps that report with the screen off


class PairedPayload(TypedDict):
    """An app on a phone of the unit that reports positions with the screen off."""

    profile: str
    heard_at: str | None


class TerminalPayload(TypedDict):
    """Whose terminal this is: the unit its bearer is on now, and what else reports for that unit."""

    unit: str | None
    call_sign: str | None
    kind: str | None
    paired: list[PairedPayload]
    watchers: watchers.WatchersPayload | None


def bearer(principal: Principal) -> Officer:
    """The person whose terminal asks. Raises Forbidden: a screen or a device has none."""
    if not isinstance(principal, Officer):
        raise Forbidden("person_only", _("This is for a person who has signed in."))
    return principal


def payload(officer: Officer) -> TerminalPayload:
    """What a terminal is told of its bearer's unit."""
    unit = unit_of(officer)
    if unit is None:
        return {"unit": None, "call_sign": None, "kind": None, "paired": [], "watchers": None}
    apps = unit.devices.filter(profile__in=APPS, revoked_at=None).order_by("pk")
    heard = dict(LastFix.objects.filter(device__in=apps).values_list("device_id", "corrected"))
    paired: list[PairedPayload] = [{"profile": one.profile, "heard_at": _iso(heard.get(one.pk))} for one in apps]
    return {
        "unit": unit.key, "call_sign": unit.call_sign, "kind": unit.kind, "paired": paired,
        "watchers": watchers.of(officer, unit),
    }  # fmt: skip


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def unit_of(officer: Officer) -> Unit | None:
    """The unit that somebody is on now."""
    return Unit.objects.filter(crew_of(officer)).select_related("station").first()


def enrol(officer: Officer, browser: uuid.UUID) -> tuple[Device, str]:
    """Make this browser the officer's terminal, or renew its key; the key is told this once.

    The device joins the unit its bearer is on. Raises Forbidden, Conflict where somebody took this browser's key away.
    """
    require(officer, Capability.OWN_ORDERS, officer.station_id)
    with changes.change():
        Officer.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.pk)
        known = Terminal.objects.filter(officer=officer, browser=browser).select_related("device").first()
        if known is None:
            device, key = _new_device(officer, browser)
        elif known.device.revoked_at is not None:
            raise Conflict("revoked", _("This phone was revoked: ask the technician."))
        else:
            device, key = devices.renew_key(None, known.device_id)
            Terminal.objects.filter(pk=known.pk).update(used_at=clock.now())
        follow([officer])
        audit.record(officer, "enrol_terminal", "device", device.pk, officer.station_id)
    return device, key


def _new_device(officer: Officer, browser: uuid.UUID) -> tuple[Device, str]:
    """A device for a browser that has none, named by the officer's number. Beyond KEPT it is that of the browser used longest
    ago, which loses its key: so nobody fills the list of devices."""
    now, known = clock.now(), Terminal.objects.filter(officer=officer, device__revoked_at=None).order_by("used_at")
    eldest = known[0] if known.count() >= KEPT else None
    if eldest is None:
        device, key = devices.add_device(None, f"terminal {officer.pk}", "phone", "fixes", officer.station)
        Terminal.objects.create(officer=officer, browser=browser, device=device, used_at=now)
        return device, key
    eldest.browser, eldest.used_at = browser, now
    eldest.save(update_fields=["browser", "used_at"])
    return devices.renew_key(None, eldest.device_id)


def let_go(officer: Officer) -> None:
    """Take the keys of all of somebody's browsers, inside the verb that shuts them out; let in again, these get others."""
    for one in Terminal.objects.filter(officer=officer).order_by("pk"):
        one.delete()
        _carry(devices.revoke_device(None, one.device_id), None)


def follow(officers: Iterable[Officer]) -> None:
    """Let the terminals of these people report for the unit each is on now: of several the one used last, of nobody off
    duty any. Called inside the verb that changed who is on what."""
    for officer in officers:
        unit = unit_of(officer)
        terminals = Terminal.objects.filter(officer=officer).order_by("-used_at").select_related("device")
        for at, terminal in enumerate(terminals):
            _carry(terminal.device, unit if at == 0 else None)


def _carry(device: Device, unit: Unit | None) -> None:
    """Put a device on one unit alone, or on none; units that this changes are told to all."""
    before = set(Unit.objects.filter(devices=device).select_related("station"))
    after = {unit} if unit else set()
    for other in before - after:
        other.devices.remove(device)
    for other in after - before:
        other.devices.add(device)
    for changed in before ^ after:
        live.publish(changed.station_id, "unit", changed.key)
