"""Django's admin, read only: lists of what a station is set up with, for who manages stations.

It shows no incident, no caller, no position, no picture and no entry of the audit. People edit on our own pages.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from command import principals
from command.models import Grant, Officer, Station
from command.permissions import Capability
from command.role_words import ROLE_WORDS
from command.routes import View, of_station

STATIONS = Capability.MANAGE_STATIONS


class ReadOnlySite(admin.AdminSite):
    """An index and a list for each model; no other address exists, and each declares whom it is for."""

    site_header, site_title, index_title = _("Raw tables"), _("Raw tables"), _("Raw tables, read only")
    site_url = None
    enable_nav_sidebar = False
    index_template = "command/django_index.html"
    app_index_template = "command/django_index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        principal = principals.of(request)
        return principal is not None and principal.rights().anywhere(STATIONS)

    def get_urls(self) -> list[Any]:
        found = [path("", _shown(self.index), name="index")]
        for label in sorted({model._meta.app_label for model in self._registry}):
            found.append(path(f"{label}/", _shown(self.app_index), {"app_label": label}, name="app_list"))
        for model, shown in self._registry.items():
            label, name = model._meta.app_label, model._meta.model_name
            found.append(path(f"{label}/{name}/", _shown(shown.changelist_view), name=f"{label}_{name}_changelist"))
        return found


def _shown(view: View) -> View:
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return of_station(require_safe(never_cache(page)), GET=STATIONS)


site = ReadOnlySite()


def column(words: Any, source: str | Callable[[Any], Any], *, is_flag: bool = False) -> Callable[[Any], Any]:
    """A column of a list: its heading, and the field (`station.code` follows a relation) or function that fills it."""

    def value(row: Any) -> Any:
        if callable(source):
            return source(row)
        for name in source.split("."):
            row = getattr(row, name, None)
        return row

    name = source if isinstance(source, str) else str(id(source))
    value.__name__ = name.replace(".", "_")
    value.short_description = words  # type: ignore[attr-defined]
    value.boolean = is_flag  # type: ignore[attr-defined]
    if isinstance(source, str):
        value.admin_order_field = source.replace(".", "__")  # type: ignore[attr-defined]
    return value


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list without links, actions or forms, narrowed to the stations that one manages."""

    station_path: ClassVar[str] = "station"  # to the station's id; "" where rows belong to no station
    names: ClassVar[tuple[Any, Any]]  # one, many
    actions = None
    list_display_links = None
    list_per_page = 100
    show_full_result_count = False
    change_list_template = "command/django_list.html"

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        # The admin takes its words from here, and nowhere else are they needed: so no migration says them
        model._meta.verbose_name, model._meta.verbose_name_plural = self.names

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_queryset(request)
        if not self.station_path:
            return rows
        principal = principals.of(request)
        mine = principal.rights().stations(STATIONS) if principal else frozenset()
        return rows.filter(**{f"{self.station_path}__in": mine})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.names[1], **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Station, site=site)
class StationAdmin(ReadOnlyAdmin):
    station_path = "pk"
    names = (_("station"), _("Stations"))
    list_select_related = ("parent",)
    list_display = (
        column(_("Number"), "pk"), column(_("Code"), "code"), column(pgettext_lazy("thing", "Name"), "name"),
        column(_("Belongs to"), "parent.code"), column(_("Time zone"), "zone"),
    )  # fmt: skip
    search_fields = ("code", "name")


@admin.register(Officer, site=site)
class OfficerAdmin(ReadOnlyAdmin):
    names = (_("person"), _("People"))
    list_select_related = ("station",)
    list_display = (
        column(_("Number"), "pk"), column(_("Name to sign in with"), "username"), column(pgettext_lazy("person", "Name"), "name"),
        column(_("Badge number"), "badge"), column(_("Rank"), "rank"), column(_("Station"), "station.code"),
        column(_("Active"), "is_active", is_flag=True), column(_("Last sign-in"), "last_login"),
    )  # fmt: skip
    search_fields = ("username", "name", "badge")


@admin.register(Grant, site=site)
class GrantAdmin(ReadOnlyAdmin):
    names = (_("role given"), _("Roles given"))
    list_select_related = ("officer", "station")
    list_display = (
        column(_("Number"), "pk"), column(_("Name to sign in with"), "officer.username"),
        column(_("Role"), lambda row: ROLE_WORDS[row.role]), column(_("Station"), "station.code"),
    )  # fmt: skip
    search_fields = ("officer__username", "role")
