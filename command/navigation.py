"""What stands in the navigation of our own pages. Rooms pin their entries in `AppConfig.ready()`, as they pin topics."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from command import principals
from command.models import Officer
from command.permissions import Capability


@dataclass(frozen=True)
class Entry:
    """A page: the name of its route, its title (a lazy translation), and the capabilities of which one is enough.

    `about` says in one line what it is for, `count` how many things somebody has there; both stand on the index.
    """

    route: str
    title: Any
    needs: tuple[Capability, ...]
    group: str = "manage"  # one of GROUPS
    about: Any = ""
    count: Callable[[Officer], int] | None = None


_entries: list[Entry] = []
GROUPS = ("work", "manage", "audit", "raw")  # as they stand, whichever room pins first
BELOW = ("manage", "raw")  # these stand under “Administration”


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


def _shown(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """`bar`, and `below` it the pages of administration while one is there: lists of `{"url", "title", "here"}`."""
    principal = principals.of(request)
    if not isinstance(principal, Officer):
        return {"bar": [], "below": []}
    found = entries(principal)
    bar = [_link(request, entry.route, entry.title) for entry in found if entry.group not in BELOW]
    below = [_link(request, entry.route, entry.title) for entry in found if entry.group in BELOW]
    if below:
        index = _link(request, "manage", _("Administration"))
        index["here"] = index["here"] or any(link["here"] for link in below)
        bar.insert(sum(entry.group == "work" for entry in found), index)
        below = below if index["here"] else []
    return {"bar": bar, "below": below}


def _link(request: HttpRequest, route: str, title: Any) -> dict[str, Any]:
    url = reverse(route)
    return {"url": url, "title": title, "here": request.path.startswith(url)}
