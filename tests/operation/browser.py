"""A browser without a window: cookies, forms, redirects, and what was secret on the way."""

import http.cookiejar
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request


class Browser:
    """One person's browser at a station."""

    def __init__(self, base: str, trust: ssl.SSLContext | None = None) -> None:
        self.base = base
        self.cookies = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(self.cookies)]
        self.opener = urllib.request.build_opener(*handlers, urllib.request.HTTPSHandler(context=trust))

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text, after redirects."""
        return self._open(urllib.request.Request(self.base + path, headers=headers))

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> tuple[int, str]:
        """Send a form with its page's token."""
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": self.cookie("csrftoken")}).encode()
        origin = {"Origin": self.base, "Referer": self.base + path}
        return self._open(urllib.request.Request(self.base + path, body, {**origin, **(headers or {})}))

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        """A request as a script sends it."""
        named = {name.replace("_", "-"): said for name, said in headers.items()}
        return self._open(urllib.request.Request(self.base + path, body or None, named, method=method))

    def cookie(self, name: str) -> str:
        return next((one.value or "" for one in self.cookies if one.name == name), "")

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")


def first(pattern: str, text: str) -> str:
    """The first group of a pattern's first match."""
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in {text[:500]}"
    return found[1]
