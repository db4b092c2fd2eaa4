"""Ingest's own way to the database: psycopg without Django between, to the same place with the same account."""

from typing import Any

import psycopg
from django.db import connection

CONNECT_S = 3


async def connect(autocommit: bool = False) -> psycopg.AsyncConnection[Any]:
    """A new connection. Raises psycopg.OperationalError when the database is down."""
    place = connection.settings_dict
    return await psycopg.AsyncConnection.connect(
        host=place["HOST"], user=place["USER"], password=place["PASSWORD"], dbname=place["NAME"],
        autocommit=autocommit, connect_timeout=CONNECT_S, options="-c timezone=UTC",
    )  # fmt: skip
