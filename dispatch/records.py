"""Looking into the agency's records from an incident. Where they are kept differs from town to town: the settings name a
provider. Without one it says so; with one nothing is asked before the look-up has its incident, its purpose and its entry.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from command import lookups
from command.errors import Conflict, Forbidden, Invalid, NotThere, Problem
from command.models import Officer
from command.permissions import Capability, Level, Principal, require
from dispatch import incidents
from dispatch.models import Incident

ABOUT = ("person", "vehicle", "place")
SHORTEST, LONGEST = 2, 60  # characters of what is asked for


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the agency's records: about whom or what, for which purpose, in which case, by whom."""

    about: str  # of ABOUT
    words: str  # a name, a number, a plate, an address
    purpose: str  # of lookups.PURPOSES
    case: str  # the incident's number
    officer: str  # the name that they sign in with


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the records say, in words; `source` names the record, `at` its date as it stands there."""

    title: str
    words: str
    source: str
    at: str = ""


class Provider(Protocol):
    """The agency's records. A class of this shape, made without arguments, is named by STATION_RECORDS."""

    name: str

    def ask(self, question: Question) -> Sequence[Finding]:
        """Answer within 5 s or raise OSError. Nothing of the answer is kept here."""
        ...


@functools.cache
def _made(path: str) -> Provider:
    found: Provider = import_string(path)()
    return found


def provider() -> Provider | None:
    """The agency's records, or None where none are connected. Raises ImportError for a setting that names nothing."""
    return _made(settings.RECORDS) if settings.RECORDS else None


def ask(principal: Principal, number: str, about: str, words: str, purpose: str, reason: str = "") -> Sequence[Finding]:
    """Ask the agency's records for an incident under way, once that has been entered.

    Raises NotThere, Forbidden, Invalid, Conflict (the incident is over; `no_records` where none are connected), Problem 503:
    `records_away` where they don't answer, `not_recorded` where it can't be entered.
    """
    officer, incident = _who(principal), _case(principal, number)
    words = words.strip()
    if about not in ABOUT or not SHORTEST <= len(words) <= LONGEST:
        said = _("expected %(short)s to %(long)s characters about one of %(known)s")
        facts = {"short": SHORTEST, "long": LONGEST, "known": ", ".join(ABOUT)}
        raise Invalid("bad_question", said % facts, fields={"words": said % facts})
    records = provider()
    if records is None:
        raise Conflict("no_records", _("No records of the agency are connected to this station."))
    lookups.record(officer, incident.station, words, purpose, incident.number, reason)
    try:
        return list(records.ask(Question(about, words, purpose, incident.number, officer.username)))
    except OSError as away:
        raise Problem("records_away", _("The agency's records don't answer now."), status=503) from away


def _who(principal: Principal) -> Officer:
    if not isinstance(principal, Officer):
        raise Forbidden("person_only", _("This is for a person who has signed in."))
    return principal


def _case(principal: Principal, number: str) -> Incident:
    mine = Incident.objects.visible_to(principal).select_related("station").filter(number=number).first()
    if mine is None:
        raise NotThere("not_there", _("There is no incident %(number)s.") % {"number": number[:40]})
    require(principal, Capability.SEARCH_PEOPLE, mine.station_id, Level.OWN)
    incidents.is_open(mine)
    return mine
