"""Verbs of sending: whose phone shows the scene, so that rooms know that there is a picture."""

from command import audit, changes, clock, live
from command.models import Officer
from command.permissions import Capability, require
from devices.models import PictureSource


def begin(officer: Officer) -> PictureSource:
    """Somebody's phone begins to send pictures. Raises Forbidden."""
    require(officer, Capability.OWN_ORDERS, officer.station_id)
    with changes.change():
        source = source_of(officer)
        source.station, source.sending_since = officer.station, clock.now()
        source.save(update_fields=["station", "sending_since"])
        audit.record(officer, "send_pictures", "picture_source", source.pk, source.station_id)
        live.publish(source.station_id, "picture", source.pk)
    return source


def source_of(officer: Officer) -> PictureSource:
    """The source that somebody's phone is, its row locked; made where it has never shown anything."""
    found = PictureSource.objects.select_for_update(no_key=True).filter(officer=officer).first()
    return found or PictureSource.objects.get_or_create(officer=officer, defaults={"station": officer.station})[0]


def end(source_id: int) -> None:
    """It sends no more; a second time changes nothing."""
    with changes.change():
        for source in PictureSource.objects.filter(pk=source_id).exclude(sending_since=None):
            _stop(source)


def end_all() -> int:
    """No phone sends any more: the process that took their pictures has ended. Returns how many did."""
    with changes.change():
        sending = list(PictureSource.objects.exclude(sending_since=None).exclude(officer=None).order_by("pk"))
        for source in sending:
            _stop(source)
        return len(sending)


def _stop(source: PictureSource) -> None:
    source.sending_since = None
    source.save(update_fields=["sending_since"])
    live.publish(source.station_id, "picture", source.pk)
