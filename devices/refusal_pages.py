"""The pages of what was refused."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from command import audit, lists
from command.errors import NotThere
from command.pages import Page
from devices import pages, refusals
from devices.device_words import CODE_WORDS


class Refusals(Page):
    """What was refused, by device and reason."""

    template = "devices/quarantine.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        code = request.GET.get("code", "")
        device = _number(request.GET.get("device", ""))
        mine = pages.managed_by(self.principal)
        rows = refusals.gathered(refusals.of(self.principal, device, code if code in CODE_WORDS else ""))
        chosen = mine.filter(pk=device) if device is not None else mine.none()
        known = {row.device for row in rows if row.device} | set(chosen)
        return self.show(
            rows=rows,
            code=code,
            device=device,
            codes=CODE_WORDS.items(),
            devices=sorted(known, key=lambda one: one.name),
            days=refusals.SHOWN_DAYS,
        )


class RefusalsOfDevice(Page):
    """The newest that were refused of one device for one reason, as they came; who looks is entered into the audit."""

    template = "devices/quarantine_device.html"

    def get(self, request: HttpRequest, device: int, code: str) -> HttpResponse:
        found = pages.one_of(self.principal, device)
        if code not in CODE_WORDS:
            raise NotThere("not_there", _("There is no such reason."))
        audit.look_up(self.principal, "look_at_quarantine", "device", found.pk, found.station_id, code=code)
        rows = refusals.of(self.principal, device, code).order_by("-received", "-pk")
        slice_ = lists.slice_of(request, rows)
        shown = pages.shown([found])[0]
        return self.show(rows=slice_, one=shown, device=found, code=code, words=CODE_WORDS[code], query="")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
