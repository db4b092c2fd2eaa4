"""Kinds of incident on the live picture: all stations share them, so a change is told to each."""

from typing import TypedDict

from django.db.models import Prefetch, QuerySet

from command import live
from command.models import Station
from command.permissions import Capability
from dispatch.models import ChecklistLine, Kind, RunCard, Skill
from dispatch.words import initials


class SkillPayload(TypedDict):
    code: str
    name_zh: str
    name_en: str


class NeedsPayload(TypedDict):
    """Whom a kind asks for: units, people on each, skills on each."""

    count: int
    crew_min: int
    skills: list[SkillPayload]


class KindPayload(TypedDict):
    slug: str
    name_zh: str
    name_en: str
    initials: str
    priority: int
    order: int
    colour: str
    expects: list[str]
    needs: NeedsPayload
    is_active: bool


def kind_payload(kind: Kind) -> KindPayload:
    """What a browser knows of a kind; one that is not active is chosen no more, but old incidents have it."""
    return {
        "slug": kind.slug,
        "name_zh": kind.name_zh,
        "name_en": kind.name_en,
        "initials": initials(kind.name_zh),
        "priority": kind.priority,
        "order": kind.order,
        "colour": kind.colour,
        "expects": kind.expects,
        "needs": needs_payload(getattr(kind, "card", None)),
        "is_active": kind.is_active,
    }


def needs_payload(card: RunCard | None) -> NeedsPayload:
    """What a kind's run card asks for; without one, a unit with anybody on it."""
    if card is None:
        return {"count": 1, "crew_min": 1, "skills": []}
    return {"count": card.count, "crew_min": card.crew_min, "skills": [skill_payload(one) for one in card.skills.all()]}


def skill_payload(skill: Skill) -> SkillPayload:
    """A skill in both languages."""
    return {"code": skill.code, "name_zh": skill.name_zh, "name_en": skill.name_en}


def whole_kinds(kinds: QuerySet[Kind]) -> QuerySet[Kind]:
    """With the lines of their checklists in `present`."""
    return with_needs(kinds).prefetch_related(
        Prefetch("lines", ChecklistLine.objects.filter(retired_at=None), to_attr="present")
    )


def with_needs(kinds: QuerySet[Kind]) -> QuerySet[Kind]:
    """With their run cards."""
    return kinds.select_related("card").prefetch_related("card__skills")


def _kinds(**which: object) -> live.Payloads:
    return {kind.slug: kind_payload(kind) for kind in with_needs(Kind.objects.filter(**which))}


def tell(kind: Kind) -> None:
    """Say to every station, inside the verb under way, that a kind changed."""
    for station in Station.objects.order_by("pk").values_list("pk", flat=True):
        live.publish(station, "kind", kind.slug)


TOPIC = live.Topic(
    "kind",
    KindPayload,
    Capability.SEE_MAP,
    load=lambda slugs: _kinds(slug__in=slugs),
    snapshot=lambda stations: _kinds() if stations else {},
    own=lambda principal, slugs: set(slugs),
    shared=lambda shared: _kinds() if "incidents" in shared.topics else {},
)
