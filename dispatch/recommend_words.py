"""Why a unit is recommended and what it lacks, in the reader's words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from dispatch.models import Skill
from dispatch.recommend import Advice

REASONS: dict[str, Any] = {
    "nearest": pgettext_lazy("recommendation", "soonest there"),
    "best": gettext_lazy("best with doubt, load and cover counted"),
    "position_ageing": gettext_lazy("position is ageing"),
    "position_stale": gettext_lazy("position is old"),
    "position_unknown": gettext_lazy("position unknown"),
    "conditional": gettext_lazy("busy, may be taken"),
    "delayed": gettext_lazy("on a break"),
    "long_shift": gettext_lazy("on duty for more than 12 h"),
    "short_rest": gettext_lazy("less than 8 h of rest before"),
    "leaves_hole": gettext_lazy("leaves a part of the district open"),
}


def skill_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of these skills in the reader's language; a struck one goes by its code."""
    name = "name_en" if get_language() == "en" else "name_zh"
    wanted = set(codes)
    known = dict(Skill.objects.filter(code__in=wanted).values_list("code", name)) if wanted else {}
    return {code: known.get(code, code) for code in wanted}


def words(advice: Advice, needed_crew: int, skills: dict[str, str]) -> list[str]:
    """What is to be said of a unit: what it lacks first."""
    said = []
    for code in advice.shortfalls:
        kind, _colon, skill = code.partition(":")
        if kind == "crew":
            facts = {"count": advice.candidate.crew, "needed": needed_crew}
            said.append(_("crew of %(count)s, %(needed)s needed") % facts)
        else:
            said.append(_("without %(skill)s") % {"skill": skills.get(skill, skill)})
    for code in advice.reasons:
        if code == "many_calls":
            said.append(_("%(count)s calls in 8 h") % {"count": advice.candidate.calls})
        else:
            said.append(str(REASONS[code]))
    return said
