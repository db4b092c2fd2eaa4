"""The page of the targets: one table, in minutes and seconds."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from command import lists, topmost
from command.models import Station
from command.permissions import Capability
from command.station_words import SURROUNDINGS_WORDS
from dispatch import due, targets
from dispatch.due import DEFAULTS, PRIORITIES, Goal, Key
from dispatch.kind_words import STEP_WORDS

TARGETS = Capability.MANAGE_TARGETS
TIME = re.compile(r"(?:(\d{1,4}):)?(\d{1,5})")


def written(seconds: int | None) -> str:
    """`5:00` of 300 s; nothing of None."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


class TimeField(forms.CharField):
    """Minutes and seconds (`5:00`) or seconds alone (`300`); nothing where nothing is measured."""

    def __init__(self, label: Any) -> None:
        attrs = {"autocomplete": "off", "inputmode": "text", "size": 6, "aria-label": label}
        super().__init__(label=label, required=False, max_length=8, widget=forms.TextInput(attrs=attrs))

    def clean(self, value: Any) -> int | None:
        said = str(super().clean(value)).strip().replace("：", ":")
        if not said:
            return None
        found = TIME.fullmatch(said)
        if found is None or (found[1] and int(found[2]) > 59):
            raise forms.ValidationError(
                _("expected minutes:seconds, for example 5:00; found “%(found)s”") % {"found": said}
            )
        return int(found[1] or 0) * 60 + int(found[2])


@dataclass(frozen=True)
class Row:
    """The cells of one priority somewhere; `is_changed`: they are not what the station began with."""

    priority: int
    cells: list[forms.BoundField]
    is_changed: bool


class TargetsForm(lists.ActorForm):
    """Every cell of the table is a field of its own."""

    capability = TARGETS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = due.table()
        for where, priority in DEFAULTS:
            for name, words in STEP_WORDS.items():
                label = f"{SURROUNDINGS_WORDS[where]}, {_('priority')} {priority}, {words}"
                field = self.fields[targets.field(where, priority, name)] = TimeField(label)
                field.initial = written(getattr(self.now[where, priority], name))

    def groups(self) -> list[tuple[Any, list[Row]]]:
        """The rows of each surroundings."""
        return [
            (SURROUNDINGS_WORDS[where], [self._row(where, priority) for priority in PRIORITIES])
            for where in Station.SURROUNDINGS
        ]

    def _row(self, where: str, priority: int) -> Row:
        cells = [self[targets.field(where, priority, name)] for name in STEP_WORDS]
        return Row(priority, cells, self.now[where, priority] != DEFAULTS[where, priority])

    def wanted(self) -> dict[Key, Goal]:
        """What was sent."""
        said = self.cleaned_data
        return {
            (where, priority): Goal(*(said[targets.field(where, priority, name)] for name in Goal._fields))
            for where, priority in DEFAULTS
        }


class Targets(lists.ActorFormPage):
    """How soon stations want to act, by surroundings and priority."""

    template = "dispatch/targets.html"
    form_class = TargetsForm

    def heading(self) -> tuple[str, str, str]:
        return _("Targets"), _("Save"), reverse("manage")

    def form(self, **kwargs: Any) -> lists.ActorForm:
        self.sent = lists.readable(super().form(**kwargs), only=not topmost.may(self.principal, TARGETS))
        return self.sent

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(steps=STEP_WORDS, may_change=topmost.may(self.principal, TARGETS), **more)

    def act(self, said: dict[str, Any]) -> str:
        assert isinstance(self.sent, TargetsForm)  # nosec B101 # it narrows a type
        changed = targets.change_targets(self.principal, self.sent.wanted())
        return _("Saved: open incidents are measured by it already.") if changed else _("Nothing was changed.")


class ResetTargets(lists.AskPage):
    """Back to what a station begins with."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        now = due.table()
        count = sum(now[key] != goal for key, goal in DEFAULTS.items())
        said = [_("%(count)s rows of the table are not as they were at first; they will be again.") % {"count": count}]
        return _("Set all targets back?"), said, _("Set back")

    def act(self, **kwargs: Any) -> str | HttpResponse:
        targets.change_targets(self.principal, DEFAULTS)
        return _("All targets are as they were at first.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("targets")
