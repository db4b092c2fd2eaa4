"""From where a request comes."""

from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address nginx saw; behind a Unix socket REMOTE_ADDR is empty."""
    return request.headers.get("X-Real-IP") or request.META.get("REMOTE_ADDR") or "127.0.0.1"
