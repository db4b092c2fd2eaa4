"""What an incident still needs by its kind's run card: counted over the units that were sent."""

from typing import Any

from dispatch.kind_live import needs_payload, skill_payload
from dispatch.models import Assignment, Crew, Incident, RunCard, Skill
from dispatch.states import Step


def needed(incident: Incident, sent: list[Assignment]) -> dict[str, Any]:
    """As `answers.NeededAnswer`. A unit counts while it is sent, and after it was there."""
    card = RunCard.objects.filter(kind=incident.kind_id).prefetch_related("skills").first()
    asked = needs_payload(card)
    here = [one for one in sent if _counts(one)]
    return {
        "count": asked["count"],
        "crew_min": asked["crew_min"],
        "sent": len(here),
        "short_crew": _short(here, asked["crew_min"]),
        "lacking": [skill_payload(one) for one in _lacking(here, list(card.skills.all()) if card else [])],
    }


def _counts(one: Assignment) -> bool:
    return one.ended_at is None or (one.status == Step.CLEARED and one.on_scene_at is not None)


def _short(here: list[Assignment], crew_min: int) -> list[str]:
    """Call signs of those under way with too few people; whoever booked a unit on is on it, named or not."""
    under_way = [one for one in here if one.ended_at is None]
    crews = _crews(under_way)
    return [one.unit.call_sign for one in under_way if max(1, len(crews.get(one.unit_id, []))) < crew_min]


def _crews(here: list[Assignment]) -> dict[int, list[int]]:
    """Officers on each unit now."""
    found: dict[int, list[int]] = {}
    on = Crew.objects.filter(left_at=None, unit__in=[one.unit_id for one in here])
    for unit, officer in on.values_list("unit", "officer"):
        found.setdefault(unit, []).append(officer)
    return found


def _lacking(here: list[Assignment], skills: list[Skill]) -> list[Skill]:
    """Skills that a unit under way lacks: its crew and its vehicle bring none of it."""
    under_way = [one for one in here if one.ended_at is None]
    if not skills or not under_way:
        return skills if not under_way else []
    crews = _crews(under_way)
    found = []
    for skill in skills:
        able, brought = (
            set(skill.officers.values_list("pk", flat=True)),
            set(skill.vehicles.values_list("pk", flat=True)),
        )
        if any(one.unit.vehicle_id not in brought and not able & {*crews.get(one.unit_id, [])} for one in under_way):
            found.append(skill)
    return found
