#!/usr/bin/env python3
"""gcc's own analysis of paths (-fanalyzer) over src/: memory that leaks or is used after its end, values never set.

It sees one source at a time and none of the programs that run it, so it errs; what it says wrongly is in
tools/analyzer.txt with the reason. A source that was clean isn't looked at again until it changes, as with clang-tidy.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

import tree

BUILD = "build"  # gcc's release build: its commands are those that people's binaries come from
LIST = "tools/analyzer.txt"
LISTED_FOR = "12"  # the gcc that LIST is for; another one errs elsewhere
LIMIT_S = 120  # the longest takes 5 s; a source that takes so long makes the analyzer useless

FUNCTION = re.compile(r"In function '(\w+)'")
WARNING = re.compile(r"^(\S+?):(?:(\d+):\d+:)? warning: (.*?)(?: \[CWE-\d+\])? \[(-Wanalyzer-[\w-]+)\]$", re.M)


def exceptions(root):
    """{(path, function, warning): reason}"""
    found = {}
    for line in (tree.read(root, LIST) or "").splitlines():
        if line.strip() and not line.startswith("#"):
            path, function, warning, reason = line.split(None, 3)  # a line without a reason is an error
            found[(path, function, warning)] = reason
    return found


def commands(root):
    """{source below src/: the compiler's command, without what it writes}; configures and builds what is missing."""
    if not (root / BUILD / "build.ninja").exists():
        subprocess.run([sys.executable, root / "tools/test_runner.py", "configure", BUILD], check=True,
                       stdout=sys.stderr)
    subprocess.run(["ninja", "-C", str(root / BUILD), "kinglet"], check=True, capture_output=True)  # generated headers
    known = set(tree.files(root, ".c"))
    found = {}
    for entry in json.loads((root / BUILD / "compile_commands.json").read_text()):
        name = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        if name in known and name.startswith("src/"):
            words = shlex.split(entry["command"])
            for option in ("-o", "-MF", "-MQ"):
                while option in words:
                    at = words.index(option)
                    del words[at:at + 2]
            found[name] = [word for word in words if word not in ("-MD", "-c", "-Werror")]
    return found


def parse(text):
    """[(function, line, what, warning)]; "?" where gcc names no place, only itself ("cc1:")."""
    found = []
    for match in WARNING.finditer(text):
        named = FUNCTION.findall(text, 0, match.start())
        placed = match.group(2) and named
        found.append((named[-1] if placed else "?", match.group(2) or "?", match.group(3), match.group(4)))
    return found


def analyze(root, version, name, words):
    """[(path, function, line, what, warning)] of one source."""
    text = subprocess.run([*words, "-E", "-w", "-o", "-"], cwd=root / BUILD, check=True, capture_output=True).stdout
    key = hashlib.sha256(version.encode() + " ".join(words).encode() + text).hexdigest()
    clean = root / BUILD / "analyzer-clean" / key
    if clean.exists():
        return []
    done = subprocess.run([*words, "-fanalyzer", "-fdiagnostics-plain-output", "-fdiagnostics-path-format=none",
                           "-S", "-o", "/dev/null"], cwd=root / BUILD, check=False, capture_output=True, text=True,
                          errors="replace", timeout=LIMIT_S, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        return [(name, "?", "?", f"gcc failed: {done.stderr.strip()[-500:]}", "?")]
    found = [(name, *finding) for finding in parse(done.stderr)]
    if not found:
        clean.parent.mkdir(exist_ok=True)
        clean.touch()
    return found


def check(root):
    version = subprocess.run(["gcc", "-dumpfullversion"], check=True, capture_output=True, text=True).stdout.strip()
    sources = commands(root)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = [finding for findings in pool.map(lambda item: analyze(root, version, *item), sources.items())
                 for finding in findings]
    listed = exceptions(root)
    used = set()
    problems = []
    for path, function, line, what, warning in found:
        key = (path, function, warning)
        if key in listed:
            used.add(key)
        else:
            problems.append(f"{path}:{line}: {function}(): {what} [{warning}]. Mend it; or, where gcc errs, list it in "
                            f"{LIST} with the reason")
    if tree.Scope.only is None and version.split(".")[0] == LISTED_FOR:
        problems += [f"{LIST}: {' '.join(key)} is not said any more. Remove its line"
                     for key in sorted(set(listed) - used)]
    return problems


if __name__ == "__main__":
    tree.main(check)
