"""The process `pictures`: its sockets and nothing else."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from command import long_messages  # noqa: E402
from command.sockets import SameOrigin, SignedIn  # noqa: E402
from devices.pictures.sockets import Sender  # noqa: E402
from devices.pictures.watch_sockets import Watcher  # noqa: E402
from devices.voice.sockets import Talker  # noqa: E402

long_messages.install()
sockets = URLRouter(
    [
        path("pictures/", Watcher.as_asgi()),
        path("pictures/send/", Sender.as_asgi()),
        path("pictures/talk/", Talker.as_asgi()),
    ]
)


async def said(scope: Any, receive: Any, send: Any) -> None:
    """For `/health` alone, by the socket; nginx sends nobody here who wants a page."""
    status = 200 if scope["path"] == "/health" else 404
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


application = ProtocolTypeRouter({"http": said, "websocket": SameOrigin(SignedIn(sockets), settings.ALLOWED_HOSTS)})
