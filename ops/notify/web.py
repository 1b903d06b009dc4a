"""What `notify` and `github-webhook` share: secrets from the environment, and requests that keep them.

A request follows no redirect (it would carry the secret elsewhere), reads a bounded answer, and its errors never say
the address: a Discord webhook's address is all that one needs to write into the channel.
"""

import http.client
import json
import os
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request

ANSWER_MAX_BYTES = 4 << 20
REQUEST_TIMEOUT_S = 10
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|WEBHOOK|CREDENTIAL|_KEY$")
SECRET_LEAST_CHARS = 8  # shorter values are words that stand in ordinary texts as well
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Refused(Exception):
    """Something is wrong with what was asked, or the other side said no; the text says what, without a secret."""


class Unreachable(Exception):
    """No answer; asking again may help."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def seconds(self, name):
        """A header that holds a number of seconds; None where there is none."""
        return number(self.headers.get(name))


def number(value):
    """A count of seconds as JSON or a header has it, or None."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 1e9 else None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):  # pylint: disable=arguments-differ
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def secret(name, env=None):
    """The value of NAME, or what the file has that NAME_FILE names (a secret of systemd or Docker); else None."""
    env = os.environ if env is None else env
    value, path = env.get(name, "").strip(), env.get(f"{name}_FILE", "")
    if not value and path:
        try:
            with open(path, encoding="utf-8") as file:
                value = file.read().strip()
        except (OSError, UnicodeDecodeError):
            raise Refused(f"{name}_FILE: can't read it") from None
    return value or None


def checked_url(url, name):
    """The address, where it is one that a secret may be sent to: https, or anything on this machine."""
    parts = urllib.parse.urlsplit(url)
    if re.search(r"[^!-~]", url) or not parts.hostname or parts.scheme not in ("http", "https"):
        raise Refused(f"{name} isn't an address: it must begin with https:// and have no blank in it")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Refused(f"{name} must begin with https://: over http:// others could read the secret in it")
    if parts.username is not None:
        raise Refused(f"{name} has a user in it: wanted an address without one")
    return url


def hider(*secrets, env=None):
    """A function that takes secrets out of a text: those, and what the environment calls a secret."""
    env = os.environ if env is None else env
    values = {value for name, value in env.items()
              if SECRET_NAME.search(name) and not name.endswith("_FILE") and len(value) >= SECRET_LEAST_CHARS}
    for value in [*secrets, *values]:
        if value and "/api/webhooks/" in value:
            values.update((value, urllib.parse.urlsplit(value).path.rstrip("/").rsplit("/", 1)[-1]))
        elif value:
            values.add(value)
    longest_first = sorted(filter(None, values), key=len, reverse=True)

    def hide(text):
        for value in longest_first:
            text = text.replace(value, "[hidden]")
        return text

    return hide


def request(method, url, headers, data=None):
    """The answer, whatever its status. Raises Unreachable where there is none."""
    body = None if data is None else json.dumps(data).encode()
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    ask = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with OPENER.open(ask, timeout=REQUEST_TIMEOUT_S) as got:
            return Answer(got.status, got.headers, got.read(ANSWER_MAX_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read(ANSWER_MAX_BYTES))
    except urllib.error.URLError as error:
        reason = error.reason if isinstance(error.reason, str) else type(error.reason).__name__
        raise Unreachable(reason) from None
    except (OSError, http.client.HTTPException) as error:  # it broke off, or spoke no HTTP
        raise Unreachable(type(error).__name__) from None


class Patience:
    """How long to wait for another attempt, and when to stop: waits double, each somewhere in its upper half, so that
    many who were refused at once don't come back at once."""

    def __init__(self, deadline_s, first_s=1.0, most_s=15.0):
        self.end = time.monotonic() + deadline_s
        self.first_s, self.most_s, self.failures = first_s, most_s, 0

    def backoff_s(self):
        self.failures += 1
        wait = min(self.most_s, self.first_s * 2 ** (self.failures - 1))
        return wait * random.uniform(0.5, 1)

    def sleep(self, seconds, why):
        """Waits; raises Refused with the reason where the time isn't there."""
        if time.monotonic() + seconds > self.end:
            raise Refused(f"{why}; another attempt would come after the deadline")
        time.sleep(seconds)
