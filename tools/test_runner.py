#!/usr/bin/env python3
"""./dev test: runs the stages, one after another, and counts. `test_runner.py list` names them.

Each stage answers how many of its tests passed and what those that failed said; a stage that breaks, takes
too long or runs nothing has failed. All output goes to build/test-logs/; what failed is shown as well; each
stage leaves a report in build/reports/ (JUnit's XML). The last line is "N passed, N failed", and the exit
status is 0 only for none failed and some passed.

Two builds are tested as people get them (gcc, release) and with clang's eyes; everything runs a second time
under AddressSanitizer and UndefinedBehaviorSanitizer and a third time under ThreadSanitizer.
"""

import concurrent.futures
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import junit
import lint
import tap
import tree

ROOT = tree.ROOT
LOGS = ROOT / "build" / "test-logs"
REPORTS = ROOT / "build" / "reports"
JOBS = os.cpu_count() or 2
SIGN_OF_LIFE_S = 240

SANITIZED = ["--buildtype=debugoptimized", "-Db_lundef=false"]
BUILDS = {  # folder: (compiler, options)
    "build": ("gcc", ["--buildtype=release"]),
    "build-asan": ("gcc", [*SANITIZED, "-Db_sanitize=address,undefined"]),
    "build-tsan": ("gcc", [*SANITIZED, "-Db_sanitize=thread"]),
    "build-cover": ("gcc", ["--buildtype=debug", "-Db_coverage=true"]),
    "build-fuzz": ("clang", [*SANITIZED, "-Db_sanitize=address,undefined", "-Dfuzzers=true",
                             "-Dc_args=-fsanitize=fuzzer-no-link"]),
}
DELIVERY_LIMIT_S = 1500
COMMON = {"tests": True, "werror": True}

SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:"
                    "allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1:history_size=4",
    "KINGLET_TEST_DEADLINE_MS": "60000",
}


class StageError(Exception):
    """A stage can't go on; the text says why."""


class Running:
    """The child that runs at the moment, so that an interrupted run leaves nothing behind."""

    children = set()

    @classmethod
    def stop_all(cls, *_):
        for child in list(cls.children):
            try:
                os.killpg(child.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass


def wait(log, child, limit_s):
    """(output, whether it took too long and was ended). Says now and then that it goes on: CI servers take ten silent
    minutes for a hang."""
    start = time.monotonic()
    while True:
        left = start + limit_s - time.monotonic()
        try:
            return child.communicate(timeout=max(0, min(left, SIGN_OF_LIFE_S)))[0], False
        except subprocess.TimeoutExpired:
            if left <= SIGN_OF_LIFE_S:
                os.killpg(child.pid, signal.SIGKILL)
                return child.communicate()[0], True
        print(f"    {log}: running for {time.monotonic() - start:.0f} s", flush=True)


def run(log, command, env=None, cwd=ROOT, limit_s=600):
    """(exit status, output) of a program in a process group of its own; appended to build/test-logs/LOG.log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen([str(part) for part in command], cwd=cwd, env={**os.environ, **(env or {})},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", start_new_session=True) as child:
        Running.children.add(child)
        try:
            output, late = wait(log, child, limit_s)
        finally:
            Running.children.discard(child)
    with open(LOGS / f"{log}.log", "a", encoding="utf-8") as out:
        out.write(f"$ {' '.join(map(str, command))}\n{output}\n")
    if late:
        output += f"\nended: it ran for longer than {limit_s:.0f} s"
    return (124 if late else child.returncode), output


def tail(text, lines=60):
    kept = text.rstrip().split("\n")
    return "\n".join((["…"] if len(kept) > lines else []) + kept[-lines:])


# ---- builds --------------------------------------------------------------------------------------

def configure(log, folder):
    """Makes the build folder, or gives one that is there the options that tests need."""
    compiler, options = BUILDS[folder]
    if not (ROOT / folder / "build.ninja").exists():
        wanted = [f"-D{name}={str(value).lower()}" for name, value in COMMON.items()]
        status, output = run(log, ["meson", "setup", folder, *options, *wanted], env={"CC": compiler})
    else:
        _, text = run(log, ["meson", "introspect", "--buildoptions", folder])
        current = {option["name"]: option["value"] for option in json.loads(text[text.index("["):])}
        changed = [f"-D{name}={str(value).lower()}" for name, value in COMMON.items() if current.get(name) != value]
        status, output = run(log, ["meson", "configure", folder, *changed]) if changed else (0, "")
    if status:
        raise StageError(f"meson can't configure {folder}:\n{tail(output)}")


BUILDING = threading.Lock()  # ninja bears no other in its folder


def build(log, folder):
    with BUILDING:
        configure(log, folder)
        status, output = run(log, ["ninja", "-C", folder, "all", "kinglet"], limit_s=900)
    if status:
        failed = output[output.find("FAILED:"):] if "FAILED:" in output else output
        raise StageError(f"{folder} doesn't build:\n{tail(failed, 80)}")


def stage_build():
    results = tap.Results()
    for folder in ("build", "build-fuzz"):
        try:
            build("build", folder)
            results.ok(f"{folder}: {BUILDS[folder][0]} builds it without a warning")
        except StageError as error:
            results.fail(f"{folder}: {BUILDS[folder][0]} builds it without a warning", str(error))
    return results


# ---- C tests -------------------------------------------------------------------------------------

def of_meson_test(entry):
    """Results of one program in meson's testlog.json."""
    results = tap.parse(entry.get("stdout", ""))
    if entry["result"] not in ("OK", "EXPECTEDFAIL") and not results.failures:
        text = "\n".join([entry.get("stdout", ""), entry.get("stderr", "")])
        results.fail(f"the program ended with {entry['result']} ({entry.get('returncode')})", tail(text))
    elif not results.passed and not results.failures:
        # A program that speaks by its exit status alone (Python's unittest) is one test.
        results.ok("the program ended well")
    elif results.failures and entry.get("stderr", "").strip():
        name, text = results.failures[0]
        results.failures[0] = (name, text + "\n" + tail(entry["stderr"], 30))
    return results


def wrapper(folder):
    # ThreadSanitizer's runtime doesn't bear the kernel's wider randomisation of addresses.
    return ["setarch", os.uname().machine, "-R"] if folder == "build-tsan" else []


def unit_tests(log, folder, env=None):
    build(log, folder)
    record = ROOT / folder / "meson-logs" / "testlog.json"
    record.unlink(missing_ok=True)
    status, output = run(log, ["node", "tests/lib/with_postgres.mjs", "--fast", *wrapper(folder),
                               "meson", "test", "-C", folder, "--no-rebuild",
                               "--timeout-multiplier", "5", "--num-processes", JOBS], env=env, limit_s=900)
    results = tap.Results()
    if not record.exists():
        raise StageError(f"meson test wrote no record (status {status}):\n{tail(output)}")
    for line in record.read_text(errors="replace").splitlines():
        entry = json.loads(line)
        results.add(of_meson_test(entry), prefix=f"{entry['name']}: ")
    if status and not results.failures:
        results.fail(f"meson test ended with status {status}", tail(output))
    return results


def stage_unit():
    return unit_tests("unit", "build")


# ---- tests in JavaScript -------------------------------------------------------------------------

def node_tests(log, pattern, folder="build", env=None, concurrency=JOBS, limit_s=900, beside=()):
    files = sorted(glob.glob(pattern, root_dir=ROOT))
    if not files:
        raise StageError(f"no test matches {pattern}")
    build(log, folder)
    status, output = run(log, [*beside, *wrapper(folder), "node", "--test", "--test-reporter=tap",
                               f"--test-concurrency={concurrency}", *files],
                         env={"KINGLET_BUILD": folder, **(env or {})}, limit_s=limit_s)
    results = tap.parse(output)
    if status and not results.failures:
        results.fail(f"node --test ended with status {status}", tail(output))
    return results


def on_postgres(log, pattern):
    """What a client sees is the same on PostgreSQL."""
    return node_tests(log, pattern, env={"KINGLET_TEST_ENGINE": "postgres"},
                      beside=["node", "tests/lib/with_postgres.mjs", "--fast"])


def stage_http():
    results = node_tests("http", "tests/http/*.test.mjs")
    for name in ("contract-api", "web_contract", "openapi", "durability"):
        results.add(on_postgres("http", f"tests/http/{name}.test.mjs"), prefix="on PostgreSQL: ")
    return results


def stage_cli():
    return node_tests("cli", "tests/cli/*.test.mjs")


def stage_cluster():
    # One file after another: each starts a dozen servers, and what is measured is how fast they notice a death.
    return node_tests("cluster", "tests/cluster/*.test.mjs", concurrency=1, limit_s=1800)


def stage_ops():
    # One file after another: each starts a dozen servers.
    return node_tests("ops", "tests/ops/*.test.mjs", concurrency=1, limit_s=1800)


def needs_engine(file):
    """Whether a module imports tests/lib/docker.mjs, by others or itself."""
    imported = re.findall(r"from '(\.{1,2}/[^']+\.mjs)'", file.read_text())
    return file.name == "docker.mjs" or any(needs_engine(file.parent / name) for name in imported)


def stage_delivery():
    """One file after another: they share an engine's folder. Without an engine, those that need one don't count."""
    status, reason = run("delivery", ["node", "tests/lib/docker.mjs", "check"])
    if status not in (0, 3):
        raise StageError(f"tests/lib/docker.mjs check: {tail(reason)}")
    files = sorted(glob.glob("tests/delivery/*.test.mjs", root_dir=ROOT))
    left_out = {file for file in files if needs_engine(ROOT / file)} if status == 3 else set()
    results = tap.Results()
    end = time.monotonic() + DELIVERY_LIMIT_S
    for file in files:
        if file in left_out:
            print(f"  {file}\n  not run: {reason.strip()}", flush=True)
        else:
            results.add(node_tests("delivery", file, concurrency=1, limit_s=max(1, end - time.monotonic())))
    return results


def stage_browser():
    return node_tests("browser", "tests/browser/*.test.mjs")


# ---- sanitizers, fuzzers -------------------------------------------------------------------------

def sanitized(log, folder):
    results = unit_tests(log, folder, env=SANITIZER_ENV)
    for pattern in ("tests/http/*.test.mjs", "tests/cli/*.test.mjs"):
        results.add(node_tests(log, pattern, folder, env=SANITIZER_ENV))
    return results


def stage_asan():
    return sanitized("asan", "build-asan")


def stage_tsan():
    return sanitized("tsan", "build-tsan")


def fuzz_one(program, seconds):
    """None, or what the fuzzer found. New inputs go to build-fuzz/, never into the tree's corpus."""
    name = os.path.basename(program)
    found = ROOT / "build-fuzz" / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    corpus = [path for path in (ROOT / "tests/fuzz/corpus" / name,
                                ROOT / "tests/fuzz/corpus" / name.removeprefix("fuzz_")) if path.is_dir()]
    if not corpus:
        return f"no corpus: tests/fuzz/corpus/{name}"
    status, output = run(f"fuzz-{name}", [
        program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
        f"-artifact_prefix={LOGS}/{name}-", found, *corpus], limit_s=seconds + 120)
    return tail(output) if status else None


def stage_fuzz():
    build("fuzz", "build-fuzz")
    seconds = int(os.environ.get("KINGLET_FUZZ_SECONDS", "10"))
    programs = sorted(path for path in glob.glob(str(ROOT / "build-fuzz/tests/fuzz/fuzz_*"))
                      if os.access(path, os.X_OK) and os.path.isfile(path))
    if not programs:
        raise StageError("there is no fuzzer in build-fuzz/tests/fuzz")
    results = tap.Results()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for program, problem in zip(programs, pool.map(lambda p: fuzz_one(p, seconds), programs)):
            if problem:
                results.fail(os.path.basename(program), problem)
            else:
                results.ok(os.path.basename(program))
    return results


# ---- a fresh clone -------------------------------------------------------------------------------

def serve_and_look(log, folder):
    """Serves the demonstration from a fresh clone and looks at two pages; a problem or None."""
    command = [folder / "build/kinglet", "serve", "--db", "sqlite:demo.db",
               "--web", "127.0.0.1:0", "--api", "off", "--admin", "127.0.0.1:0"]
    urls = {}
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "KINGLET_LOG_FORMAT": "text"}, start_new_session=True) as child:
        Running.children.add(child)
        signal.alarm(60)  # the read below waits for a line; this bounds it
        try:
            for line in child.stdout:
                match = re.match(r"kinglet: (\w+) listening on (\S+)", line)
                if match:
                    urls[match.group(1)] = match.group(2)
                if line.startswith("kinglet: ready"):
                    break
            else:
                return "it ended before it was ready"
            with urllib.request.urlopen(urls["web"] + "/public", timeout=10) as page:
                text = page.read().decode()
            with urllib.request.urlopen(urls["admin"] + "/readyz", timeout=10) as ready:
                status = ready.status
        finally:
            signal.alarm(0)
            child.terminate()
            code = child.wait(timeout=30)
            Running.children.discard(child)
    with open(LOGS / f"{log}.log", "a", encoding="utf-8") as out:
        out.write(text)
    posts = len(re.findall(r'<time\b', text))
    if posts < 30 or status != 200 or code != 0:
        return f"{posts} posts on /public (wanted 30), /readyz {status} (200), exit status {code} (0)"
    return None


def stage_clean():
    """What a newcomer does: clone, build, fill with the demonstration, look."""
    results = tap.Results()
    with tempfile.TemporaryDirectory(prefix="kinglet-clean-") as temp:
        clone = os.path.join(temp, "kinglet")
        steps = [("clone", ["git", "clone", "--quiet", ROOT, clone], ROOT),
                 ("./dev build", ["./dev", "build"], clone),
                 ("kinglet demo", ["build/kinglet", "demo", "--db", "sqlite:demo.db"], clone)]
        for name, command, cwd in steps:
            status, output = run("clean", command, cwd=cwd, limit_s=900)
            if status:
                results.fail(f"a fresh clone: {name}", tail(output))
                return results
            results.ok(f"a fresh clone: {name}")
        problem = serve_and_look("clean", tree.Path(clone))
        if problem:
            results.fail("a fresh clone serves the demonstration", problem)
        else:
            results.ok("a fresh clone serves the demonstration")
    return results


# ---- checks --------------------------------------------------------------------------------------

def stage_lint():
    results = tap.Results()

    def report(name, problems, seconds):
        print(f"    {name}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'} ({seconds:.1f} s)",
              flush=True)
        if problems:
            results.fail(name, "\n".join(problems))
        else:
            results.ok(name)

    lint.run_checks(list(lint.CHECKS), report)
    return results


def stage_tools():
    """The checks and the build's own tools are tested themselves."""
    _, output = run("tools", [sys.executable, "-m", "unittest", "discover", "-v", "-s", "tests/tools",
                              "-t", "tests/tools", "-p", "*.py"])
    results = tap.Results()
    for match in re.finditer(r"^(\w.*?) \.\.\. ok$", output, re.M):
        results.ok(match.group(1))
    for match in re.finditer(r"^(?:FAIL|ERROR): (.*)\n-+\n((?:.|\n)*?)(?=^={70}|^-{70}|\Z)", output, re.M):
        results.fail(match.group(1), match.group(2))
    if not results.failures and not re.search(r"^OK\b", output, re.M):
        results.fail("python3 -m unittest", tail(output))
    return results


# What the tests of single servers don't come to: copying, freezing, changes of the schema, a primary that changes.
COVERED_CLUSTER = ("copy", "freeze", "left_behind", "migrate")


def stage_cover():
    """Which lines the tests reach, and that they aren't fewer than tests/coverage.floor says. Not part of a whole run,
    which has run the same tests already: CI's stage `test` adds it."""
    floor = float((ROOT / "tests/coverage.floor").read_text().split()[-1])
    for old in glob.glob(str(ROOT / "build-cover/**/*.gcda"), recursive=True):
        os.unlink(old)  # what an earlier run reached doesn't count
    results = unit_tests("cover", "build-cover")
    for pattern in ("tests/http/*.test.mjs", "tests/cli/*.test.mjs"):
        results.add(node_tests("cover", pattern, "build-cover"))
    for name in COVERED_CLUSTER:
        # Some are about moments, which a build without optimisation misses; stage `cluster` judges them.
        for test, _ in node_tests("cover", f"tests/cluster/{name}.test.mjs", "build-cover").failures:
            print(f"    not counted here: {test}", flush=True)
    status, output = run("cover", ["gcovr", "--root", ".", "--filter", "src/", "--exclude-throw-branches",
                                   "--fail-under-line", str(floor),
                                   "--html-details", "build-cover/coverage.html", "--xml", "build-cover/coverage.xml",
                                   "--txt", "-", "build-cover"])
    print(tail(output, 200))
    what = f"the tests reach at least {floor} % of the lines (tests/coverage.floor)"
    if status:
        results.fail(what, tail(output))
    else:
        results.ok(what)
    return results


STAGES = {
    "tools": stage_tools, "build": stage_build, "lint": stage_lint, "unit": stage_unit, "http": stage_http,
    "cli": stage_cli, "cluster": stage_cluster, "ops": stage_ops, "browser": stage_browser, "fuzz": stage_fuzz,
    "delivery": stage_delivery, "asan": stage_asan, "tsan": stage_tsan, "clean": stage_clean, "cover": stage_cover,
}
ALL = [name for name in STAGES if name != "cover"]
# Each of these runs its files one after another and waits for a good part of its time: both at once take hardly
# longer than one.
BESIDE = ("ops", "delivery")


def run_stage(name):
    """(results, seconds) of a stage."""
    for old in glob.glob(str(LOGS / f"{name}*.log")):
        os.unlink(old)
    start = time.monotonic()
    try:
        results = STAGES[name]()
    except StageError as error:
        results = tap.Results()
        results.fail(name, str(error))
    except Exception as error:  # pylint: disable=broad-except
        results = tap.Results()
        results.fail(name, f"the stage itself broke: {error!r}")
    if not results.passed and not results.failures:
        results.fail(name, "nothing ran")
    seconds = time.monotonic() - start
    junit.write(REPORTS, name, results, seconds)
    return results, seconds


def say_stage(name, results, seconds):
    for what, text in results.failures:
        print(f"  not ok {what}")
        print("".join(f"    {line}\n" for line in text.split("\n") if line.strip()), end="")
    print(f"  {results.passed} passed, {len(results.failures)} failed ({seconds:.0f} s)", flush=True)


def in_turns(names):
    """The stages in their order, those that run at the same time together."""
    together = [name for name in BESIDE if name in names]
    for name in names:
        if name not in together:
            yield [name]
        elif name == together[0]:
            yield together


def run_stages(names):
    """(name, results, seconds) of each stage as it ends."""
    for turn in in_turns(names):
        with concurrent.futures.ThreadPoolExecutor(len(turn)) as pool:
            # The signals are the main thread's, and one stage alone may want them.
            runs = [pool.submit(run_stage, name) for name in turn] if len(turn) > 1 else []
            print(f"{' beside '.join(turn)}:", flush=True)
            for name, ended in zip(turn, runs or [None]):
                results, seconds = ended.result() if ended else run_stage(name)
                if runs:
                    print(f"{name}:", flush=True)
                say_stage(name, results, seconds)
                yield name, results, seconds


def main(names):
    if names == ["list"]:
        print("\n".join(STAGES))
        return 0
    if names[:1] == ["configure"]:
        configure("configure", names[1])
        return 0
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"test: no such stage: {', '.join(unknown)}. There are: {', '.join(STAGES)}", file=sys.stderr)
        return 2

    def interrupted(number, _frame):
        Running.stop_all()
        raise SystemExit(128 + number)

    def too_late(_number, _frame):
        raise StageError("waited a minute in vain for kinglet to say that it is ready")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    signal.signal(signal.SIGALRM, too_late)
    for old in (LOGS, REPORTS):
        shutil.rmtree(old, ignore_errors=True)
    total = tap.Results()
    timings = []
    for name, results, seconds in run_stages(names or ALL):
        total.add(results, prefix=f"{name}: ")
        timings.append((name, seconds, results))
    print("\n" + "\n".join(f"{name:10} {seconds:6.0f} s   {len(results.failures)} failed of "
                           f"{results.passed + len(results.failures)}" for name, seconds, results in timings))
    for name, _ in total.failures:
        print(f"not ok {name}")
    print(f"full output: {LOGS.relative_to(ROOT)}/")
    print(f"{total.passed} passed, {len(total.failures)} failed", flush=True)
    return 0 if total.passed and not total.failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
