"""What an entry of the log says, in words, for pages and papers; the scripts have the same in `static/src/words.ts`."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from dispatch.models import Kind, LogEntry
from dispatch.states import DISPOSITIONS

SERVICE_WORDS: dict[str, Any] = {
    "ambulance": gettext_lazy("ambulance (120)"),
    "fire": gettext_lazy("fire brigade (119)"),
    "traffic": gettext_lazy("traffic police (122)"),
    "rescue": gettext_lazy("rescue team"),
    "criminal_police": gettext_lazy("criminal police"),
    "other_station": gettext_lazy("another station"),
    "court": gettext_lazy("court"),
    "community": gettext_lazy("neighbourhood committee"),
    "family": gettext_lazy("family"),
    "welfare": gettext_lazy("welfare office"),
    "other": pgettext_lazy("service", "somebody else"),
}
STEP_WORDS: dict[str, Any] = {
    "called": pgettext_lazy("service", "called"),
    "arrived": pgettext_lazy("service", "arrived"),
    "left": pgettext_lazy("service", "left"),
}
FIELD_WORDS: dict[str, Any] = {
    "kind": gettext_lazy("kind"), "priority": gettext_lazy("priority"), "address": gettext_lazy("address"),
    "facts": gettext_lazy("facts"), "caller_phone": gettext_lazy("caller's phone"),
    "caller_name": gettext_lazy("caller's name"),
}  # fmt: skip
MOMENT_WORDS: dict[str, Any] = {
    "briefed": gettext_lazy("Briefing shown"),
    "attended": pgettext_lazy("alarm", "attended to"),
    "over": pgettext_lazy("alarm", "over"),
    "unassigned": gettext_lazy("Alarm: call without a unit"),
    "position_lost": gettext_lazy("Alarm: position lost"),
    "sos": gettext_lazy("SOS"),
    "help_wanted": gettext_lazy("Alarm: help wanted"),
    "safety_due": gettext_lazy("Alarm: safety timer runs out"),
    "safety_expired": gettext_lazy("Alarm: safety timer ran out"),
    "order_unanswered": gettext_lazy("Alarm: order unanswered"),
    "order_sent": gettext_lazy("order sent to a terminal"),
    "order_delivered": gettext_lazy("order delivered"),
    "order_seen": gettext_lazy("order seen"),
    "order_accepted": gettext_lazy("order accepted"),
    "order_recalled": gettext_lazy("order recalled"),
    "step_confirmed": gettext_lazy("proposal of the track confirmed"),
    "step_dismissed": gettext_lazy("proposal of the track dismissed"),
}
Params = dict[str, Any]


def kind_word(slug: str) -> str:
    """A kind's name in the reader's language; its code where it is gone."""
    found = Kind.objects.filter(slug=slug).first()
    if found is None:
        return slug
    return found.name_en if get_language() == "en" else found.name_zh


def _units(params: Params, name: str = "units") -> str:
    return ", ".join(params.get(name, []))


def _of_unit(words: Any) -> Callable[[Params], str]:
    """Words about one unit, which they name as %(unit)s."""
    return lambda said: str(words) % {"unit": said.get("unit", "")}


def _closed(params: Params) -> str:
    """The result, and who was still there: their end has no entry of its own."""
    words = _("Closed: %(result)s") % {"result": _result(params)}
    freed = _units(params, "freed")
    return f"{words} · {freed} {_('cleared')}" if freed else words


def _line(params: Params) -> str:
    en, zh = params.get("en", ""), params.get("zh", "")
    return str((en or zh) if get_language() == "en" else zh)


def _result(params: Params) -> str:
    code = params.get("disposition", "")
    return f"{code} {_(DISPOSITIONS[code])}" if code in DISPOSITIONS else str(code)


def _service(params: Params, name: str) -> Any:
    return SERVICE_WORDS.get(params.get(name, ""), params.get(name, ""))


def _joined(parts: list[Any]) -> str:
    return "、".join(str(part) for part in parts) if get_language() != "en" else ", ".join(str(part) for part in parts)


WORDS: dict[str, Callable[[Params], str]] = {
    "opened": lambda said: _("Call: %(kind)s") % {"kind": kind_word(said.get("kind", ""))},
    "acknowledged": lambda said: _("Call acknowledged"),
    "assigned": _of_unit(gettext_lazy("%(unit)s sent")),
    "unassigned": _of_unit(gettext_lazy("%(unit)s recalled")),
    "status": lambda said: f"{said.get('unit', '')} {_(said.get('status', ''))}",
    "step_undone": lambda said: (
        _("%(unit)s %(status)s: taken back") % {"unit": said.get("unit", ""), "status": _(said.get("status", ""))}
    ),
    "rang_again": _of_unit(gettext_lazy("%(unit)s rung again")),
    "unanswered": _of_unit(gettext_lazy("%(unit)s does not answer")),
    "moved": lambda said: _("Place moved"),
    "changed": lambda said: (
        _("Changed: %(what)s") % {"what": _joined([FIELD_WORDS.get(one, one) for one in said.get("fields", [])])}
    ),
    "closed": _closed,
    "cancelled": lambda said: _("Call cancelled"),
    "reopened": lambda said: _("Reopened"),
    "ticked": lambda said: _("Done: %(line)s") % {"line": _line(said)},
    "unticked": lambda said: _("Not done after all: %(line)s") % {"line": _line(said)},
    "sos": _of_unit(gettext_lazy("SOS of %(unit)s")),
    "sos_ended": _of_unit(gettext_lazy("SOS of %(unit)s ended")),
    "help_wanted": _of_unit(gettext_lazy("%(unit)s wants help")),
    "help_ended": _of_unit(gettext_lazy("%(unit)s has help")),
    "reinforced": lambda said: _("Reinforced by %(units)s") % {"units": _units(said, "sent")},
    "checked_in": _of_unit(gettext_lazy("%(unit)s is well")),
    "errand_given": _of_unit(gettext_lazy("Task for %(unit)s")),
    "errand_accepted": _of_unit(gettext_lazy("%(unit)s signed for its task")),
    "errand_done": _of_unit(gettext_lazy("%(unit)s reports")),
    "errand_recalled": _of_unit(gettext_lazy("Task of %(unit)s taken back")),
    "stacked": _of_unit(gettext_lazy("Waits for %(unit)s")),
    "unstacked": _of_unit(gettext_lazy("Waits for %(unit)s no longer")),
    "merged": lambda said: _("Double of %(number)s") % {"number": said.get("into", "")},
    "merged_from": lambda said: _("%(number)s is a double of this") % {"number": said.get("number", "")},
    "unmerged": lambda said: _("No double after all: %(number)s") % {"number": said.get("number", "")},
    "service": lambda said: f"{_service(said, 'service')} {STEP_WORDS.get(said.get('step', ''), '')}",
    "handed_over": lambda said: _("Handed over: %(to)s") % {"to": _service(said, "to")},
    "mediated": lambda said: _("Mediation: agreed") if said.get("agreed") else _("Mediation: not agreed"),
    "note": lambda said: _("Note"),
}


def words_of(entry: LogEntry) -> str:
    """What the entry says, without people's own words; an unknown code as it is, with what it was about."""
    known = WORDS.get(entry.code)
    if known is None:
        about = " ".join(str(value) for value in entry.params.values() if not isinstance(value, dict | list))
        return f"{_(entry.code)} {about}".strip()
    if tapped := entry.params.get("tapped_at"):
        at = entry.station.local(dt.datetime.fromisoformat(tapped))
        return f"{known(entry.params)} · " + _("done at %(time)s without a network") % {"time": f"{at:%H:%M:%S}"}
    units = _units(entry.params) if entry.code in ("merged", "merged_from", "unmerged") else ""
    return f"{known(entry.params)} · {units}" if units else known(entry.params)
