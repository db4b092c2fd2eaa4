"""The second factor: six digits that change every 30 s, made by an app on the person's phone (TOTP, RFC 6238)."""

import base64

from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from command import audit, changes, qr
from command.errors import Conflict, Invalid
from command.models import Officer
from command.permissions import Capability, Principal

# Who may list, review, export or administer must have one.
ASKED_OF = frozenset(
    {
        Capability.LIST_PERSON, Capability.APPROVE_LISTING, Capability.REVIEW_CANDIDATE, Capability.AUTHORISE_USE,
        Capability.EXPORT_EVIDENCE, Capability.READ_AUDIT,
        *(one for one in Capability if one.value.startswith("manage_")),
    }
)  # fmt: skip


def of(officer: Officer) -> TOTPDevice | None:
    """The officer's second factor, if it has been enrolled."""
    return TOTPDevice.objects.filter(user=officer, confirmed=True).first()


def is_asked_of(officer: Officer) -> bool:
    """Whether this person can't sign in with a password alone."""
    rights = officer.rights()
    return any(rights.anywhere(capability) for capability in ASKED_OF) or of(officer) is not None


def begin(officer: Officer) -> TOTPDevice:
    """The factor that is being enrolled: the same one until it is confirmed. Raises Conflict where there is one already."""
    if of(officer) is not None:
        raise Conflict("enrolled", _("A second factor is enrolled already."))
    made, _new = TOTPDevice.objects.get_or_create(user=officer, confirmed=False, defaults={"name": "phone"})
    return made


def enrol(actor: Principal, officer: Officer, code: str) -> None:
    """Confirm the factor that was begun by a code it shows. Raises Invalid, Conflict."""
    with changes.change():
        Officer.objects.select_for_update().get(pk=officer.pk)
        device = begin(officer)
        if not device.verify_token(_digits(code)):
            said = _("This is not the code of now. Check that the phone's clock is right.")
            raise Invalid("wrong_code", said, fields={"code": said})
        device.confirmed = True
        device.save()
        audit.record(actor, "enrol_second_factor", "officer", officer.pk, officer.station_id)


def is_right(request: HttpRequest, officer: Officer, code: str) -> bool:
    """Whether `code` is the one of now and has not been used; a wrong one counts towards the lock-out."""
    device = of(officer)
    if device is not None and device.verify_token(_digits(code)):
        return True
    user_login_failed.send(sender=__name__, credentials={"username": officer.username}, request=request)
    return False


def remove(officer: Officer) -> None:
    """Take the officer's factor away; part of a verb that says why."""
    TOTPDevice.objects.filter(user=officer).delete()


def demonstrated(officer: Officer) -> str | None:
    """Enrol a demo account's factor and return its secret, which the console prints; None where none is asked for."""
    if not is_asked_of(officer):
        return None
    device = begin(officer)
    device.confirmed = True
    device.save()
    return secret_of(device)


def secret_of(device: TOTPDevice) -> str:
    """The secret as people type it into an app: base 32."""
    return base64.b32encode(device.bin_key).decode().rstrip("=")


def picture_of(device: TOTPDevice) -> str:
    """The QR code that an app scans, as the address of an SVG image."""
    return qr.picture(device.config_url)


def _digits(code: str) -> str:
    return "".join(digit for digit in code if digit.isascii() and digit.isdigit())[:8]
