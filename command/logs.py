"""Logs: one JSON object a line on stderr, which ./station keeps in files of bounded size. They hold no secret and nobody's name.

Our own words are written by us and hold ids and codes. What libraries say is kept as the words of their authors; the values
that they would put into them are left out, unless they are numbers, since nobody knows what stands in them: a row's telephone
number, an address with a key. Of an error stay its type, its code and where it happened, never its text. What looks like a key,
a token, a cookie, a query or a telephone number is struck out of whatever is left.
"""

import datetime as dt
import logging
import os
import re
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import structlog

OURS = ("command", "devices", "dispatch")
PROCESS = os.environ.get("SUPERVISOR_PROCESS_NAME", "manage")
FRAMES = 12  # the innermost of each error
LINE_LIMIT = 2_000  # characters of words
STRUCK = "…"
_PROJECT = f"{Path(__file__).resolve().parent.parent}/"
_PACKAGES = f"{sysconfig.get_paths()['purelib']}/"
_HOLE = re.compile(r"%(?:\((\w+)\))?[#0\- +]*[\d*]*(?:\.[\d*]+)?([a-zA-Z%])|\{[^{}]*\}")

_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), rf"\1 {STRUCK}"),
    (re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*"), f"?{STRUCK}"),
    (
        re.compile(
            r"(?i)\b((?:authori[sz]ation|cookie|password|passwd|token|secret|session(?:id|_key)?|csrf\w*|api_?key|key|pin|code"
            r"|deviceid|caller_\w+|phone|username|name)\b[\"']?\s*[=:]\s*)[\"']?[^\s\"',;&)}]+"
        ),
        rf"\1{STRUCK}",
    ),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9_-]{20,}"), STRUCK),  # keys, tokens, hashes
    (re.compile(r"\+?\b\d{7,}\b|\b\d{3,4}[- ]\d{3,4}[- ]?\d{4}\b"), STRUCK),  # telephones
)


def formatter() -> logging.Formatter:
    """What settings.LOGGING names: writes any logger's record as one line of JSON."""
    return structlog.stdlib.ProcessorFormatter(
        use_get_message=False,
        pass_foreign_args=True,
        foreign_pre_chain=[_said],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_dumped),
        ],
    )


def scrubbed(words: str) -> str:
    """A text without what looks like a secret or a telephone number."""
    for pattern, instead in _SECRETS:
        words = pattern.sub(instead, words)
    return words if len(words) <= LINE_LIMIT else words[:LINE_LIMIT] + STRUCK


def catch_what_ends_the_process() -> None:
    """Let what would be printed as a traceback, and end the process or a thread, be logged like everything else."""

    def ended(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, at)
        else:
            logging.getLogger("command").critical("the process ends", exc_info=(kind, error, at))

    def thread_ended(said: threading.ExceptHookArgs) -> None:
        if said.exc_value is not None:
            error = (said.exc_type, said.exc_value, said.exc_traceback)
            logging.getLogger("command").error("a thread ends", exc_info=error)

    sys.excepthook, threading.excepthook = ended, thread_ended
    logging.raiseExceptions = False  # it would print the values that did not fit
    logging.captureWarnings(True)


def _dumped(said: Any, **_: Any) -> str:
    return orjson.dumps(said, default=str).decode()


def _said(_logger: Any, _method: str, event: Any) -> Any:
    """The processor: everything that a line holds, made of the record alone."""
    record: logging.LogRecord = event["_record"]
    values, request = event["positional_args"], _request(record)
    line = {
        "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "process": PROCESS,
        "logger": record.name,
        "event": ("refused" if (request["status"] or 500) < 500 else "failed")
        if request
        else scrubbed(_words(record, values)),
        **request,
        **_error(record, values),
    }
    return {**line, "_record": record, "_from_structlog": False}


def _words(record: logging.LogRecord, values: Any) -> str:
    """Our own words whole; a library's without the values, numbers excepted."""
    said = str(record.msg)
    if not values:
        return said
    if record.name.partition(".")[0] in OURS:
        try:
            return said % values
        except (TypeError, ValueError, KeyError):
            return said
    left: Iterator[Any] = iter(values if isinstance(values, tuple) else ())

    def value(hole: re.Match[str]) -> str:
        if hole[2] == "%":
            return "%"
        one = values.get(hole[1] or "") if isinstance(values, dict) else next(left, None)
        return str(one) if isinstance(one, int | float) else STRUCK

    return _HOLE.sub(value, said)


def _request(record: logging.LogRecord) -> dict[str, Any]:
    """Of the request that a line is about: its method, its route's template and the status."""
    request = getattr(record, "request", None)
    if request is None or not hasattr(request, "method"):
        return {}
    match = getattr(request, "resolver_match", None)
    status = getattr(record, "status_code", None)
    return {"method": request.method, "route": f"/{match.route}" if match else "unmatched", "status": status}


def _error(record: logging.LogRecord, values: Any) -> dict[str, Any]:
    """Type, code and place of the error that a line is about, and of those that led to it, newest first."""
    error = record.exc_info[1] if record.exc_info else None
    others = values.values() if isinstance(values, dict) else values or ()
    error = error or next((one for one in others if isinstance(one, BaseException)), None)
    found, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found.append(_described(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return {"errors": found} if found else {}


def _described(error: BaseException) -> dict[str, Any]:
    code = getattr(error, "sqlstate", None) or getattr(error, "code", None)
    at = [
        f"{frame.filename.removeprefix(_PROJECT).removeprefix(_PACKAGES)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
    ]
    described: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}", "at": at}
    if (isinstance(code, str) and code.isidentifier()) or isinstance(code, int):
        described["code"] = code
    if isinstance(error, OSError) and error.errno is not None:
        described["errno"] = error.errno
    return described
