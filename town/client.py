"""A small HTTP client: one request, one connection, JSON in and out. The town's phones and callers need no more."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

LIMIT_S = 15.0


class Client:
    """Requests to one station."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Send a request and return status and body; 0 and b"" when nobody answers."""
        lines = {"Host": f"{self.host}:{self.port}", "Connection": "close", "Content-Length": str(len(body)), **headers}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._exchange(head.encode() + b"\r\n" + body)
        except (OSError, TimeoutError, ValueError, IndexError, asyncio.IncompleteReadError):
            return 0, b""

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(request)
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in head.lower():
            body = _unchunked(body)
        return int(head.split()[1]), body

    async def api(self, token: str, method: str, path: str, said: Any = None, **headers: str) -> tuple[int, Any]:
        """A request to `/api/v1/` with a bearer token; returns status and the JSON answered (None when there is none)."""
        body = b"" if said is None else json.dumps(said).encode()
        all_headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        status, answer = await self.send(method, f"/api/v1/{path}", body, **all_headers)
        try:
            return status, json.loads(answer)
        except ValueError:
            return status, None


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole
