"""The tables of dispatch, by what they are about."""

from dispatch.models.advice import Advice, RunCard, Skill
from dispatch.models.desk import Briefed, Merge, PlaceNote, Stacked
from dispatch.models.errands import Errand
from dispatch.models.help import CallForHelp
from dispatch.models.incidents import Assignment, Incident, IncidentCounter, LogEntry, Tick, own_assignments
from dispatch.models.kinds import ChecklistLine, Kind, Target
from dispatch.models.orders import Order
from dispatch.models.photos import Photo
from dispatch.models.proposals import Proposal
from dispatch.models.roads import RoadBlock, RoadSpeed
from dispatch.models.shifts import Handover, ShiftNote
from dispatch.models.terminals import Terminal
from dispatch.models.units import Crew, Unit, Vehicle, crew_of

__all__ = [
    "Advice",
    "Assignment",
    "Briefed",
    "CallForHelp",
    "ChecklistLine",
    "Crew",
    "Errand",
    "Handover",
    "Incident",
    "IncidentCounter",
    "Kind",
    "LogEntry",
    "Merge",
    "Order",
    "Photo",
    "PlaceNote",
    "Proposal",
    "RoadBlock",
    "RoadSpeed",
    "RunCard",
    "ShiftNote",
    "Skill",
    "Stacked",
    "Target",
    "Terminal",
    "Tick",
    "Unit",
    "Vehicle",
    "crew_of",
    "own_assignments",
]
