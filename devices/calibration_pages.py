"""The page on which a camera is calibrated: its picture on the left, the map on the right, pairs of points between them."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists
from devices import calibrating, camera_pages, homography
from devices.camera_live import camera_payload
from devices.cameras import CAMERAS
from devices.models import Calibration, Camera


class CalibrationForm(lists.ActorForm):
    """Pairs as JSON; the page's script writes them."""

    capability = CAMERAS
    pairs = forms.JSONField(widget=forms.HiddenInput, label=gettext_lazy("Pairs of points"))

    def clean_pairs(self) -> list[list[float]]:
        said = self.cleaned_data["pairs"]
        if not homography.is_pairs(said):
            raise forms.ValidationError(_("expected pairs of x, y, latitude and longitude"))
        found: list[list[float]] = said
        return found


class CalibrateCamera(lists.ActorFormPage):
    """Calibrate a camera."""

    form_class: ClassVar[type[lists.ActorForm]] = CalibrationForm
    template = "devices/calibration.html"

    def camera(self) -> Camera:
        return calibrating.managed(self.principal, self.kwargs["camera"])

    def held(self) -> Calibration | None:
        return Calibration.objects.filter(camera=self.kwargs["camera"]).select_related("calibrated_by").first()

    def heading(self) -> tuple[str, str, str]:
        camera = self.camera()
        return _("Calibrate %(name)s") % {"name": camera.name}, _("Save"), reverse("camera", args=[camera.pk])

    def context(self, **more: Any) -> dict[str, Any]:
        camera = self.camera()
        return super().context(camera=camera, stand=camera_payload(camera), held=self.held(), **more)

    def initial(self) -> dict[str, Any]:
        held = self.held()
        return {"pairs": held.pairs if held else []}

    def act(self, said: dict[str, Any]) -> str:
        made = calibrating.calibrate(self.principal, self.kwargs["camera"], said["pairs"])  # type: ignore[arg-type]
        if made.residual_m is None:
            return _("Calibrated by four pairs. A fifth would tell how well they fit.")
        return _("Calibrated: places are found to within %(metres)s m.") % {"metres": f"{made.residual_m:.2f}"}


class ForgetCalibration(lists.AskPage):
    """Believe a camera's bearing and tilt again."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        camera = camera_pages.one_of(self.principal, kwargs["camera"])
        said = [_("What its picture shows is told by its bearing, tilt and height again, less exactly.")]
        return _("Forget the calibration of “%(name)s”?") % {"name": camera.name}, said, _("Forget")

    def act(self, **kwargs: Any) -> str:
        calibrating.forget(self.principal, kwargs["camera"])  # type: ignore[arg-type]
        return _("Forgotten.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("camera", args=[kwargs["camera"]])
