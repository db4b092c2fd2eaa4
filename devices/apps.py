from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"
    verbose_name = _("Devices")

    def ready(self) -> None:
        from command import alarms, audit, erasures, first_run, health, lists, navigation
        from command import live as floor
        from command.permissions import Capability
        from devices import admin, camera_live, devices, kept, live, recordings_folder, retention, unrecorded, why  # noqa: F401 - admin registers, jobs name themselves
        from devices.first_run import PHONES
        from devices.models import Camera, Device, Playback, Slew, TalkLook, Watch
        from devices.pictures import live as pictures
        from devices.voice import turns

        for fact, looks in {"watch": Watch, "playback": Playback, "slew": Slew, "look": TalkLook}.items():
            audit.pin_words(fact, why.words_of(looks))
        floor.pin_stream(live.STREAM)
        navigation.pin(
            navigation.Entry(
                "devices", _("Devices"), (Capability.MANAGE_DEVICES,),
                about=_("Phones, trackers and gateways; each gets its key as a code to scan."),
                count=lists.counting(Device.objects.filter(revoked_at=None), Capability.MANAGE_DEVICES),
            ),
        )  # fmt: skip
        navigation.pin(
            navigation.Entry(
                "cameras", _("Cameras"), (Capability.MANAGE_CAMERAS,),
                about=_("Where each stands and what it can see, on the map and as a table."),
                count=lists.counting(Camera.objects.filter(retired_at=None), Capability.MANAGE_CAMERAS),
            ),
        )  # fmt: skip
        navigation.pin(navigation.Entry("playbacks", _("Recordings"), (Capability.PLAY_RECORDINGS,), "work"))
        floor.pin(camera_live.TOPIC, pictures.TOPIC)
        first_run.pin(PHONES)
        health.pin("recordings", recordings_folder.words)
        erasures.pin(turns.ERASABLE)
        alarms.pin_names("device", devices.names)
        alarms.pin_names(unrecorded.SUBJECT, unrecorded.names)
