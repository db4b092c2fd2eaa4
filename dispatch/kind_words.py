"""Colours and expected fields of kinds of incident, and the steps of targets, in words."""

from typing import Any

from django.utils.functional import lazystr
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

COLOUR_WORDS: dict[str, Any] = {
    "aqua": _("Aqua"), "sky": _("Sky blue"), "lime": _("Lime"), "lemon": _("Lemon"), "pink": _("Pink"),
    "sand": _("Sand"), "white": _("White"), "grey": _("Grey"),
}  # fmt: skip
EXPECTED_WORDS: dict[str, Any] = {
    "caller_phone": _("Caller's phone"), "caller_name": _("Caller's name"), "facts": _("Facts"),
}  # fmt: skip
PRIORITY_WORDS: dict[int, Any] = {
    1: _("1, act now"), 2: _("2, urgent"), 3: _("3, soon"), 4: _("4, when there is time"),
}  # fmt: skip
STEP_WORDS: dict[str, Any] = {
    "answer_s": pgettext_lazy("target", "Answered"),
    "dispatch_s": pgettext_lazy("target", "Somebody sent"),
    "arrive_s": pgettext_lazy("target", "On scene"),
}


def swatch(colour: str) -> Any:
    """A colour's patch with its name."""
    return format_html('<i class="swatch c-{}"></i>{}', colour, lazystr(COLOUR_WORDS[colour]))
