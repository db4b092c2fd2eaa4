"""The pages of cameras: a list, and one camera on the map and in numbers, always the same."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from command import lists
from command.errors import NotThere
from command.pages import Page
from command.permissions import Principal
from devices import cameras
from devices.camera_live import camera_payload
from devices.cameras import CAMERAS, LIMITS
from devices.device_words import CAMERA_WORDS
from devices.models import Camera

SEARCHED = ("name", "station__code")
AROUND = 1000  # other cameras that the map of one shows at most


def managed_by(actor: Principal) -> QuerySet[Camera]:
    """The cameras one looks after, by station and name."""
    found: QuerySet[Camera] = Camera.managed.visible_to(actor).select_related("station", "source")
    return found.order_by("station__code", "name", "pk")


def one_of(actor: Principal, camera_id: int) -> Camera:
    """The camera, if one looks after it and it is in use. Raises NotThere."""
    found = managed_by(actor).filter(pk=camera_id, retired_at=None).first()
    if found is None:
        raise NotThere("not_there", _("There is no such camera."))
    return found


class Cameras(Page):
    """The cameras one looks after."""

    template = "devices/cameras.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q, state = lists.words_of(request), request.GET.get("state", "")
        rows = managed_by(self.principal).filter(retired_at__isnull=state != "retired")
        rows = rows.filter(lists.matching(SEARCHED, q)) if q else rows
        query = urlencode({name: value for name, value in (("q", q), ("state", state)) if value})
        return self.show(
            rows=lists.slice_of(request, rows), q=q, state=state, query=query, kinds=CAMERA_WORDS,
            states=[("", _("in use")), ("retired", _("retired"))],
        )  # fmt: skip


def _number(label: Any, name: str, step: str, help_text: Any = "", required: bool = True) -> forms.FloatField:
    least, most, _unit = LIMITS[name]
    widget = forms.NumberInput(attrs={"step": step, "autocomplete": "off"})
    return forms.FloatField(
        label=label, min_value=least, max_value=most, widget=widget, help_text=help_text, required=required
    )


class CameraForm(lists.ActorForm):
    """A camera in words and numbers; the map writes into the same fields."""

    capability = CAMERAS
    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"),
        max_length=cameras.NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(CAMERA_WORDS.items()))
    height_m = _number(gettext_lazy("Height above the ground, m"), "height_m", "any")
    lat = _number(gettext_lazy("Latitude, ° (WGS-84)"), "lat", "any")
    lon = _number(gettext_lazy("Longitude, ° (WGS-84)"), "lon", "any")
    bearing_deg = _number(
        gettext_lazy("Bearing, °"), "bearing_deg", "any",
        gettext_lazy("Where the middle of its picture looks: 0 north, 90 east, 180 south, 270 west."),
    )  # fmt: skip
    fov_deg = _number(
        gettext_lazy("Field of view, °"), "fov_deg", "any", gettext_lazy("How wide it sees; 360 all around.")
    )
    tilt_deg = _number(
        gettext_lazy("Tilt, °"), "tilt_deg", "any",
        gettext_lazy("How far below the horizon the middle of its picture lies; empty: half its range away."), False,
    )  # fmt: skip
    aspect = _number(
        gettext_lazy("Width of its picture by its height"), "aspect", "any", gettext_lazy("Empty: 16 to 9."), False
    )
    range_m = _number(gettext_lazy("Range, m"), "range_m", "any", gettext_lazy("How far a person can be made out."))

    def clean(self) -> dict[str, Any]:
        """Without what was left empty: that is as it usually is."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: value for name, value in said.items() if value is not None or name not in ("tilt_deg", "aspect")}


class NewCameraForm(CameraForm):
    """A camera of a station."""

    station = lists.StationChoice(label=gettext_lazy("Station"), help_text=gettext_lazy("It stays."))
    field_order = (
        "name",
        "kind",
        "station",
        "height_m",
        "lat",
        "lon",
        "bearing_deg",
        "tilt_deg",
        "fov_deg",
        "aspect",
        "range_m",
    )


class AddCamera(lists.ActorFormPage):
    """A new camera."""

    form_class: ClassVar[type[lists.ActorForm]] = NewCameraForm
    template = "devices/camera.html"
    onward = "cameras"

    def heading(self) -> tuple[str, str, str]:
        return _("Add a camera"), _("Add"), reverse("cameras")

    def initial(self) -> dict[str, Any]:
        return {"kind": "visible", "height_m": 4, "bearing_deg": 0, "fov_deg": 70, "range_m": 60}

    def context(self, **more: Any) -> dict[str, Any]:
        others = managed_by(self.principal).filter(retired_at=None).exclude(pk=self.kwargs.get("camera"))
        areas = lists.managed_stations(self.principal, CAMERAS).exclude(boundary=None)
        boxes = {str(one.pk): list(one.boundary.extent) for one in areas if one.boundary}
        return super().context(others=[camera_payload(one) for one in others[:AROUND]], boxes=boxes, **more)

    def act(self, said: dict[str, Any]) -> str:
        camera = cameras.add_camera(self.principal, **said)
        return _("%(name)s is added and stands on walls and desks.") % {"name": camera.name}


class ChangeCamera(AddCamera):
    """One camera."""

    form_class = CameraForm

    def camera(self) -> Camera:
        return one_of(self.principal, self.kwargs["camera"])

    def heading(self) -> tuple[str, str, str]:
        return _("Camera: %(name)s") % {"name": self.camera().name}, _("Save"), reverse("cameras")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(camera=self.camera(), **more)

    def initial(self) -> dict[str, Any]:
        said = {**camera_payload(self.camera()), "aspect": round(self.camera().aspect, 4)}
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in said.items()
        }

    def act(self, said: dict[str, Any]) -> str:
        cameras.change_camera(self.principal, self.kwargs["camera"], **cameras.whole(said))
        return _("Saved. Walls and desks show it already.")


class RetireCamera(lists.AskPage):
    """Take a camera off the map."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        camera = one_of(self.principal, kwargs["camera"])
        said = [_("It is gone from walls and desks at once. What is on record of it stays; its name is free again.")]
        return _("Retire the camera “%(name)s”?") % {"name": camera.name}, said, _("Retire")

    def act(self, **kwargs: Any) -> str:
        cameras.retire_camera(self.principal, kwargs["camera"])
        return _("Retired.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("cameras")
