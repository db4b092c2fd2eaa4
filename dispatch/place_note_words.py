"""Kinds of what is known of a place, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KIND_WORDS: dict[str, Any] = {
    "hazard": _("Hazard"),
    "key_holder": _("Key-holder"),
    "access": pgettext_lazy("place", "Way in"),
    "other": pgettext_lazy("place", "Other"),
}
