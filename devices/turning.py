"""Where a camera that turns looks, and how it is told so. Pure: degrees, and ONVIF's generic space: −1 to 1."""

from dataclasses import dataclass, replace

from devices import sight
from devices.sight import Look, Pose


class CantTurn(Exception):
    """A camera did not turn; `code` says why: unreachable, password, no_ptz, refused, out_of_reach."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a camera turns. Tilts are counted downwards from the horizon, as everywhere."""

    zero_deg: float  # its bearing at pan 0
    pan_range_deg: float  # to either side, at pan −1 and 1
    highest_deg: float  # its tilt at 1
    lowest_deg: float  # its tilt at −1

    def told(self, bearing_deg: float, tilt_deg: float) -> tuple[float, float]:
        """Pan and tilt for a direction. Raises CantTurn where it does not turn so far."""
        aside = (bearing_deg - self.zero_deg + 180) % 360 - 180
        pan = aside / self.pan_range_deg
        tilt = 1 - 2 * (tilt_deg - self.highest_deg) / (self.lowest_deg - self.highest_deg)
        if abs(pan) > 1 or abs(tilt) > 1:
            raise CantTurn("out_of_reach")
        return pan, tilt

    def looks(self, pan: float, tilt: float) -> tuple[float, float]:
        """Bearing and tilt at a pan and tilt: the way back."""
        tilt_deg = self.highest_deg + (1 - tilt) / 2 * (self.lowest_deg - self.highest_deg)
        return (self.zero_deg + pan * self.pan_range_deg) % 360, tilt_deg


def turned(pose: Pose, bearing_deg: float, tilt_deg: float) -> Pose:
    """The same camera, looking elsewhere: its calibration holds there no more."""
    return replace(pose, bearing_deg=bearing_deg, tilt_deg=tilt_deg, plane=None, residual_m=None)


def look(reach: Reach, pose: Pose, range_m: float, lat: float, lon: float) -> Look | None:
    """How a camera would have a place on the ground in view once turned there, None where it can't."""
    to = sight.way_to(pose, lat, lon)
    try:
        reach.told(*to)
    except CantTurn:
        return None
    return sight.look(turned(pose, *to), range_m, lat, lon)
