"""Sessions in the database, each with its officer, so that people can see and end them; and the lock of an idle one."""

import datetime as dt
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.http import HttpRequest

from command import clock
from command.clients import client_ip
from command.models import Officer, Session

IDLE = dt.timedelta(minutes=15)
NOTED_EVERY = dt.timedelta(seconds=30)  # how exactly the last use is known


class SessionStore(DatabaseStore):
    """The store that Django's middleware uses: it keeps the row it has read."""

    row: Session | None = None

    def __init__(self, session_key: str | None = None) -> None:
        """A cookie may hold anything, even what a database can't be asked for."""
        super().__init__(session_key if session_key and session_key.isalnum() else None)

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made: Session = super().create_model_instance(data)  # type: ignore[assignment]
        made.officer_id = int(data["_auth_user_id"]) if "_auth_user_id" in data else None
        return made

    def _get_session_from_db(self) -> Any:
        self.row = super()._get_session_from_db()  # type: ignore[misc]
        return self.row


def is_locked(store: Any) -> bool:
    """Whether the session of this store has not been used for 15 min; it opens again with the password."""
    row = store.row if isinstance(store, SessionStore) else None
    return row is not None and clock.now() - row.seen_at > IDLE


def used(store: Any) -> None:
    """Note that a person uses the session, unless it is locked."""
    row = store.row if isinstance(store, SessionStore) else None
    if row is None or is_locked(store) or clock.now() - row.seen_at < NOTED_EVERY:
        return
    row.seen_at = clock.now()
    Session.objects.filter(pk=row.pk).update(seen_at=row.seen_at)


def unlock(store: Any) -> None:
    """The person is back."""
    if isinstance(store, SessionStore) and store.row is not None:
        store.row.seen_at = clock.now()
        Session.objects.filter(pk=store.row.pk).update(seen_at=store.row.seen_at)


def lock(store: Any) -> None:
    """Lock the session now."""
    if isinstance(store, SessionStore) and store.row is not None:
        store.row.seen_at = clock.now() - IDLE - NOTED_EVERY
        Session.objects.filter(pk=store.row.pk).update(seen_at=store.row.seen_at)


def began(request: HttpRequest) -> None:
    """Note, right after signing in, from where the session is used."""
    request.session.save()
    agent = request.headers.get("User-Agent", "")[:200].replace("\0", "")
    now = clock.now()
    columns = {"address": client_ip(request)[:45], "agent": agent, "began_at": now, "seen_at": now}
    Session.objects.filter(pk=request.session.session_key).update(**columns)


def of(officer: Officer) -> QuerySet[Session]:
    """The officer's sessions that still hold, the one used last first."""
    return Session.objects.filter(officer=officer, expire_date__gt=clock.now()).order_by("-seen_at")
