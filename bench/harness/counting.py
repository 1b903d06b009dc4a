"""
What a part of the server costs: the server beside one that goes without, in rounds that alternate, by rate, and
by processor time in many short ones, which is what tells a per cent; and instructions of a request, which no
neighbour on the machine changes. Counting (`metrics`): beside one that was
built without it (meson's option `counting`). The log (`log`): beside one that writes no line for a request.
"""
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from . import build, load, processes
from .cases import BESIDE, KINGLET, Case, bursting

COST_MAX = 0.02
FEW, MANY = 500, 2_500  # requests of the two runs whose difference counts
TRIES = 3  # threads wake each other more or less often
START_DEADLINE_S = 60


@dataclass
class Variant:
    """A server, in the words of the tables, and what makes it so."""

    words: str
    program: str
    env: dict = field(default_factory=dict)


def of_counting():
    return Variant("counting", build.program("kinglet")), Variant("not counting", uncounted_program())


def of_the_log():
    program = build.program("kinglet")
    return (Variant("logging requests", program, {"KINGLET_LOG_REQUESTS": "on"}),
            Variant("not logging them", program, {"KINGLET_LOG_REQUESTS": "off"}))


def uncounted_program():
    """The path of a `kinglet` built like the measured one, but for the counting."""
    folder = build.ROOT / "build-uncounted"
    if not (folder / "build.ninja").exists():
        options = [f"--buildtype={build.option('buildtype')}", "-Dtests=false", "-Dbench=false", "-Dcounting=false"]
        subprocess.run(["meson", "setup", str(folder), *options], cwd=build.ROOT, check=True, stdout=sys.stderr)
    subprocess.run(["ninja", "-C", str(folder), "kinglet"], check=True, stdout=subprocess.DEVNULL)
    return str(folder / "kinglet")


def rate_cases(counted, uncounted, beside):
    def case(title, name):
        def target(pages):
            made = getattr(pages, name)()
            return made[0] if isinstance(made, tuple) else made
        return Case(title, {KINGLET: bursting(target(counted)), BESIDE: bursting(target(uncounted))},
                    f"itself, {beside.words}")
    return [case("public timeline, kept rendered", "public"), case("home timeline", "home"),
            case("one user's page", "user_page"), case("GET /msgs?no=100", "messages"),
            case("POST /msgs, durable", "post_message")]


PAIRS = 60  # of bursts of a second: the median's error is then a tenth of what one pair scatters
QUICK_PAIRS = 4


def busy_ns(pid):
    """Processor time of the threads of a process, by the scheduler's own clock; .../stat has hundredths of a second."""
    return sum(int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text(encoding="ascii").split()[0])
               for task in os.listdir(f"/proc/{pid}/task"))


def keep_apart(pids):
    """The servers on one core, the load on the others: what one does to the other's caches is not to be measured."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(task), cores[:1])
    os.sched_setaffinity(0, cores[1:])


def processor_rows(cases, pages, pairs, say):
    """Of each case, what each variant takes for a request, and the quartiles of the pairs' ratios."""
    before = os.sched_getaffinity(0)
    pids = [page.pid for page in pages]
    keep_apart(pids)
    try:
        for case in cases:
            say(f"processor time: {case.title}")
            took = []
            for i in range(pairs + 1):
                pair = [0, 0]
                for which in ((0, 1), (1, 0))[i % 2]:
                    begun = busy_ns(pids[which])
                    requests = list(case.contestants.values())[which](1).requests
                    pair[which] = (busy_ns(pids[which]) - begun) / requests
                took.append(pair)
            took = took[1:]  # the first warms them
            ratios = [a / b - 1 for a, b in took]
            medians = [statistics.median(one) for one in zip(*took, strict=True)]
            yield case.title, medians, statistics.quantiles(ratios)
    finally:
        os.sched_setaffinity(0, before)


def processor_table(rows, variants, aim=None):
    """The lines, and whether the aim was met, where there is one."""
    lines = ["## Processor time of a request", "",
             "The kernel's part with it; servers on one core, the load on the others, in pairs of bursts of a",
             "second. The cost is the median of the pairs' ratios.", "",
             f"| what | {variants[0].words}, µs | {variants[1].words}, µs | cost | middle half of the pairs | aim | |",
             "|---|--:|--:|--:|---|---|---|"]
    good = True
    for title, (with_it, without), (low, cost, high) in rows:
        good = good and (aim is None or cost < aim)
        verdict = "|" if aim is None else f"< {aim:.0%} | {'met' if cost < aim else '**missed**'}"
        lines.append(f"| {title} | {with_it / 1000:.2f} | {without / 1000:.2f} | {cost:+.2%} "
                     f"| {low:+.2%} … {high:+.2%} | {verdict} |")
    return [*lines, ""], good


class Instructions:
    """Instructions that one request takes, by callgrind: between a run of few and one of many."""

    REQUESTS = [("public timeline, kept rendered", "web", "/public", "GET"),
                ("one user's page", "web", "/{user}", "GET"),
                ("GET /msgs?no=100", "api", "/msgs?no=100", "GET"),
                ("POST /msgs, durable", "api", "/msgs/{user}", "POST")]

    def __init__(self, folder, data):
        self.folder, self.data = folder, data
        self.user = (data / "users.txt").read_text(encoding="ascii").splitlines()[0]

    def run(self, variant, listener, path, method, count):
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            here = Path(name)
            shutil.copy(self.data / "kinglet.db", here / "kinglet.db")
            command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={here}/out",
                       variant.program, "serve",
                       "--db", f"sqlite:{here}/kinglet.db", "--loops", "1", "--workers", "1",
                       *(f"--{l}={'127.0.0.1:0' if l == listener else 'off'}" for l in ("web", "api", "admin"))]
            env = {**os.environ, "KINGLET_LOG_FORMAT": "json", "KINGLET_LOG_FILE": f"{here}/log",
                   "KINGLET_LOG_REQUESTS": "off", **variant.env}
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
            try:
                self.ask(server, path, method, count)
            finally:
                server.terminate()
                said = server.communicate(timeout=START_DEADLINE_S)[1]
            return int(re.search(r"Collected : (\d+)", said)[1])

    def ask(self, server, path, method, count):
        deadline = time.monotonic() + START_DEADLINE_S
        while not (match := re.search(r"http://(\S+)", server.stdout.readline())):
            if time.monotonic() > deadline:
                raise RuntimeError("kinglet did not start under valgrind")
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(f"//{match[1]}").netloc, timeout=60)
        body = '{"content": "What counting costs"}' if method == "POST" else None
        for _ in range(count):
            connection.request(method, path.format(user=self.user), body=body,
                               headers={"Authorization": load.AUTHORIZATION})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 204):
                raise RuntimeError(f"{method} {path}: status {answer.status}")
        connection.close()

    def of_one(self, *arguments):
        return (self.run(*arguments, MANY) - self.run(*arguments, FEW)) / (MANY - FEW)

    def rows(self, variants, say):
        for title, *request in self.REQUESTS:
            say(f"instructions: {title}")
            pairs = [[self.of_one(v, *request) for v in variants] for _ in range(TRIES)]
            yield title, [statistics.median(values) for values in zip(*pairs, strict=True)]


def instruction_table(rows, variants):
    lines = ["## Instructions of a request", "",
             "By callgrind, so without the kernel's part, which is most of what a request takes: the share of a",
             "cost is larger here than in throughput.", "",
             f"| what | {variants[0].words} | {variants[1].words} | more |",
             "|---|--:|--:|--:|"]
    for title, (counted, uncounted) in rows:
        lines.append(f"| {title} | {counted:,.0f} | {uncounted:,.0f} | {counted / uncounted - 1:.2%} |")
    return [*lines, ""]


def rate_table(cases, variants):
    """Rates with their spread: what is smaller than that was not measured."""
    lines = ["## Throughput", "",
             f"| what | {variants[0].words} /s | {variants[1].words} /s | rate | lowest–highest round | CPU time "
             "| errors |",
             "|---|--:|--:|--:|---|--:|---|"]
    for c in cases:
        ratios = sorted(k / b for k, b in zip(c.rates[KINGLET], c.rates[BESIDE], strict=True))
        processor = c.processor(KINGLET) / c.processor(BESIDE)
        lines.append(f"| {c.title} | {c.rate(KINGLET):,.0f} | {c.rate(BESIDE):,.0f} | {c.ratio() - 1:+.1%} | "
                     f"{ratios[0] - 1:+.1%} … {ratios[-1] - 1:+.1%} | {processor - 1:+.1%} | "
                     f"{c.errors if c.errors else 'none'} |")
    return [*lines, ""]


def kinglets(group, folders, variants):
    return [processes.Kinglet(group, folder / "kinglet.db", program=v.program, env=v.env)
            for folder, v in zip(folders, variants, strict=True)]
