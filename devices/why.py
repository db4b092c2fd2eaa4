"""Why somebody looked, in their words: kept beside the audit's chain, which holds none, and read by who reads that."""

from collections.abc import Callable

from django.db.models import Model


def words_of(looks: type[Model]) -> Callable[[list[int]], dict[int, str]]:
    """What gives the reasons of such looks by their ids, where there are words."""

    def words(ids: list[int]) -> dict[int, str]:
        found = looks._default_manager.filter(pk__in=ids).exclude(reason="")
        return dict(found.values_list("pk", "reason"))

    return words
