"""What can go wrong, with a code that a client can switch on. Doors turn these into `{"code", "message", "fields"?}`."""

from typing import Any


class Problem(Exception):
    """A refusal. `facts` are more keys of the answer (a winner's name, a limit)."""

    status = 400

    def __init__(
        self, code: str, message: str, *, fields: dict[str, str] | None = None, status: int | None = None, **facts: Any
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.fields, self.facts = code, message, fields, facts
        if status:
            self.status = status

    def as_json(self) -> dict[str, Any]:
        answer = {"code": self.code, "message": self.message, **self.facts}
        return {**answer, "fields": self.fields} if self.fields else answer


class Invalid(Problem):
    """Input that can't be taken as it is; `fields` says which and why."""


class NotSignedIn(Problem):
    status = 401


class Forbidden(Problem):
    status = 403


class NotThere(Problem):
    """Not there or not yours: the same answer to both."""

    status = 404


class Conflict(Problem):
    status = 409
