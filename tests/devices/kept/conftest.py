"""What tests of kept films share: an officer's phone."""

import pytest
from django.test import Client

from tests.conftest import Cast
from tests.devices.kept.phones import Phone


@pytest.fixture
def phone(cast: Cast, client: Client) -> Phone:
    return Phone(client, cast.token("officer"))
