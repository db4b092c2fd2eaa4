"""The web process as tests run it: with static files, which nginx serves otherwise, and the sockets of pictures."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from command.asgi import application as station
from devices.pictures.asgi import application as pictures

static = ASGIStaticFilesHandler(get_asgi_application())


async def application(scope, receive, send):
    is_static = scope["type"] == "http" and scope["path"].startswith("/static/")
    is_picture = scope["type"] == "websocket" and scope["path"].startswith("/pictures/")
    await (static if is_static else pictures if is_picture else station)(scope, receive, send)
