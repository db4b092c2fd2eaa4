"""Sessions in the database, asked only for keys that could be of one: a cookie may hold anything, even what can't be asked."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key if session_key and session_key.isalnum() else None)
