#!/usr/bin/env python3
"""The changelog: what commits say of themselves, and how it becomes a section of CHANGELOG.md.

A commit that people, operators or programmers of clients notice ends with a trailer:

    Changelog: fixed                            its subject is the entry
    Changelog: added: A quiet hour per person   or this, in the words of who will read it

Kinds: breaking, security, added, changed, removed, fixed. A commit may have several; one without is not told. What was
reverted before it was released isn't told either, and nor is its revert. What stands under "Unreleased" by hand goes
first: it is for what no single commit can say.

The kinds also say which step a version must take at least (https://semver.org): breaking and removed a new major one
(minor before 1.0.0), added and changed a minor one, fixed and security a patch.

usage: changelog.py [SINCE]     the entries of the commits since then (else since the last release)
"""

import re
import subprocess
import sys
from collections import namedtuple

import tree

KINDS = {"breaking": "Breaking", "security": "Security", "added": "Added", "changed": "Changed",
         "removed": "Removed", "fixed": "Fixed"}  # in the order of a section
LEVELS = ("patch", "minor", "major")
LEVEL_OF = {"breaking": "major", "removed": "major", "added": "minor", "changed": "minor",
            "fixed": "patch", "security": "patch"}
UNRELEASED = "## Unreleased"
WIDTH = 120

Entry = namedtuple("Entry", "kind text commit")


class Problem(Exception):
    """The text says what is wrong and what to do."""


# ---- versions ------------------------------------------------------------------------------------

def parse(version):
    """(major, minor, patch), by which versions compare. Candidates and builds have no versions of their own here."""
    found = re.fullmatch(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", version)
    if not found:
        raise Problem(f"'{version[:40]}' is no version: wanted MAJOR.MINOR.PATCH, such as 1.4.0")
    return tuple(int(part) for part in found.groups())


def level_of_step(old, new):
    """How big the step from one version to a higher one is."""
    return "major" if new[0] > old[0] else "minor" if new[1] > old[1] else "patch"


def needed_level(old, entries):
    """The least step that semantic versions ask for."""
    level = max((LEVEL_OF[entry.kind] for entry in entries), key=LEVELS.index, default="patch")
    return "minor" if level == "major" and old[0] == 0 else level


def bumped(old, level):
    major, minor, patch = old
    new = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[level]
    return ".".join(map(str, new))


# ---- what commits say ----------------------------------------------------------------------------

def of_trailer(value, subject):
    """(kind, text) of a trailer's value. Raises Problem."""
    kind, sign, text = value.partition(":")
    kind, text = kind.strip().lower(), " ".join(text.split())
    if kind not in KINDS:
        raise Problem(f"Changelog: '{kind[:40]}' is no kind of change. There are: {', '.join(KINDS)}")
    if sign and not text:
        raise Problem(f"Changelog: {kind}: what? Say it behind the colon, or leave the colon out")
    return kind, text or subject


def message_problems(text):
    """What is wrong with the trailers of a message: for the check of messages."""
    done = subprocess.run(["git", "interpret-trailers", "--parse", "--no-divider"], input=text, check=True,
                          capture_output=True, text=True)
    trailers = [line for line in done.stdout.splitlines() if re.match(r"(?i)changelog\s*:", line)]
    for line in trailers:
        try:
            of_trailer(line.split(":", 1)[1], "")
        except Problem as problem:
            yield str(problem)
    # A line that was meant as one, but stands in the middle of the text, would be lost silently.
    written = re.findall(r"(?im)^changelog:.*$", text)
    if len(written) > len(trailers):
        yield "Changelog: stands in the text: it is a trailer, in the last paragraph with nothing but trailers"


def entries_between(root, since, until="HEAD"):
    """The entries of the commits after `since` (None: of all), oldest first."""
    commits = f"{since}..{until}" if since else until
    form = "%H%x00%s%x00%b%x00%(trailers:key=Changelog,valueonly,unfold,separator=%x02)%x01"
    log = subprocess.run(["git", "-C", str(root), "log", "--no-merges", "--reverse", f"--format={form}", commits, "--"],
                         check=False, capture_output=True, text=True, errors="replace")
    if log.returncode:
        raise Problem(f"git can't list the commits {commits}: {log.stderr.strip()}")
    rows = [entry.lstrip("\n").split("\0") for entry in log.stdout.split("\x01")[:-1]]
    reverted = set()
    for commit, _, body, _ in reversed(rows):  # the newest first: a revert may be reverted itself
        if commit not in reverted:
            found = re.findall(r"This reverts commit ([0-9a-f]{40})", body)
            known = [row[0] for row in rows if row[0] in found]
            reverted.update(known + ([commit] if known else []))
    found = []
    for commit, subject, _, trailers in rows:
        for value in filter(None, (value.strip() for value in trailers.split("\x02"))):
            try:
                kind, words = of_trailer(value, subject)
            except Problem as problem:
                raise Problem(f"commit {commit[:12]}: {problem}") from None
            if commit not in reverted:
                found.append(Entry(kind, words, commit[:12]))
    return found


# ---- CHANGELOG.md --------------------------------------------------------------------------------

def wrapped(text):
    """A list entry of Markdown, its lines below WIDTH."""
    lines = [""]
    for word in ("- " + text).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("  " + word)
        else:
            lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)


def body(by_hand, entries):
    """The text of a section."""
    parts = [by_hand.strip("\n")] if by_hand.strip() else []
    for kind, title in KINDS.items():
        lines = [wrapped(f"{entry.text} ({entry.commit})") for entry in entries if entry.kind == kind]
        if lines:
            parts.append(f"### {title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def sections(text):
    """(what stands before the first section, [(heading line, text)])"""
    parts = re.split(r"(?m)^(## .*)$", text)
    return parts[0], [(parts[i], parts[i + 1]) for i in range(1, len(parts), 2)]


def section_of(text, version):
    """The text of a version's section, or None."""
    for heading, content in sections(text)[1]:
        if re.fullmatch(rf"## {re.escape(version)}( \(.*\))?", heading):
            return content.strip("\n")
    return None


def unreleased(text):
    return next((content for heading, content in sections(text)[1] if heading == UNRELEASED), "")


def released(text, version, date, entries):
    """CHANGELOG.md with a section for the version, and nothing left under "Unreleased"."""
    if section_of(text, version) is not None:
        raise Problem(f"CHANGELOG.md has a section {version} already")
    head, rest = sections(text)
    content = body(unreleased(text), entries)
    if not content:
        raise Problem("nothing to release: no commit since the last one has a trailer \"Changelog:\", and nothing "
                      "stands under \"Unreleased\" in CHANGELOG.md")
    older = "".join(heading + content for heading, content in rest if heading != UNRELEASED)
    made = f"{head}{UNRELEASED}\n\n## {version} ({date})\n\n{content}\n"
    return made + (f"\n{older}" if older else "")


def main(words):
    last = subprocess.run(["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"], cwd=tree.ROOT, check=False,
                          capture_output=True, text=True).stdout.strip()
    try:
        print(body("", entries_between(tree.ROOT, words[0] if words else last or None)) or "no commit tells of itself")
    except Problem as problem:
        print(f"changelog: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
