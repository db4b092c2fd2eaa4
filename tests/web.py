"""The web process as tests run it: with static files, which nginx serves otherwise, and the sockets of pictures."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.urls import path

from command.asgi import application as station
from command.sockets import SameOrigin, SignedIn
from devices.pictures.sockets import Sender, Watcher
from devices.voice.sockets import Talker

sockets = URLRouter(
    [
        path("pictures/", Watcher.as_asgi()),
        path("pictures/send/", Sender.as_asgi()),
        path("pictures/talk/", Talker.as_asgi()),
    ]
)
pictures = ProtocolTypeRouter({"websocket": SameOrigin(SignedIn(sockets), settings.ALLOWED_HOSTS)})
static = ASGIStaticFilesHandler(get_asgi_application())


async def application(scope, receive, send):
    is_static = scope["type"] == "http" and scope["path"].startswith("/static/")
    is_picture = scope["type"] == "websocket" and scope["path"].startswith("/pictures/")
    await (static if is_static else pictures if is_picture else station)(scope, receive, send)
