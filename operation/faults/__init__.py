"""Faults made on purpose on a real station of its own, each a module with `run(stage) -> dict`."""
