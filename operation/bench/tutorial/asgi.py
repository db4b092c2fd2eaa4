"""Daphne's entry, as the tutorial of Channels has it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "operation.bench.tutorial.settings")
pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from operation.bench.tutorial.consumers import PictureConsumer, WallConsumer  # noqa: E402

sockets = URLRouter([path("live/", WallConsumer.as_asgi()), path("pictures/", PictureConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
