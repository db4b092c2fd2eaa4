from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"

    def ready(self) -> None:
        from command import live as floor
        from devices import colleagues
        from dispatch import duty, live

        floor.pin(*live.TOPICS)
        colleagues.pin(duty.on_duty_with)
