"""What the OpenAPI description says beyond the views themselves: who may ask, refusals, pages, payloads, repeated POSTs."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import resolve_type_hint

REFUSALS = {
    "400": "Some field can't be taken as it is.",
    "401": "Nobody has signed in, or the token is over.",
    "403": "The right for this is missing.",
    "404": "Not there, or not yours.",
    "405": "No such method here.",
    "409": "Something else was first, or the state forbids it.",
    "413": "The body is too large.",
    "415": "The body is no JSON.",
    "422": "This Idempotency-Key came before with another request.",
    "429": "Too many requests.",
    "503": "The database does not answer, or a look-up could not be recorded; try again.",
}
PROBLEM = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "for programs"},
        "message": {"type": "string", "description": "for people"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["code", "message"],
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A UUID, kept 24 h: the same request with the same key changes nothing more and is answered the same.",
    "schema": {"type": "string", "format": "uuid"},
}


class BearerOrSession(OpenApiAuthenticationExtension):
    """A token in `Authorization: Bearer`, or the session of a browser."""

    target_class = "command.api.StationAuthentication"
    name = ["bearer", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "`./station manage api_token NAME` prints one."},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


def of(payload: Any) -> dict[str, Any]:
    """The schema of a declared payload (a TypedDict, or any type hint)."""
    return dict(resolve_type_hint(payload))


def page_of(payload: Any) -> dict[str, Any]:
    """A page of a list: `next` is the address of the next one, or null."""
    return {
        "type": "object",
        "properties": {
            "next": {"type": "string", "format": "uri", "nullable": True},
            "results": {"type": "array", "items": of(payload)},
        },
        "required": ["next", "results"],
    }


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add to every operation how it may be refused, and to every POST its key. A hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    said = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, words in REFUSALS.items():
                operation["responses"].setdefault(status, {"description": words, "content": said})
            if method == "post" and operation.get("x-repeatable", True):
                operation.setdefault("parameters", []).append(KEY)
    return result
