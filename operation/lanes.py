"""A pytest plugin: gives each test process of `./station test` its own Redis and home, before Django reads its settings.

Redis' channels are one for all its databases, so two test processes on one Redis would hear each other.
"""

import os


def take_lane() -> None:
    """Put this process's lane, if it has one, into the environment."""
    lane = os.environ.get(f"STATION_LANE_{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    if lane:
        os.environ["STATION_HOME"], _, os.environ["REDIS_SOCKET"] = lane.partition("|")


take_lane()
