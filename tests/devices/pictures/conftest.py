"""What tests of pictures share: an open call."""

import pytest

from dispatch import incidents
from dispatch.models import Incident
from tests.conftest import PLACE, Cast


@pytest.fixture
def call(transactional_cast: Cast) -> Incident:
    cast = transactional_cast
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
