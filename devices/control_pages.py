"""The page of what a camera is turned by."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists
from devices import camera_pages, controls, streams
from devices.cameras import CAMERAS
from devices.control_models import Control

SHOWN = ("zero_deg", "pan_range_deg", "highest_deg", "lowest_deg")


def _degrees(label: Any, name: str, help_text: Any = "") -> forms.FloatField:
    least, most = controls.LIMITS[name]
    widget = forms.NumberInput(attrs={"step": "any", "autocomplete": "off"})
    return forms.FloatField(label=label, min_value=least, max_value=most, widget=widget, help_text=help_text)


class ControlForm(lists.ActorForm):
    """An address and how far the camera turns."""

    capability = CAMERAS
    address = forms.CharField(
        label=gettext_lazy("Address of its control (ONVIF)"), required=False, max_length=streams.ADDRESS_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        help_text=gettext_lazy("For example http://name:password@192.0.2.1/onvif/device_service. Empty: it does not turn. "
                               "A password stays as it is where ••• stands."),
    )  # fmt: skip
    zero_deg = _degrees(
        gettext_lazy("Bearing at pan 0, °"), "zero_deg",
        gettext_lazy("Where it looks in the middle of its turn: 0 north, 90 east."),
    )  # fmt: skip
    pan_range_deg = _degrees(gettext_lazy("Turns to either side, °"), "pan_range_deg")
    highest_deg = _degrees(
        gettext_lazy("Highest tilt, °"), "highest_deg",
        gettext_lazy("Below the horizon; a negative number is above it."),
    )  # fmt: skip
    lowest_deg = _degrees(gettext_lazy("Lowest tilt, °"), "lowest_deg", gettext_lazy("90: straight down."))


class SetControl(lists.ActorFormPage):
    """What a camera is turned by."""

    form_class: ClassVar[type[lists.ActorForm]] = ControlForm

    def heading(self) -> tuple[str, str, str]:
        camera = camera_pages.one_of(self.principal, self.kwargs["camera"])
        return _("Turning %(name)s") % {"name": camera.name}, _("Save"), reverse("camera", args=[camera.pk])

    def initial(self) -> dict[str, Any]:
        camera = camera_pages.one_of(self.principal, self.kwargs["camera"])
        held = Control.objects.filter(camera=camera).first() or Control(zero_deg=camera.bearing_deg)
        return {"address": streams.shown(held.address), **{name: getattr(held, name) for name in SHOWN}}

    def act(self, said: dict[str, Any]) -> str:
        made = controls.set_control(self.principal, self.kwargs["camera"], **said)
        return _("Saved. The desk can turn it to a place.") if made else _("Saved. It does not turn.")
