"""Running a station: set-up, services, checks, measurements. Beside the house: imports none of its rooms.

Everything but `bench` and `faults` uses the standard library only, since it runs before any package is installed.
"""
