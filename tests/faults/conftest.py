import pytest

from tests.conftest import running_stage

stage = pytest.fixture(running_stage, scope="package", name="stage")
