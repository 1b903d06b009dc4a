"""One burst of load by wrk, and single requests."""
import base64
import http.client
import os
import re
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from . import build, processes

THREADS = 2
AUTHORIZATION = "Basic " + base64.b64encode(b"simulator:super_safe!").decode()
ERRORS = ("connect", "read", "write", "status", "timeout")


@dataclass
class Target:
    """What is asked for, and how."""
    url: str
    path: str
    cookies: str = ""  # a file
    paths: str = ""  # a file; each goes behind `prefix`
    prefix: str = "/"
    authorize: bool = False
    close: bool = False
    post: bool = False
    connections: int = 32
    pid: int = 0  # of the server, to see what processor time it takes

    def environment(self):
        values = {"LOAD_COOKIES": self.cookies, "LOAD_PATHS": self.paths,
                  "LOAD_PREFIX": self.prefix if self.paths else "",
                  "LOAD_AUTHORIZATION": AUTHORIZATION if self.authorize else "",
                  "LOAD_CLOSE": "1" if self.close else "", "LOAD_POST": "1" if self.post else ""}
        return {**os.environ, **{k: v for k, v in values.items() if v}}


@dataclass
class Burst:
    rate: float
    latency_us: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    requests: int = 0
    processor_us: float = 0  # of the server, for each request


def burst(target, seconds):
    command = ["wrk", "-t", str(THREADS), "-c", str(target.connections), "-d", f"{seconds}s",
               "--timeout", "5s", "-s", str(build.ROOT / "bench/load.lua"),
               target.url + target.path]
    before_s = processes.processor_s(target.pid) if target.pid else 0
    run = subprocess.run(command, env=target.environment(), capture_output=True, text=True,
                         check=False, timeout=seconds * 3 + 60)
    result = re.search(r"^RESULT (.*)$", run.stdout, re.MULTILINE)
    if not result:
        raise RuntimeError(f"wrk failed: {run.stdout} {run.stderr}")
    values = {k: int(v) for k, v in (item.split("=") for item in result[1].split())}
    spent_s = processes.processor_s(target.pid) - before_s if target.pid else 0
    return Burst(processor_us=spent_s * 1e6 / max(values["requests"], 1),
                 rate=values["requests"] * 1e6 / values["duration_us"],
                 latency_us={k[:-3]: v for k, v in values.items()
                             if k.endswith("_us") and k != "duration_us"},
                 errors={k: values[k] for k in ERRORS if values[k]},
                 requests=values["requests"])


def fetch(url, path, cookie=None, authorize=False):
    """The body of a 200; anything else is an error."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    headers = {**({"Cookie": cookie} if cookie else {}),
               **({"Authorization": AUTHORIZATION} if authorize else {})}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"GET {path}: status {answer.status}")
    return body


class Writer(threading.Thread):
    """Somebody posts through the API at a steady rate while others read."""

    def __init__(self, url, user_path, per_second):
        super().__init__(daemon=True)
        self.url, self.user_path, self.pause_s = url, user_path, 1 / per_second
        self.done = threading.Event()
        self.posts = 0

    def run(self):
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        next_at = time.monotonic()
        while not self.done.is_set():
            connection.request("POST", f"/msgs/{self.user_path}", b'{"content": "Still here."}',
                               {"Authorization": AUTHORIZATION})
            connection.getresponse().read()
            self.posts += 1
            next_at += self.pause_s
            self.done.wait(max(0, next_at - time.monotonic()))
        connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()
