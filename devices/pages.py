"""The pages of devices: what reports in, how each is told to, and its key, which is shown once."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache

from command import lists
from command.errors import NotThere
from command.pages import Page
from command.permissions import Capability, Principal
from devices import carriers, devices, phones
from devices.device_words import DATUM_WORDS, KIND_WORDS, PROFILE_WORDS, STATE_WORDS
from devices.models import DATUMS, Device, LastFix

DEVICES = Capability.MANAGE_DEVICES
SEARCHED = ("name", "unique_id", "station__code")
STATES: dict[str, dict[str, Any]] = {
    "in_use": {"revoked_at": None, "approved_at__isnull": False},
    "waiting": {"revoked_at": None, "approved_at": None},
    "revoked": {"revoked_at__isnull": False},
}


@dataclass(frozen=True)
class Shown:
    """A device as a list shows it."""

    device: Device
    heard_at: dt.datetime | None
    battery: float | None
    carrier: str
    state: str

    @property
    def offset_s(self) -> int:
        """By how much its clock is ahead, in whole seconds; 0 while nothing steady is known."""
        return -round(self.device.clock_offset_s)

    @property
    def behind_s(self) -> int:
        """By how much its clock is behind, in whole seconds."""
        return -self.offset_s

    @property
    def state_words(self) -> Any:
        return STATE_WORDS[self.state]

    @property
    def kind_words(self) -> Any:
        return KIND_WORDS[self.device.kind]

    @property
    def profile_words(self) -> Any:
        return PROFILE_WORDS[self.device.profile]

    @property
    def datum_words(self) -> Any:
        return DATUM_WORDS[self.device.datum]


def managed_by(actor: Principal) -> QuerySet[Device]:
    """The devices one looks after, by station and name."""
    found: QuerySet[Device] = Device.managed.visible_to(actor).select_related("station", "gateway")
    return found.order_by("station__code", "name", "pk")


def shown(devices_: list[Device]) -> list[Shown]:
    """Devices with when they were last heard and what carries them."""
    ids = [one.pk for one in devices_]
    heard = {one.device_id: one for one in LastFix.objects.filter(device__in=ids).only("received", "battery")}
    carried = carriers.of(ids)
    return [
        Shown(
            one,
            heard[one.pk].received if one.pk in heard else None,
            heard[one.pk].battery if one.pk in heard else None,
            carried.get(one.pk, ""),
            state_of(one),
        )
        for one in devices_
    ]


def state_of(device: Device) -> str:
    """in_use, waiting or revoked."""
    return "revoked" if device.revoked_at else "in_use" if device.approved_at else "waiting"


def one_of(actor: Principal, device_id: int) -> Device:
    """The device, if one looks after it. Raises NotThere."""
    found = managed_by(actor).filter(pk=device_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such device."))
    return found


class Devices(Page):
    """What reports in; trackers that wait come first."""

    template = "devices/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q, state = lists.words_of(request), request.GET.get("state", "")
        mine = managed_by(self.principal)
        rows = mine.filter(lists.matching(SEARCHED, q))
        rows = rows.filter(**STATES[state]) if state in STATES else rows.filter(revoked_at=None)
        query = urlencode({name: value for name, value in (("q", q), ("state", state)) if value})
        slice_ = lists.slice_of(request, rows)
        states = [("", _("in use or waiting")), *STATE_WORDS.items()]
        return self.show(
            rows=slice_, shown=shown(list(slice_)), q=q, state=state, states=states, query=query,
            waiting=mine.filter(**STATES["waiting"]).count(),
        )  # fmt: skip


class DeviceForm(lists.ActorForm):
    """A new device."""

    capability = DEVICES
    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"),
        max_length=devices.NAME_LIMIT,
        help_text=gettext_lazy("As people call it: “phone of 2107”, “car 3”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=lambda: [(one, KIND_WORDS[one]) for one in ("phone", "tracker", "gateway")]
    )
    profile = forms.ChoiceField(
        label=gettext_lazy("What it speaks"), choices=lambda: list(PROFILE_WORDS.items()),
        help_text=gettext_lazy("The app on the phone: OwnTracks, unless you have another. The next page tells how to set it up."),
    )  # fmt: skip
    datum = forms.ChoiceField(
        label=gettext_lazy("What its places are given in"),
        choices=lambda: list(DATUM_WORDS.items()),
        help_text=gettext_lazy("WGS-84 unless the app says GCJ-02: phones themselves give WGS-84."),
    )
    station = lists.StationChoice(label=gettext_lazy("Station"))
    gateway = forms.ModelChoiceField(
        Device.objects.none(),
        label=gettext_lazy("Behind the gateway"),
        required=False,
        empty_label=gettext_lazy("none"),
        help_text=gettext_lazy("Only for a tracker that a Traccar server forwards."),
    )
    unique_id = forms.CharField(
        label=gettext_lazy("Its name at the gateway"), max_length=devices.UNIQUE_ID_LIMIT, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gateway = self.fields["gateway"]
        assert isinstance(gateway, forms.ModelChoiceField)  # nosec B101 # it narrows a type
        gateway.queryset = managed_by(self.actor).filter(kind="gateway", revoked_at=None)

    def clean(self) -> dict[str, Any]:
        """What would never be heard is refused here; the command line may do as it likes."""
        said: dict[str, Any] = super().clean() or {}
        for name, words in unheard(said.get("kind", ""), said.get("profile", ""), said.get("gateway")).items():
            self.add_error(name, words)
        return said


class ChangeForm(lists.ActorForm):
    """What may be changed of a device."""

    capability = DEVICES
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=devices.NAME_LIMIT)
    datum = forms.ChoiceField(
        label=gettext_lazy("What its places are given in"), choices=[(one, DATUM_WORDS[one]) for one in DATUMS]
    )


def unheard(kind: str, profile: str, gateway: Device | None) -> dict[str, str]:
    """Why such a device would never be heard, by field; nothing where it would."""
    if (kind == "gateway" or gateway is not None) != (profile == "forward"):
        said = _("expected “forward” for a gateway and for a tracker behind one, and for nothing else")
        return {"profile": said}
    return {}


def key_page(request: HttpRequest, device: Device, key: str, *, is_new: bool) -> HttpResponse:
    """The page that shows a key, once, with all that the app needs to know."""
    origin = f"{request.scheme}://{request.get_host()}"
    setup = phones.setup(device.profile, device.pk, device.name, key, origin) if key else None
    context = {"device": device, "setup": setup, "is_new": is_new, "is_only_here": phones.is_only_here(origin)}
    return render(request, "devices/key.html", context)


@method_decorator(never_cache, name="dispatch")
class AddDevice(lists.ActorFormPage):
    """A new device, and its key."""

    form_class = DeviceForm

    def heading(self) -> tuple[str, str, str]:
        return _("Add a device"), _("Add"), reverse("devices")

    def act(self, said: dict[str, Any]) -> HttpResponse:
        said["unique_id"] = said["unique_id"].strip() or None
        device, key = devices.add_device(self.principal, **said)
        return key_page(self.request, device, key, is_new=True)


class OneDevice(Page):
    """One device: what it is, when it was heard, and whether its clock is right."""

    template = "devices/device.html"

    def get(self, request: HttpRequest, device: int) -> HttpResponse:
        found = one_of(self.principal, device)
        return self.show(one=shown([found])[0], device=found)


class ChangeDevice(lists.ActorFormPage):
    """Its name and its datum."""

    form_class = ChangeForm

    def heading(self) -> tuple[str, str, str]:
        found = one_of(self.principal, self.kwargs["device"])
        return _("Change: %(name)s") % {"name": found.name}, _("Save"), page_of(found.pk)

    def initial(self) -> dict[str, Any]:
        found = one_of(self.principal, self.kwargs["device"])
        return {"name": found.name, "datum": found.datum}

    def act(self, said: dict[str, Any]) -> str:
        self.onward = page_of(self.kwargs["device"])
        devices.change_device(self.principal, self.kwargs["device"], **said)
        return _("Saved.")


class AskAboutDevice(lists.AskPage):
    """A question about one device; the way back leads to its page."""

    def name(self, device: int) -> str:
        return one_of(self.principal, device).name

    def onward(self, **kwargs: Any) -> str:
        return page_of(kwargs["device"])


@method_decorator(never_cache, name="dispatch")
class RenewKey(AskAboutDevice):
    """A new key instead of the old one."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [
            _("The old key is refused at once. Until the app has the new one, this device is not heard."),
            _("The new key is shown once, with a code that configures the app."),
        ]
        return _("Renew the key of %(name)s?") % {"name": self.name(**kwargs)}, said, _("Renew")

    def act(self, **kwargs: Any) -> HttpResponse:
        device, key = devices.renew_key(self.principal, kwargs["device"])
        return key_page(self.request, device, key, is_new=False)


class RevokeDevice(AskAboutDevice):
    """Take a device's key away, for good."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [
            _("Its key is refused at once and for good; what it sent stays. A device that comes back is added anew.")
        ]
        found = one_of(self.principal, kwargs["device"])
        if found.kind == "gateway":
            said.append(_("It is a gateway: its trackers are not heard any more either."))
        return _("Revoke %(name)s?") % {"name": found.name}, said, _("Revoke")

    def act(self, **kwargs: Any) -> str:
        devices.revoke_device(self.principal, kwargs["device"])
        return _("Revoked.")


class ApproveDevice(AskAboutDevice):
    """Let in a tracker that waits."""

    is_grave = False

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        found = one_of(self.principal, kwargs["device"])
        facts = {"gateway": found.gateway.name if found.gateway else "—", "name": found.unique_id or found.name}
        said = [
            _("The gateway “%(gateway)s” reported it as “%(name)s”. Its positions are taken from now on.") % facts,
            _("Do you know it? If not, revoke it instead."),
        ]
        return _("Let in %(name)s?") % {"name": found.name}, said, _("Let in")

    def act(self, **kwargs: Any) -> str:
        devices.approve_device(self.principal, kwargs["device"])
        return _("Let in.")


def page_of(device_id: int) -> str:
    """Where a device's page is."""
    return reverse("device", args=[device_id])
