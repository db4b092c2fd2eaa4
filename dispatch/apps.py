from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"

    def ready(self) -> None:
        from command import live as floor
        from dispatch import live

        floor.pin(*live.TOPICS)
