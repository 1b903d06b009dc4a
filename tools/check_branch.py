#!/usr/bin/env python3
"""Branches as this project has them (CONTRIBUTING.md): their names, where they start, and where they go.

    main              what is released; only release and hotfix branches come into it
    develop           what will be; features come into it
    feature/TOPIC     from develop, to develop; TOPIC in small letters, figures and -, as in feature/quiet-hours
    release/X.Y.Z     from develop, to main (and main back to develop)
    hotfix/X.Y.Z      from main, to main (and main back to develop)

usage: check_branch.py [--target BRANCH] [NAME]

Without a name it takes the one that GitHub Actions or Travis says, else the one that is checked out; the target is
that of the pull request. Where a branch starts can be seen only where main and develop are there; where they aren't,
its name alone is looked at.
"""

import argparse
import os
import re
import subprocess
import sys
import time

import changelog
import tree

TOPIC_CHARACTERS = 50
WEEK_S = 7 * 86400
TARGETS = {"feature": ("develop",), "release": ("main", "develop"), "hotfix": ("main", "develop"), "main": ("develop",),
           "develop": ()}
SOURCE = {"feature": "develop", "hotfix": "main"}  # a release starts at develop, and may hold what main has


def git(root, *words):
    done = subprocess.run(["git", "-C", str(root), *words], check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def kind_of(name):
    return name if name in ("main", "develop") else name.split("/", 1)[0]


def name_problems(name):
    kind, _, rest = name.partition("/")
    if name in ("main", "develop"):
        return
    if kind not in ("feature", "release", "hotfix"):
        yield (f"'{name}' is no branch of this project: main, develop, feature/TOPIC, release/X.Y.Z or hotfix/X.Y.Z. "
               f"Rename it: git branch -m feature/TOPIC")
    elif kind == "feature":
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rest):
            yield f"'{name}': the topic has small letters and figures, joined by single -, as in feature/quiet-hours"
        elif len(rest) > TOPIC_CHARACTERS:
            yield f"'{name}': the topic has {len(rest)} characters, at most {TOPIC_CHARACTERS}"
    else:
        try:
            changelog.parse(rest)
        except changelog.Problem as problem:
            yield f"'{name}': {problem}"


def known(root, name):
    """A branch as this clone knows it: what the remote has, or its own."""
    for ref in (f"refs/remotes/origin/{name}", f"refs/heads/{name}"):
        if git(root, "rev-parse", "--verify", "--quiet", ref):
            return ref
    return None


def start_problems(root, name, commit):
    """A branch that holds what only the wrong one of main and develop has, started there."""
    source = SOURCE.get(kind_of(name))
    main, develop = known(root, "main"), known(root, "develop")
    if not source or not main or not develop:
        return
    right, wrong = (develop, main) if source == "develop" else (main, develop)
    foreign = set((git(root, "rev-list", wrong, f"^{right}") or "").split())
    own = set((git(root, "rev-list", commit, f"^{right}") or "").split())
    if foreign & own:
        other = "main" if source == "develop" else "develop"
        yield (f"'{name}' holds {len(foreign & own)} commits of {other} that {source} hasn't: it must start at "
               f"{source}. Move it: git rebase --onto {source} {other} {name}")


def target_problems(name, target):
    allowed = TARGETS.get(kind_of(name))
    if target and allowed is not None and target not in allowed:
        where = " or ".join(allowed) or "main by a release branch: git switch -c release/X.Y.Z develop"
        yield f"'{name}' goes to {where}, not to {target}"


def warnings(root, name, commit):
    develop = known(root, "develop")
    if kind_of(name) != "feature" or not develop:
        return
    dates = (git(root, "log", "--format=%ct", commit, f"^{develop}", "--no-merges") or "").split()
    if dates and time.time() - min(map(int, dates)) > WEEK_S:
        yield f"'{name}' has commits older than a week: merge what is done, and go on in a new branch"


def problems(root, name, target="", commit="HEAD"):
    found = list(name_problems(name))
    return found or [*target_problems(name, target), *start_problems(root, name, commit)]


def of_environment(env, root):
    """(name, target), where a machine or the checkout says them."""
    if env.get("GITHUB_HEAD_REF"):
        return env["GITHUB_HEAD_REF"], env.get("GITHUB_BASE_REF", "")
    if env.get("GITHUB_REF", "").startswith("refs/heads/"):
        return env["GITHUB_REF"].removeprefix("refs/heads/"), ""
    if env.get("GITHUB_REF", "").startswith("refs/tags/") or env.get("TRAVIS_TAG"):
        return "", ""
    if env.get("TRAVIS_PULL_REQUEST_BRANCH"):
        return env["TRAVIS_PULL_REQUEST_BRANCH"], env.get("TRAVIS_BRANCH", "")
    return env.get("TRAVIS_BRANCH") or git(root, "symbolic-ref", "--quiet", "--short", "HEAD") or "", ""


def main(words, env):
    parser = argparse.ArgumentParser(prog="check_branch.py", description="names, starts and targets of branches")
    parser.add_argument("name", metavar="NAME", nargs="?")
    parser.add_argument("--target", metavar="BRANCH", help="where the branch is to be merged")
    args = parser.parse_args(words)
    name, target = (args.name, "") if args.name else of_environment(env, tree.ROOT)
    if not name:
        print("branch: none is checked out; nothing to look at")
        return 0
    # A name that was given is that of a branch, where there is one; else of what is checked out.
    commit = (known(tree.ROOT, args.name) if args.name else None) or "HEAD"
    found = problems(tree.ROOT, name, args.target or target, commit)
    for problem in found:
        print(f"branch: {problem}", file=sys.stderr)
    for warning in warnings(tree.ROOT, name, commit):
        print(f"branch: note: {warning}", file=sys.stderr)
    if found:
        print('The rules: CONTRIBUTING.md, "Branches".', file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
