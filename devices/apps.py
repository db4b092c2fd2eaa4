from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"

    def ready(self) -> None:
        from command import alarms
        from command import live as floor
        from devices import devices, live

        floor.pin_stream(live.STREAM)
        alarms.pin_names("device", devices.names)
