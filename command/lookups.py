"""Looking for people among what the station knows: only with an incident or a purpose, recorded first, misuse flagged."""

import datetime as dt
import hmac

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import audit, changes, clock
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Lookup, Officer, Station
from command.permissions import Capability

PURPOSES = {
    "incident": gettext_lazy("An incident under way"),
    "callback": gettext_lazy("Calling somebody back"),
    "complaint": gettext_lazy("A complaint"),
    "welfare": gettext_lazy("Somebody's safety"),
    "case": gettext_lazy("A case, with its reference"),
}
FLAGS = {
    "repeated": gettext_lazy("one person, three times or more in a week"),
    "colleague": gettext_lazy("a colleague"),
    "oneself": gettext_lazy("oneself"),
}
VERDICTS = {
    "in_order": gettext_lazy("in order"),
    "followed_up": gettext_lazy("followed up"),
}
REPEATS, WITHIN = 3, dt.timedelta(days=7)
WORDS_AT_LEAST = 5  # characters of explanation where no incident is named


def digest_of(subject: str) -> str:
    """A keyed digest of a number or name: the same for the same person, and nothing without the station's secret."""
    plain = "".join(subject.split()).lower()
    return hmac.new(settings.SECRET_KEY.encode(), f"lookup:{plain}".encode(), "sha256").hexdigest()


def record(officer: Officer, station: Station, subject: str, purpose: str, reference: str, words: str) -> Lookup:
    """Enter a look-up before anything is shown. Raises Invalid where its purpose is missing, Problem 503 where the entry
    can't be written."""
    if purpose not in PURPOSES:
        said = _("expected one of %(known)s") % {"known": ", ".join(PURPOSES)}
        raise Invalid("no_purpose", said, fields={"purpose": said})
    if not reference.strip() and len(words.strip()) < WORDS_AT_LEAST:
        said = _("Name an incident or a case, or say in a few words what it is for.")
        raise Invalid("no_purpose", said, fields={"words": said})
    with audit.before_showing():
        Officer.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.pk)  # so that none is counted twice
        made = Lookup.objects.create(
            officer=officer, station=station, at=clock.now(), subject=digest_of(subject), purpose=purpose,
            reference=reference.strip()[:80], words=words.strip()[:200], flag=_flag(officer, subject),
        )  # fmt: skip
        audit.record(officer, "search_people", "lookup", made.pk, station.pk, purpose=purpose, flag=made.flag or None)
    return made


def _flag(officer: Officer, subject: str) -> str:
    name = subject.strip()
    if name in (officer.name, officer.username, officer.badge):
        return "oneself"
    if Officer.objects.filter(name=name).exists():
        return "colleague"
    since = clock.now() - WITHIN
    before = Lookup.objects.filter(officer=officer, subject=digest_of(subject), at__gt=since).count()
    return "repeated" if before + 1 >= REPEATS else ""


def supervised_by(officer: Officer) -> QuerySet[Lookup]:
    """The flagged look-ups at the stations that somebody supervises, newest first. Raises Forbidden where there is none."""
    rights = officer.rights()
    stations = rights.stations(Capability.READ_AUDIT) | rights.stations(Capability.APPROVE_LISTING)
    if not stations:
        raise Forbidden("forbidden", _("Look-ups are looked at by commanders and inspectors."))
    found = Lookup.objects.filter(station__in=stations).exclude(flag="")
    return found.select_related("officer", "station", "looked_by").order_by("-pk")


def judge(officer: Officer, lookup_id: int, verdict: str) -> Lookup:
    """Say of a flagged look-up what was found, once. Raises Forbidden, NotThere, Invalid, Conflict for one's own."""
    if verdict not in VERDICTS:
        raise Invalid("bad_verdict", _("expected one of %(known)s") % {"known": ", ".join(VERDICTS)})
    with changes.change():
        found = supervised_by(officer).select_for_update(of=("self",)).filter(pk=lookup_id, looked_at=None).first()
        if found is None:
            raise NotThere("not_there", _("There is no such look-up, or somebody has looked at it."))
        if found.officer_id == officer.pk:
            raise Conflict("oneself", _("Somebody else looks at yours."))
        found.verdict, found.looked_at, found.looked_by = verdict, clock.now(), officer
        found.save(update_fields=["verdict", "looked_at", "looked_by"])
        audit.record(officer, "judge_lookup", "lookup", found.pk, found.station_id, verdict=verdict)
        return found
