"""Roles and capabilities in words, for pages that say what somebody may do."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from command.permissions import ROLES, Capability, Level, Role

ROLE_WORDS: dict[str, Any] = {
    Role.COMMANDER: _("Commander"),
    Role.DUTY_OFFICER: _("Duty officer"),
    Role.OFFICER: _("Officer"),
    Role.AUXILIARY: _("Auxiliary"),
    Role.WATCHLIST_ADMIN: _("Keeper of the list of wanted and missing"),
    Role.REVIEWER: _("Reviewer of candidates"),
    Role.INSPECTOR: _("Inspector"),
    Role.TECHNICIAN: _("Technician"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.SCREEN: _("Screen"),
}

_C = Capability
CAPABILITY_WORDS: dict[Capability, Any] = {
    _C.SEE_MAP: _("see units, incidents and alarms"),
    _C.SEE_CALLERS: _("see who called"),
    _C.OPEN_INCIDENT: _("enter a call"),
    _C.NOTE: _("write into an incident"),
    _C.DISPATCH: _("send units"),
    _C.FOLLOW_DISPATCH: _("see who should go, and how far orders came"),
    _C.CLOSE_INCIDENT: _("close incidents"),
    _C.ACKNOWLEDGE_ALARM: _("acknowledge alarms"),
    _C.OWN_ORDERS: _("take orders and report one's own status"),
    _C.WATCH_CAMERAS: _("watch cameras, with an incident or a reason"),
    _C.STEER_CAMERAS: _("steer cameras"),
    _C.PLAY_RECORDINGS: _("play recordings"),
    _C.HOLD: _("keep recordings from deletion"),
    _C.EXPORT_EVIDENCE: _("export evidence"),
    _C.TALK: _("talk by radio"),
    _C.READ_TRACKS: _("read where units have been"),
    _C.SEARCH_PEOPLE: _("search past callers, with an incident or a purpose"),
    _C.LIST_PERSON: _("put a person on the list"),
    _C.APPROVE_LISTING: _("approve that a person is listed"),
    _C.REVIEW_CANDIDATE: _("judge candidates"),
    _C.AUTHORISE_USE: _("authorise matching, together with a second person"),
    _C.STOP_MATCHING: _("stop matching"),
    _C.READ_AUDIT: _("read the audit"),
    _C.SEE_FIGURES: _("see figures"),
    _C.MANAGE_PEOPLE: _("manage people and their roles"),
    _C.MANAGE_STATIONS: _("manage stations"),
    _C.MANAGE_SCREENS: _("manage screens"),
    _C.MANAGE_TOKENS: _("manage tokens of scripts"),
    _C.MANAGE_DEVICES: _("manage devices, vehicles and units"),
    _C.MANAGE_CAMERAS: _("manage cameras"),
    _C.MANAGE_REPAIRS: _("manage repairs"),
    _C.MANAGE_KINDS: _("manage kinds of incident"),
    _C.MANAGE_MAP: _("manage the map"),
    _C.MANAGE_TARGETS: _("manage targets"),
}


def may(role: str) -> list[tuple[Any, bool]]:
    """What a role lets one do, in words; with each, whether only for the incident or task one is on."""
    held = ROLES[Role(role)]
    return [(words, held[one] == Level.OWN) for one, words in CAPABILITY_WORDS.items() if one in held]
