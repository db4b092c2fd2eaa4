"""The reference page: every setting, capability, topic and route, written from the code itself."""

import re
from collections.abc import Iterator
from typing import Any, get_type_hints

from django.conf import settings
from django.urls import URLPattern, get_resolver

from command import live
from command.permissions import ROLES, Capability, Level

# What the environment (or `station.env` of a home) may say. A setting that is read and not named here fails the suite.
SETTINGS = {
    "STATION_HOME": "the folder that holds all that is written; default `.run`",
    "STATION_SECRET_KEY": "at least 32 random characters; `./station up` makes it",  # nosec B105 # words, not a password
    "STATION_PORT": "the front door's port; default 8000",
    "STATION_TOWN": "1 in a demonstration town's home, fixed at its first start",
    "STATION_AUDIT_HEADS": "the folder for the audit's signed heads; it should lie on another machine",
    "STATION_RECORDINGS": "the folder for what cameras and phones recorded; `.run/recordings` unless said, or a disk of its own",
    "STATION_ARCHIVE": "the folder for the log of the database and the ledger of erasures; it should lie on another machine",
    "STATION_RECORDS": "the agency's records: dotted path of a class as `dispatch/records.py` describes it; empty for none",
    "STATION_LAN": "1 while the station is open to its LAN by HTTPS; `./station up --lan` writes it",
    "STATION_HOSTS": "names and addresses by which the LAN reaches it, parted by commas; `./station up --lan` writes them",
    "STATION_VERSION": "digest of the code that runs; `./station up` writes it",
    "PICTURES_SOCKET": "path of the socket of the process that passes pictures on",
    "INGEST_SOCKET": "path of the socket of the process behind the devices' doors",
    "REDIS_SOCKET": "path of Redis' socket",
    "PGHOST": "the folder of PostgreSQL's socket, or its host",
    "PGUSER": "PostgreSQL's user; default `station`",
    "PGPASSWORD": "its password; `./station up` makes it",
    "PGDATABASE": "the database; default `station`",
}
_READ = re.compile(r'env\.(?:str|int|bool|float|list|path)\(\s*"([A-Z_]+)"')
_MARK = {Level.FULL: "●", Level.OWN: "◐"}


def settings_read() -> set[str]:
    """The names that settings.py reads from the environment."""
    return set(_READ.findall((settings.BASE_DIR / "command" / "settings.py").read_text(encoding="utf-8")))


def page() -> str:
    """The whole page as Markdown."""
    parts = ["# Reference", "Written by `./station manage reference`; the suite fails when it is out of date."]
    parts += [
        "## Settings",
        _table(("name", "what it says"), ((f"`{name}`", words) for name, words in SETTINGS.items())),
    ]
    parts += ["## Capabilities", "● at the whole station · ◐ only what concerns one's own task", _capabilities()]
    parts += ["## Topics of the live socket", _table(("topic", "right", "payload"), _topics())]
    parts += ["## Routes", _table(("path", "for"), _routes())]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _capabilities() -> str:
    roles = list(ROLES)
    rows = (
        (f"`{capability}`", *(_MARK.get(ROLES[role].get(capability), "") for role in roles))  # type: ignore[arg-type]
        for capability in Capability
    )
    return _table(("capability", *(str(role) for role in roles)), rows)


def _topics() -> Iterator[tuple[str, str, str]]:
    for topic in live.TOPICS.values():
        fields = ", ".join(f"`{name}`" for name in get_type_hints(topic.payload))
        own = f"; one's own: `{topic.for_own}`" if topic.for_own else ""
        yield f"`{topic.name}`", f"`{topic.capability}`{own}", fields


def _routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, str]]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"`{path}`", _whom(entry.callback)
        else:
            yield from _routes(entry.url_patterns, path)


def _whom(view: Any) -> str:
    audience = view.audience
    if audience.kind != "station":
        return {"public": "anybody", "signed_in": "whoever has signed in"}.get(audience.kind, audience.kind)
    needs = ", ".join(f"{method}: `{capability}`" for method, capability in audience.needs.items())
    return needs + "; from a wall taken over" if audience.from_wall else needs
