"""What the live picture and the desk show of an incident's checklist."""

from typing import TypedDict

from django.db.models import Prefetch, QuerySet

from dispatch.models import ChecklistLine, Incident, Tick


class ChecklistPayload(TypedDict):
    """A line of an incident's checklist; `text_en` may be empty. Times are ISO 8601."""

    id: int
    text_zh: str
    text_en: str
    ticked_at: str | None
    ticked_by: str | None


def with_lines(incidents_: QuerySet[Incident]) -> QuerySet[Incident]:
    """With what `counted` and `payload` read, in two queries however many there are."""
    lines = ChecklistLine.objects.filter(retired_at=None)
    ticks = Tick.objects.select_related("line", "officer").order_by("pk")
    return incidents_.prefetch_related(
        Prefetch("kind__lines", lines, to_attr="present"), Prefetch("ticks", ticks, to_attr="ticked")
    )


def counted(incident: Incident) -> tuple[int, int]:
    """How many lines are ticked, and how many there are."""
    ticked: list[Tick] = incident.ticked  # type: ignore[attr-defined]
    return len(ticked), len({one.line_id for one in ticked} | {one.pk for one in _present(incident)})


def _present(incident: Incident) -> list[ChecklistLine]:
    return incident.kind.present  # type: ignore[attr-defined]


def payload(incident: Incident) -> list[ChecklistPayload]:
    """The lines of the incident's kind now, and those that were ticked before they were taken away."""
    ticks: dict[int, Tick] = {one.line_id: one for one in incident.ticked}  # type: ignore[attr-defined]
    present = _present(incident)
    gone = [one.line for one in ticks.values() if one.line_id not in {line.pk for line in present}]
    return [_line_payload(line, ticks.get(line.pk)) for line in (*gone, *present)]


def _line_payload(line: ChecklistLine, done: Tick | None) -> ChecklistPayload:
    return {
        "id": line.pk,
        "text_zh": line.text_zh,
        "text_en": line.text_en,
        "ticked_at": done.at.isoformat() if done else None,
        "ticked_by": (done.officer.label if done.officer else "") if done else None,
    }
