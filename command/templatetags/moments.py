"""Template filters for moments: on a station's clock, and how long ago."""

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import gettext as _

from command import clock
from command.models import Station

register = template.Library()
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def on_clock_of(moment: dt.datetime | None, station: Station) -> str:
    """`2026-11-20 14:03:05` on the station's clock; a dash for no moment."""
    return f"{station.local(moment):%Y-%m-%d %H:%M:%S}" if moment else "—"


@register.filter
def ago(moment: dt.datetime | None) -> Any:
    """How long ago, in the largest unit that says enough; a dash for no moment."""
    if moment is None:
        return "—"
    seconds = max(0, round((clock.now() - moment).total_seconds()))
    if seconds < MINUTE:
        return _("%(count)s s") % {"count": seconds}
    if seconds < HOUR:
        return _("%(count)s min") % {"count": seconds // MINUTE}
    if seconds < 2 * DAY:
        return _("%(count)s h") % {"count": seconds // HOUR}
    return _("%(count)s days") % {"count": seconds // DAY}
