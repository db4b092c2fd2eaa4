"""The pages of units and vehicles."""

import functools
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists
from command.errors import NotThere
from command.models import Officer, Station
from command.pages import Page
from command.permissions import Capability, Principal
from devices.models import Device
from dispatch import fleet
from dispatch.duty import carriers_of
from dispatch.fleet_words import STATUS_WORDS, UNIT_KIND_WORDS, VEHICLE_KIND_WORDS
from dispatch.models import Unit, Vehicle

SEARCHED = ("call_sign", "vehicle__plate", "devices__name", "station__code")


def units_of(actor: Principal) -> QuerySet[Unit]:
    """The units one sets up, with what a list shows of them."""
    devices = Prefetch("devices", Device.objects.only("pk", "name").order_by("name"))
    crew = Prefetch("usual_crew", Officer.objects.only("pk", "name", "username").order_by("badge", "name"))
    found: QuerySet[Unit] = Unit.managed.visible_to(actor).select_related("station", "vehicle")
    return found.prefetch_related(devices, crew).order_by("station__code", "call_sign", "pk")


def unit_of(actor: Principal, unit_id: int) -> Unit:
    """The unit, if one sets it up and it is in service. Raises NotThere."""
    found = units_of(actor).filter(pk=unit_id, retired_at=None).first()
    if found is None:
        raise NotThere("not_there", _("There is no such unit."))
    return found


def vehicle_of(actor: Principal, vehicle_id: int) -> Vehicle:
    """The vehicle, if one looks after it. Raises NotThere."""
    found: Vehicle | None = Vehicle.objects.visible_to(actor).select_related("station").filter(pk=vehicle_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such vehicle."))
    return found


class Units(Page):
    """Units and vehicles."""

    template = "dispatch/units.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q, state = lists.words_of(request), request.GET.get("state", "")
        rows = units_of(self.principal).filter(retired_at__isnull=state != "retired")
        rows = rows.filter(lists.matching(SEARCHED, q)).distinct() if q else rows
        vehicles = Vehicle.objects.visible_to(self.principal).select_related("station").prefetch_related("unit_set")
        query = urlencode({name: value for name, value in (("q", q), ("state", state)) if value})
        return self.show(
            rows=lists.slice_of(request, rows), q=q, state=state, query=query,
            states=[("", _("in service")), ("retired", _("retired"))], vehicles=vehicles.order_by("station", "plate"),
            kinds=UNIT_KIND_WORDS, vehicle_kinds=VEHICLE_KIND_WORDS, statuses=STATUS_WORDS,
        )  # fmt: skip


class DeviceChoices(forms.ModelMultipleChoiceField):
    """Devices, by name and station, and which unit has each now."""

    def label_from_instance(self, obj: Device) -> str:
        held = self.carried.get(obj.pk)
        return " · ".join(part for part in (obj.name, obj.station.code, f"→ {held}" if held else "") if part)

    @functools.cached_property
    def carried(self) -> dict[int, str]:
        """Call signs by device."""
        return carriers_of([one.pk for one in self.queryset or ()])


class CrewChoices(forms.ModelMultipleChoiceField):
    """People, by badge and name."""

    def label_from_instance(self, obj: Officer) -> str:
        return " · ".join(part for part in (obj.badge, obj.label, obj.station.code) if part)


class VehicleChoice(forms.ModelChoiceField):
    """A vehicle, by plate and station."""

    def label_from_instance(self, obj: Vehicle) -> str:
        return f"{obj.plate} · {obj.station.code}"


class UnitForm(lists.ActorForm):
    """How a unit is set up. The crew is offered only to those who manage people."""

    capability = fleet.DEVICES
    call_sign = forms.CharField(label=gettext_lazy("Call sign"), max_length=20)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(UNIT_KIND_WORDS.items()))
    station = lists.StationChoice(
        label=gettext_lazy("Home station"), help_text=gettext_lazy("It stays: what a unit did belongs to its station.")
    )
    vehicle = VehicleChoice(
        Vehicle.objects.none(), label=gettext_lazy("Vehicle"), required=False, empty_label=gettext_lazy("none")
    )
    devices = DeviceChoices(
        Device.objects.none(),
        label=gettext_lazy("Devices it carries"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Its place on the map is that of the device heard last."),
    )
    usual_crew = CrewChoices(
        Officer.objects.none(),
        label=gettext_lazy("Usual crew"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They book on with it where nobody else is named."),
    )

    def __init__(self, *args: Any, at: Station | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rights = self.actor.rights()
        stations = {at.pk} if at else set(rights.stations(fleet.DEVICES))
        self._offer("vehicle", Vehicle.objects.filter(station__in=stations).order_by("station__code", "plate"))
        in_use = Device.objects.filter(
            station__in=stations, revoked_at=None, approved_at__isnull=False, kind__in=("phone", "tracker")
        )
        self._offer("devices", in_use.order_by("station__code", "name"))
        whose = stations & rights.stations(Capability.MANAGE_PEOPLE)
        self._offer("usual_crew", Officer.objects.filter(station__in=whose, is_active=True).order_by("badge", "name"))
        if not whose:
            del self.fields["usual_crew"]
        if at:
            del self.fields["station"]

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # nosec B101 # it narrows a type
        field.queryset = rows.select_related("station")


class AddUnit(lists.ActorFormPage):
    """A new unit, off duty."""

    form_class = UnitForm
    onward = "units"

    def heading(self) -> tuple[str, str, str]:
        return _("Add a unit"), _("Add"), reverse("units")

    def act(self, said: dict[str, Any]) -> str:
        unit = fleet.add_unit(self.principal, **said)
        return _("%(unit)s is added; it is off duty until somebody books on.") % {"unit": unit.call_sign}


class ChangeUnit(lists.ActorFormPage):
    """How a unit is set up."""

    form_class = UnitForm
    template = "dispatch/unit.html"
    onward = "units"

    def unit(self) -> Unit:
        return unit_of(self.principal, self.kwargs["unit_id"])

    def form(self, **kwargs: Any) -> lists.ActorForm:
        return UnitForm(initial=self.initial(), actor=self.principal, at=self.unit().station, **kwargs)

    def heading(self) -> tuple[str, str, str]:
        return _("Unit %(unit)s") % {"unit": self.unit().call_sign}, _("Save"), reverse("units")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(unit=self.unit(), **more)

    def initial(self) -> dict[str, Any]:
        unit = self.unit()
        carried, crew = [one.pk for one in unit.devices.all()], [one.pk for one in unit.usual_crew.all()]
        return {
            "call_sign": unit.call_sign, "kind": unit.kind, "vehicle": unit.vehicle_id, "devices": carried,
            "usual_crew": crew,
        }  # fmt: skip

    def act(self, said: dict[str, Any]) -> str:
        fleet.change_unit(self.principal, self.kwargs["unit_id"], **said)
        return _("Saved.")


class RetireUnit(lists.AskPage):
    """Take a unit out of service."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        unit = unit_of(self.principal, kwargs["unit_id"])
        said = [
            _("It leaves all lists; its devices and its vehicle are free for others. What it did stays."),
            _("Its call sign may be given to another unit."),
        ]
        return _("Retire %(unit)s?") % {"unit": unit.call_sign}, said, _("Retire")

    def act(self, **kwargs: Any) -> str:
        return _("%(unit)s is retired.") % {"unit": fleet.retire_unit(self.principal, kwargs["unit_id"]).call_sign}

    def onward(self, **kwargs: Any) -> str:
        return reverse("units")


class VehicleForm(lists.ActorForm):
    """What is known of a vehicle."""

    capability = fleet.DEVICES
    plate = forms.CharField(label=gettext_lazy("Plate"), max_length=fleet.PLATE_LIMIT)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(VEHICLE_KIND_WORDS.items()))
    seats = forms.IntegerField(
        label=gettext_lazy("Seats"), required=False, min_value=1, max_value=fleet.SEATS_LIMIT
    )  # fmt: skip
    equipment = forms.CharField(
        label=gettext_lazy("Equipment, in words"),
        max_length=fleet.EQUIPMENT_LIMIT,
        required=False,
        help_text=gettext_lazy("For example: shields 2, first-aid kit, breathalyser."),
    )


class NewVehicleForm(VehicleForm):
    """A vehicle of a station."""

    station = lists.StationChoice(label=gettext_lazy("Station"))
    field_order = ("plate", "station", "kind", "seats", "equipment")


class AddVehicle(lists.ActorFormPage):
    """A new vehicle."""

    form_class = NewVehicleForm
    onward = "units"

    def heading(self) -> tuple[str, str, str]:
        return _("Add a vehicle"), _("Add"), reverse("units")

    def act(self, said: dict[str, Any]) -> str:
        vehicle = fleet.add_vehicle(self.principal, **said)
        return _("%(name)s is added; give it to a unit on the unit's page.") % {"name": vehicle.plate}


class ChangeVehicle(lists.ActorFormPage):
    """What is known of a vehicle."""

    form_class = VehicleForm
    template = "dispatch/vehicle.html"
    onward = "units"

    def heading(self) -> tuple[str, str, str]:
        return _("Vehicle %(name)s") % {"name": self.vehicle().plate}, _("Save"), reverse("units")

    def vehicle(self) -> Vehicle:
        return vehicle_of(self.principal, self.kwargs["vehicle"])

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(vehicle=self.vehicle(), **more)

    def initial(self) -> dict[str, Any]:
        one = self.vehicle()
        return {"plate": one.plate, "kind": one.kind, "seats": one.seats, "equipment": one.equipment}

    def act(self, said: dict[str, Any]) -> str:
        fleet.change_vehicle(self.principal, self.kwargs["vehicle"], **said)
        return _("Saved.")


class RemoveVehicle(lists.AskPage):
    """Take a vehicle off the books."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [_("A unit that has it goes without one. What was done with it stays written.")]
        return _("Remove %(name)s?") % {"name": vehicle_of(self.principal, kwargs["vehicle"]).plate}, said, _("Remove")

    def act(self, **kwargs: Any) -> str:
        fleet.remove_vehicle(self.principal, kwargs["vehicle"])
        return _("Removed.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("units")
