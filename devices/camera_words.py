"""What cameras and their calibrations can't do, in words."""

from collections.abc import Callable

from django.utils.translation import gettext as _

NO_GROUND: dict[str, Callable[[], str]] = {
    "sky": lambda: _("There is no ground at this point of the picture: it lies above the horizon."),
    "too_far": lambda: _("The ground at this point of the picture is farther than 10 km."),
    "too_low": lambda: _("The camera hangs lower than 0.5 m: it sees no ground."),
    "below": lambda: _("This point of the picture lies beyond straight down."),
}
UNFIT: dict[str, Callable[[], str]] = {
    "pairs_few": lambda: _("At least four pairs are needed."),
    "pairs_many": lambda: _("More than 40 pairs are of no use."),
    "pairs_in_line": lambda: _("All points, or all but one, lie on one line: set some beside it."),
    "pairs_crossed": lambda: _(
        "The pairs contradict one another: right in the picture must be right on the map, and all must lie on the ground."
    ),
    "pairs_apart": lambda: _("The places don't fit to the picture: the pair that is farthest off was probably set wrong."),
}  # fmt: skip


def no_ground(code: str) -> str:
    """Why a point of a picture shows no ground."""
    return NO_GROUND[code]()


def unfit(code: str) -> str:
    """Why pairs of points make no calibration."""
    return UNFIT[code]()
