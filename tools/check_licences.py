#!/usr/bin/env python3
"""Licences of all that Kinglet stands on: what its binary links, as Debian's copyright files have it, and the npm
packages of the tests, as their lock file has it. tools/licences.txt says what may be.

Images hold more programs (HAProxy, PostgreSQL …) under licences of their own: they stand beside, and are listed in the
images' bills of materials.
"""

import json
import re
import subprocess
from pathlib import Path

import tree

LIST = "tools/licences.txt"
LLHTTP = ("node-llhttp", "libllhttp-dev")  # linked statically on Debian 12, by meson.build
SONAME = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x", re.M)


def rules(root):
    """(licences that are allowed, {package: (licence, words)})"""
    allowed, libraries = set(), {}
    for line in (tree.read(root, LIST) or "").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind, rest = line.split(None, 1)
        if kind == "allow":
            allowed.add(rest.strip())
        else:
            package, licence, words = rest.split(None, 2)
            libraries[package] = (licence, words)
    return allowed, libraries


def is_allowed(expression, allowed):
    """Whether a licence like "GPL-2+ or LGPL-3+" or "(MIT AND CC0-1.0)" may be: one alternative, all of its parts."""
    alternatives = re.split(r"\s+or\s+", expression.strip().strip("()"), flags=re.I)
    return any(all(part.strip().strip("()") in allowed for part in re.split(r"\s+and\s+", one, flags=re.I))
               for one in alternatives)


def of_copyright(text):
    """The licence of "Files: *" in a machine-readable copyright file; None where it is prose."""
    if not re.match(r"Format:", text):
        return None
    for paragraph in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:((?:.*\n?)(?:[ \t].*\n?)*)", paragraph, re.M)
        licence = re.search(r"^License: *(.+)$", paragraph, re.M)
        if files and "*" in files.group(1).split() and licence:
            return licence.group(1).strip()
    return None


def package_of(path):
    """The Debian package of a library; its file may be known below / or below /usr, and by a link's target."""
    names = []
    for name in (path, str(Path(path).resolve())):
        names += [name, "/usr" + name if not name.startswith("/usr/") else name[len("/usr"):]]
    for name in names:
        done = subprocess.run(["dpkg-query", "-S", name], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return None


def check_package(package, text, allowed, libraries):
    """A problem, or None, by the package's copyright file."""
    known = re.sub(r"t64$", "", package)  # Debian 13 renamed many for its 64-bit time
    if known in libraries:
        licence, words = libraries[known]
        if not words.startswith("- ") and words not in " ".join(text.split()):
            return f"{package}: its copyright file no longer says \"{words}\". Read it, and put {LIST} right"
    else:
        licence = of_copyright(text)
    if licence is None:
        return f"{package}: its copyright file is prose. Read it, and add a line \"library\" to {LIST}"
    if not is_allowed(licence, allowed):
        return f"{package}: {licence} is not among what {LIST} allows"
    return None


def check_binary(root, allowed, libraries):
    subprocess.run(["ninja", "-C", str(root / "build"), "kinglet"], check=True, capture_output=True)
    linked = subprocess.run(["ldd", root / "build/kinglet"], check=True, capture_output=True, text=True).stdout
    packages = set()
    for path in SONAME.findall(linked):
        package = package_of(path)
        if package is None:
            yield f"{path}: Kinglet links it, and no Debian package has it: nobody says under which licence it is"
        else:
            packages.add(package)
    for package in LLHTTP:
        if (Path("/usr/share/doc") / package / "copyright").exists():
            packages.add(package)
    if not packages:
        yield "build/kinglet links nothing, which can't be: ldd's answer is not understood"
    for package in sorted(packages):
        text = (Path("/usr/share/doc") / package / "copyright").read_text(encoding="utf-8", errors="replace")
        problem = check_package(package, text, allowed, libraries)
        if problem:
            yield problem


def check_lock(lock, allowed):
    for name, entry in lock["packages"].items():
        if name and not is_allowed(entry.get("license", "none"), allowed):
            have = entry.get("license", "no licence")
            yield f"tests/package-lock.json: {name}: {have} is not among what {LIST} allows"


def check(root):
    allowed, libraries = rules(root)
    problems = list(check_lock(json.loads(tree.read(root, "tests/package-lock.json")), allowed))
    return problems + list(check_binary(root, allowed, libraries))


if __name__ == "__main__":
    tree.main(check)
