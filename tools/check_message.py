#!/usr/bin/env python3
"""The form of a commit's message: what git's commit-msg hook refuses, and CI where no hook ran.

usage: check_message.py FILE            the message in a file, as git hands it to the hook
       check_message.py --range A..B…   the messages of these commits, as git log takes them

A subject is an imperative of at most 72 characters ("Refuse a post of 501 characters"); after an empty line, the text
says why. A trailer "Changelog:" has a kind that the changelog knows (tools/changelog.py). The machine holds the form;
that the text says why is the reviewer's business.
"""

import re
import subprocess
import sys

import changelog

SUBJECT_CHARACTERS = 72
BODY_CHARACTERS = 100

# What git itself or a reviewer's workflow writes.
MERGE = re.compile(r"(Merge (branch|tag|pull request|remote-tracking branch|commit)|Revert \")")
TO_BE_SQUASHED = re.compile(r"(fixup|squash|amend)! ")

# Words that look like "Added", "Adding", "Adds", and aren't.
IMPERATIVES = {
    "embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed", "succeed", "weed", "bring", "ping", "ring",
    "spring", "string", "swing", "alias", "bias", "canvas", "focus", "process",
}
NOT_IMPERATIVE = re.compile(r"[a-z]+(ed|ing|[^su]s)$")
SCISSORS = re.compile(r"^# -+ >8 -+.*", re.M | re.S)


def cleaned(text):
    """The message as git will keep it: no comments, nothing of the diff that `commit --verbose` shows."""
    lines = [line.rstrip() for line in SCISSORS.sub("", text).split("\n") if not line.startswith("#")]
    return "\n".join(lines).strip("\n")


def subject_problems(subject):
    if not subject.strip():
        yield "the message is empty"
        return
    if len(subject) > SUBJECT_CHARACTERS:
        yield f"the subject has {len(subject)} characters, at most {SUBJECT_CHARACTERS}: move the rest into the text"
    if subject.endswith("."):
        yield "the subject ends with a full stop: it is a title"
    word = re.match(r"[\w'-]*", subject).group(0)
    if not word or not word[0].isupper():
        yield f'the subject begins with "{subject.split()[0]}": begin with a verb and a capital ("Refuse a post …")'
    elif word.lower() not in IMPERATIVES and NOT_IMPERATIVE.fullmatch(word.lower()):
        yield f'"{word}": say it as an order to the code ("Add", not "Added", "Adds" or "Adding")'


def body_problems(lines):
    if lines and lines[0]:
        yield "the second line isn't empty: git and its readers take the first for the title"
    for number, line in enumerate(lines, 2):
        # What can't be broken (an address, a quoted line of output) may stand out.
        if len(line) > BODY_CHARACTERS and not re.search(r"\S{50,}", line) and not line.startswith("    "):
            yield f"line {number} has {len(line)} characters: break lines before {BODY_CHARACTERS}"


def problems(text, finished):
    """What is wrong with a message; `finished` tells a commit to be kept from one to be squashed later."""
    text = cleaned(text)
    lines = text.split("\n")
    if MERGE.match(lines[0]):
        return []
    if TO_BE_SQUASHED.match(lines[0]):
        return [f'"{lines[0]}": squash it before it is merged (git rebase --autosquash)'] if finished else []
    return [*subject_problems(lines[0]), *body_problems(lines[1:]), *changelog.message_problems(text)]


def of_range(commits):
    listed = subprocess.run(["git", "log", "--format=%H%x00%B%x01", *commits, "--"], check=False,
                            capture_output=True, text=True)
    if listed.returncode:
        return [listed.stderr.strip()]
    found = []
    for entry in listed.stdout.split("\x01")[:-1]:
        commit, _, text = entry.strip("\n").partition("\0")
        found += [f"{commit[:12]}: {problem}" for problem in problems(text, finished=True)]
    return found


def main(words):
    if len(words) >= 2 and words[0] == "--range":
        found = of_range(words[1:])
    elif len(words) == 1 and not words[0].startswith("-"):
        with open(words[0], encoding="utf-8", errors="replace") as file:
            found = problems(file.read(), finished=False)
    else:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    for problem in found:
        print(f"commit message: {problem}", file=sys.stderr)
    if found:
        print("The rules: CONTRIBUTING.md, \"A change, from start to end\".", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
