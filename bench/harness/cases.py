"""What is measured, and beside what.

A case has contestants: name -> a function that runs one burst. A round runs each contestant once,
every other round in the opposite order, so that what else the machine does meets all of them.
"""
import json
import re
import shutil
import statistics
import subprocess
import urllib.request
from dataclasses import dataclass, field
from typing import Callable

from . import build, load
from .load import Target

KINGLET, BESIDE = "kinglet", "beside"


@dataclass
class Case:
    title: str
    contestants: dict
    beside: str  # what the second contestant is
    aim: str = ""
    at_least: float | None = None  # of the ratio kinglet/beside
    between: tuple | None = None
    by_processor: bool = False  # the ratio is one of processor times, not of rates
    around: Callable | None = None  # a context manager to be in while measuring
    rates: dict = field(default_factory=dict)
    processor_us: dict = field(default_factory=dict)
    latency_us: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)

    def round(self, number, seconds):
        order = list(self.contestants.items())
        for name, run in order if number % 2 == 0 else reversed(order):
            burst = run(seconds)
            self.rates.setdefault(name, []).append(burst.rate)
            self.processor_us.setdefault(name, []).append(burst.processor_us)
            if burst.latency_us:
                self.latency_us.setdefault(name, []).append(burst.latency_us)
            for kind, count in burst.errors.items():
                key = f"{name}: {kind}"
                self.errors[key] = self.errors.get(key, 0) + count

    def measure(self, rounds, seconds):
        if not self.around:
            for number in range(rounds):
                self.round(number, seconds)
            return self
        with self.around():
            for number in range(rounds):
                self.round(number, seconds)
        return self

    def rate(self, name):
        return statistics.median(self.rates[name])

    def p99_ms(self, name):
        values = [l["p99"] for l in self.latency_us.get(name, [])]
        return statistics.median(values) / 1000 if values else None

    def processor(self, name):
        """Microseconds of the server's processor time for a request; None where not known."""
        return statistics.median(self.processor_us.get(name, [0])) or None

    def ratio(self):
        """The median of the rounds' ratios; None where there is nothing to compare with."""
        if BESIDE not in self.rates:
            return None
        values = self.processor_us if self.by_processor else self.rates
        ratio = statistics.median(
            k / b for k, b in zip(values[KINGLET], values[BESIDE], strict=True))
        return 1 / ratio if self.by_processor else ratio

    def good(self):
        if self.errors:
            return False
        ratio = self.ratio()
        if self.at_least is not None:
            return ratio >= self.at_least
        if self.between is not None:
            return self.between[0] <= ratio <= self.between[1]
        return None


def bursting(target):
    return lambda seconds: load.burst(target, seconds)


class Pages:
    """The pages of one server over generated data, each as a Target, with what it answers."""

    def __init__(self, kinglet, data):
        self.web, self.api = kinglet.urls["web"], kinglet.urls["api"]
        self.pid = kinglet.process.pid
        self.cookies = str(data / "cookies.txt")
        self.users = str(data / "users.txt")
        self.posts = str(data / "posts.txt")
        self.cookie = (data / "cookies.txt").read_text(encoding="ascii").splitlines()[7]
        self.user = (data / "users.txt").read_text(encoding="ascii").splitlines()[0]
        self.post = (data / "posts.txt").read_text(encoding="ascii").splitlines()[3]

    def target(self, *arguments, **options):
        return Target(*arguments, pid=self.pid, **options)

    def public(self, **options):
        return self.target(self.web, "/public", **options), load.fetch(self.web, "/public")

    def home(self, **options):
        return (self.target(self.web, "/", cookies=self.cookies, **options),
                load.fetch(self.web, "/", cookie=self.cookie))

    def user_page(self, **options):
        path = f"/{self.user}"
        return self.target(self.web, path, **options), load.fetch(self.web, path)

    def user_pages(self, **options):
        return (self.target(self.web, "/", paths=self.users, prefix="/", **options),
                load.fetch(self.web, f"/{self.user}"))

    def post_page(self, **options):
        path = f"/post/{self.post}"
        return self.target(self.web, path, **options), load.fetch(self.web, path)

    def messages(self, **options):
        path = "/msgs?no=100"
        return (self.target(self.api, path, authorize=True, **options),
                load.fetch(self.api, path, authorize=True))

    def post_message(self, **options):
        return self.target(self.api, "/", paths=self.users, prefix="/msgs/", authorize=True, post=True,
                      connections=64, **options)


class Beside:
    """Targets at nginx that serve the same bytes to the same requests."""

    def __init__(self, nginx):
        self.nginx, self.count = nginx, 0

    def target(self, like, content):
        self.count += 1
        suffix = "json" if like.authorize else "html"
        path = self.nginx.put(f"page{self.count}.{suffix}", content)
        return Target(self.nginx.url, path, cookies=like.cookies, authorize=like.authorize,
                      close=like.close, connections=like.connections,
                      pid=self.nginx.process.pid)

    def case(self, title, page, **options):
        target, content = page
        return Case(f"{title} ({len(content) / 1024:.1f} KiB)",
                    {KINGLET: bursting(target), BESIDE: bursting(self.target(target, content))},
                    "nginx", **options)


def reading_cases(pages, beside):
    writer = lambda: load.Writer(pages.api, pages.user, per_second=100)  # noqa: E731
    case = beside.case
    return [
        case("public timeline, anonymous", pages.public(), aim="≥ 0.8", at_least=0.8),
        case("home timeline, many people in turn", pages.home(), aim="≥ 0.35", at_least=0.35),
        case("home timeline, 100 posts/s meanwhile", pages.home(), around=writer),
        case("public timeline, 100 posts/s meanwhile", pages.public(), around=writer),
        case("one user's page", pages.user_page()),
        case("1,000 users' pages in turn", pages.user_pages()),
        case("a post's page", pages.post_page()),
        case("GET /msgs?no=100", pages.messages()),
        case("public timeline, a connection each", pages.public(close=True)),
        case("home timeline, a connection each", pages.home(close=True)),
    ]


def scale_cases(small, large):
    """
    The same pages with few posts and with many: contestant "kinglet" has the many. Both are
    Kinglet, so what a request costs its processor compares them better than what a busy machine
    lets through.
    """
    def case(title, name):
        return Case(title, {KINGLET: bursting(getattr(large, name)()[0]),
                            BESIDE: bursting(getattr(small, name)()[0])},
                    "itself with few posts, by CPU", aim="0.77–1.3", between=(1 / 1.3, 1.3),
                    by_processor=True)
    return [case("public timeline", "public"), case("home timeline", "home"),
            case("one user's page", "user_page"), case("GET /msgs?no=100", "messages")]


def latency_cases(pages):
    def case(title, page):
        return Case(title, {KINGLET: bursting(page[0])}, "")
    return [case("public timeline", pages.public()), case("home timeline", pages.home()),
            case("one user's page", pages.user_page()), case("1,000 users' pages in turn",
                                                              pages.user_pages())]


def metric(kinglet, name):
    with urllib.request.urlopen(f"{kinglet.urls['admin']}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    match = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    return float(match[1]) if match else 0.0


class Durable:
    """POST /msgs beside a bare loop that commits as many rows at a time into a copy."""

    GROUPS_WHEN_UNKNOWN = 16

    def __init__(self, kinglet, pages, database, folder):
        self.kinglet, self.target = kinglet, pages.post_message()
        self.copy = folder / "bare.db"
        self.program = build.program("bench/bare_insert")
        self.groups = []
        shutil.copyfile(database, self.copy)

    def kinglet_burst(self, seconds):
        before = [metric(self.kinglet, f"kinglet_store_{n}_total") for n in ("writes", "commits")]
        burst = load.burst(self.target, seconds)
        after = [metric(self.kinglet, f"kinglet_store_{n}_total") for n in ("writes", "commits")]
        writes, commits = (b - a for a, b in zip(before, after, strict=True))
        if commits:
            self.groups.append(writes / commits)
        return burst

    def group(self):
        return max(1, round(statistics.median(self.groups or [self.GROUPS_WHEN_UNKNOWN])))

    def bare_burst(self, seconds):
        run = subprocess.run([self.program, "--db", str(self.copy), "--group", str(self.group()),
                              "--seconds", str(seconds)], check=True, capture_output=True,
                             text=True)
        result = json.loads(run.stdout)
        return load.Burst(rate=result["rows"] / result["seconds"])

    def case(self):
        return Case("POST /msgs/<user>, 64 clients", {KINGLET: self.kinglet_burst,
                                                      BESIDE: self.bare_burst},
                    "bare C loop", aim="≥ 0.5", at_least=0.5)
