"""Maps as a whole: taking one away."""

from django.utils.translation import gettext as _

from command import changes, topmost
from command.errors import NotThere
from command.models import Officer
from command.permissions import Capability, Principal
from command.places import extracts, importer, tiles
from command.places.models import Map

MAP = Capability.MANAGE_MAP


def remove_map(actor: Principal, name: str) -> None:
    """Take a map away with its streets, places and tiles. Raises Forbidden, NotThere."""
    topmost.require(actor, MAP)
    with changes.change():
        base_map = Map.objects.select_for_update().filter(name=name).first()
        if base_map is None:
            raise NotThere("not_there", _("There is no such map."))
        importer.enter(actor if isinstance(actor, Officer) else None, "remove_map", base_map, version=base_map.version)
        importer.clear(base_map)
        base_map.delete()
    extracts.forget(name)
    tiles.forget(name)
