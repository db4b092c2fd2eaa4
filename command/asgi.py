"""The web process: pages and API through Django, the live socket through Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from command import long_messages  # noqa: E402
from command.sockets import LiveConsumer, SameOrigin, SignedIn  # noqa: E402

long_messages.install()
sockets = URLRouter([path("live/", LiveConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": pages, "websocket": SameOrigin(SignedIn(sockets), settings.ALLOWED_HOSTS)})
