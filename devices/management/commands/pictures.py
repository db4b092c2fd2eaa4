"""The process `pictures`: the sockets of pictures on a Unix socket, the cameras that are pulled, and what is recorded."""

from typing import Any

from daphne.server import Server
from django.core.management.base import BaseCommand, CommandParser

from devices.pictures import sending, watching
from devices.pictures.asgi import application
from devices.pictures.process import start
from devices.voice import turns


class Command(BaseCommand):
    """Runs until it is told to end."""

    help = "Run the process that passes pictures on. The supervisor does; nobody else needs to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("socket", help="the Unix socket on which nginx asks")

    def handle(self, *, socket: str, **_: Any) -> None:
        sending.end_all()  # of a process before this one, which could not say so itself
        watching.end_all()
        turns.end_all()
        Server(application, endpoints=[f"unix:{socket}"], verbosity=0, ready_callable=start).run()
