"""`init_station`: the empty station's first start."""

from typing import Any

from django.conf import settings

from command import claims
from command.management.verb import VerbCommand
from command.models import Station


class Command(VerbCommand):
    help = "Make the root station S1 where there is none, and print the link that claims it until somebody has."

    def run(self, **options: Any) -> str:
        if not Station.objects.exists():
            Station.objects.create(code="S1", name="S1", zone="Asia/Shanghai")
        token = claims.offer()
        if token is None:
            return "The station is claimed; sign in as its administrator."
        return f"Claim this station: {'https' if settings.LAN else 'http'}://127.0.0.1:{settings.PORT}/claim/?token={token}"
