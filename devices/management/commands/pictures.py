"""The process `pictures`: the sockets of pictures on a Unix socket, the cameras that are pulled, and what is recorded."""

from typing import Any

from daphne.server import Server
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Runs until it is told to end."""

    help = "Run the process that passes pictures on. The supervisor does; nobody else needs to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("socket", help="the Unix socket on which nginx asks")

    def handle(self, *, socket: str, **_: Any) -> None:
        from devices.pictures.asgi import application  # its first act is to end what a process before it left open
        from devices.pictures.sockets import start

        Server(application, endpoints=[f"unix:{socket}"], verbosity=0, ready_callable=start).run()
