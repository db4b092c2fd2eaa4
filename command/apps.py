from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "command"
    label = "command"

    def ready(self) -> None:
        from command import alarms, live, stations

        live.pin(stations.TOPIC, alarms.TOPIC)
