from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"

    def ready(self) -> None:
        from command import live as floor
        from devices import live

        floor.pin_stream(live.STREAM)
