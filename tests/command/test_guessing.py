"""A crowd of guesses at passwords neither gets in nor keeps everybody else out."""

import http.client
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import PASSWORD, Cast, Web

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16
FORM_TOKEN = "a" * 32


def guess(web: Web, password: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    said = {"username": "commander", "password": password, "csrfmiddlewaretoken": FORM_TOKEN}
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={FORM_TOKEN}"}
    try:
        line.request("POST", "/sign-in/", urllib.parse.urlencode(said), kind)
        return line.getresponse().status
    finally:
        line.close()


def test_a_crowd_of_guesses(web: Web, transactional_cast: Cast) -> None:
    with ThreadPoolExecutor(CROWD) as crowd:
        answers = Counter(crowd.map(lambda number: guess(web, f"wrong {number}"), range(CROWD)))
    assert set(answers) == {401, 429}, "each is answered for what it is; none waits for a database connection in vain"
    assert answers[401] < 8, "the lock holds for guesses made at once, too"
    assert guess(web, PASSWORD) == 429
