"""Run cards and skills in the reader's words."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dispatch.models import Kind, RunCard, Skill


def skill_name(skill: Skill) -> str:
    """Its name in the reader's language."""
    return skill.name_en if get_language() == "en" else skill.name_zh


def card_words(card: RunCard | None) -> str:
    """A run card in one line; a kind without one needs one unit."""
    count, crew = (card.count, card.crew_min) if card else (1, 1)
    said = [ngettext("%(count)s unit", "%(count)s units", count) % {"count": count}]
    if crew > 1:
        said.append(_("%(crew)s people on each") % {"crew": crew})
    return " · ".join([*said, *(skill_name(one) for one in card.skills.all())] if card else said)


def cards() -> dict[int, str]:
    """What every kind needs, by its id."""
    known = {one.kind_id: one for one in RunCard.objects.prefetch_related("skills")}
    return {pk: card_words(known.get(pk)) for pk in Kind.objects.values_list("pk", flat=True)}
