"""What stands in the navigation of our own pages. Rooms pin their entries in `AppConfig.ready()`, as they pin topics."""

import functools
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from command import principals
from command.models import Officer
from command.permissions import Capability


@dataclass(frozen=True)
class Entry:
    """A page: the name of its route, its title (a lazy translation), and the capabilities of which one is enough."""

    route: str
    title: Any
    needs: tuple[Capability, ...]
    group: str = "manage"  # one of GROUPS


_entries: list[Entry] = []
GROUPS = ("work", "manage", "audit", "raw")  # as they stand, whichever room pins first


def pin(*entries: Entry) -> None:
    """Add pages to the navigation, in the order in which they are to stand."""
    _entries.extend(entry for entry in entries if entry not in _entries)


def entries(principal: Officer, group: str | None = None) -> list[Entry]:
    """The pages this person may open."""
    rights = principal.rights()
    return [
        entry
        for entry in sorted(_entries, key=lambda one: GROUPS.index(one.group))
        if (group is None or entry.group == group) and any(rights.anywhere(need) for need in entry.needs)
    ]


def context(request: HttpRequest) -> dict[str, Any]:
    """For templates: `navigation`, which asks the database only where a page shows it."""
    return {"navigation": functools.partial(_shown, request)}


def _shown(request: HttpRequest) -> list[dict[str, Any]]:
    """A list of `{"url", "title", "group", "here"}`; nothing for who is not signed in."""
    principal = principals.of(request)
    if not isinstance(principal, Officer):
        return []
    found = [(entry, reverse(entry.route)) for entry in entries(principal)]
    return [
        {"url": url, "title": entry.title, "group": entry.group, "here": request.path.startswith(url)}
        for entry, url in found
    ]
