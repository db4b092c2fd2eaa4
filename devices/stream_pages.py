"""The page of a camera's pictures: where they come from, and whether they are kept."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists
from devices import camera_pages, streams
from devices.cameras import CAMERAS
from devices.models import PictureSource


class StreamForm(lists.ActorForm):
    """An address and what becomes of what comes from there."""

    capability = CAMERAS
    address = forms.CharField(
        label=gettext_lazy("Address of the pictures"), required=False, max_length=streams.ADDRESS_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        help_text=gettext_lazy("For example rtsp://name:password@192.0.2.1:554/stream; http://… for a camera of JPEGs. "
                               "Empty: it has no pictures. A password stays as it is where ••• stands."),
    )  # fmt: skip
    is_recorded = forms.BooleanField(
        label=gettext_lazy("Record"), required=False,
        help_text=gettext_lazy("All day. What is only watched is never kept."),
    )  # fmt: skip
    kept_days = forms.IntegerField(
        label=gettext_lazy("Kept for, days"), min_value=streams.KEPT_DAYS[0], max_value=streams.KEPT_DAYS[1],
        help_text=gettext_lazy("Then it is erased, unless an incident holds it."),
    )  # fmt: skip


class SetStream(lists.ActorFormPage):
    """Where a camera's pictures come from."""

    form_class: ClassVar[type[lists.ActorForm]] = StreamForm

    def heading(self) -> tuple[str, str, str]:
        camera = camera_pages.one_of(self.principal, self.kwargs["camera"])
        return _("Pictures of %(name)s") % {"name": camera.name}, _("Save"), reverse("camera", args=[camera.pk])

    def initial(self) -> dict[str, Any]:
        camera = camera_pages.one_of(self.principal, self.kwargs["camera"])
        source = PictureSource.objects.filter(camera=camera).first() or PictureSource()
        return {
            "address": streams.shown(source.address), "is_recorded": source.is_recorded, "kept_days": source.kept_days,
        }  # fmt: skip

    def act(self, said: dict[str, Any]) -> str:
        streams.set_stream(self.principal, self.kwargs["camera"], **said)
        return _("Saved. A camera that is recorded is being pulled within seconds.")
