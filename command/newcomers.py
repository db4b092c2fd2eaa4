"""Adding a person with a first password, which is shown once and must be changed at the first sign-in."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from command import changes, people
from command.models import Officer, Station, new_secret
from command.permissions import Principal

FIRST_ITERATIONS = 1_000  # 96 random bits can't be guessed; the first sign-in hashes anew, as slowly as all passwords


def add_newcomer(
    actor: Principal, username: str, role: str, station: Station, **fields: str
) -> tuple[Officer, str]:  # fmt: skip
    """Add a person with one role and return them with their first password. `fields`: name, badge, rank.

    Raises what `people.add_officer` does.
    """
    password = new_secret()[:16]
    with changes.change():
        officer = people.add_officer(actor, username, role, station, None, **fields)
        hasher = PBKDF2PasswordHasher()
        officer.password = hasher.encode(password, hasher.salt(), iterations=FIRST_ITERATIONS)
        officer.must_change_password = True
        officer.save(update_fields=["password", "must_change_password"])
    return officer, password
