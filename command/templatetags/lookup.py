"""Template filters of the floor."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def of(table: dict[str, Any], key: str) -> Any:
    """What a table says under a key that is itself a variable; the key where it says nothing."""
    return table.get(key, key)
