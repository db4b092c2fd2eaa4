"""The intervals of an incident as its page and its export show them: which times each uses, and how many are missing."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch.intervals import Intervals, Spread

MINUTE, HOUR = 60, 3600
WORDS = {
    "queue": (gettext_lazy("Queue"), gettext_lazy("call opened → first unit sent")),
    "response": (gettext_lazy("Response"), gettext_lazy("call opened → first unit on scene")),
    "travel": (gettext_lazy("Travel"), gettext_lazy("first unit en route → first unit on scene")),
    "unit_travel": (gettext_lazy("Travel of each unit"), gettext_lazy("its own en route → its own arrival")),
    "unit_on_scene": (gettext_lazy("On scene of each unit"), gettext_lazy("its own arrival → its own clear")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One interval: what it is, which times it uses, and what came out by people's times and by the tracks'."""

    name: str
    uses: str
    confirmed: str
    by_track: str


def rows(confirmed: Intervals, by_track: Intervals) -> list[Row]:
    """All of them. When a unit was sent no track tells, so that the queue has one basis only."""
    said = [_row("queue", _one(confirmed["queue_s"]), "—")]
    said.append(_row("response", _one(confirmed["response_s"]), _one(by_track["response_s"])))
    said.append(_row("travel", _one(confirmed["travel_s"]), _one(by_track["travel_s"])))
    said.append(_row("unit_travel", _several(confirmed["travel"]), _several(by_track["travel"])))
    said.append(_row("unit_on_scene", _several(confirmed["on_scene"]), _several(by_track["on_scene"])))
    return said


def _row(name: str, confirmed: str, by_track: str) -> Row:
    words, uses = WORDS[name]
    return Row(str(words), str(uses), confirmed, by_track)


def _one(seconds: float | None) -> str:
    return span(seconds) if seconds is not None else _("missing")


def _several(of: Spread) -> str:
    """Each time; of several the median and the 90th percentile; how many are missing."""
    parts = [", ".join(span(one) for one in of["seconds"] if one is not None)]
    if of["median_s"] is not None and of["p90_s"] is not None:
        facts = {"median": span(of["median_s"]), "p90": span(of["p90_s"])}
        parts.append(_("median %(median)s, 90th percentile %(p90)s") % facts)
    if of["missing"]:
        parts.append(_("%(count)s missing") % {"count": of["missing"]})
    return " · ".join(part for part in parts if part) or "—"


def span(seconds: float) -> str:
    """mm:ss, from an hour on h:mm:ss; what a clock told wrongly may be negative."""
    whole = round(abs(seconds))
    rest = f"{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"
    return f"{'−' if seconds < 0 else ''}{f'{whole // HOUR}:' if whole >= HOUR else ''}{rest}"
