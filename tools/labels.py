#!/usr/bin/env python3
"""Labels of issues are data (.github/labels.json); this makes those of a repository on GitHub so.

usage: labels.py [--apply] OWNER/REPOSITORY

Without --apply it says what differs. Labels that aren't in the file are named and left: issues may have them. The token
comes from GITHUB_TOKEN (or GITHUB_TOKEN_FILE) and needs "Issues: read and write".
https://docs.github.com/en/rest/issues/labels
"""

import argparse
import json
import os
import re
import sys
import urllib.parse

import tree

sys.path.insert(0, str(tree.ROOT / "ops/notify"))

import web  # noqa: E402

PAGES_MAX = 20


def wanted(root=tree.ROOT):
    return json.loads((root / ".github/labels.json").read_text(encoding="utf-8"))


def steps(present, labels):
    """What is to be done: [(method, path below /labels, data)]; GitHub tells no upper from lower case in names."""
    known = {label["name"].lower(): label for label in present}
    found = []
    for label in labels:
        there = known.get(label["name"].lower())
        if there is None:
            found.append(("POST", "", label))
        elif any((there.get(key) or "") != label[key] for key in ("name", "color", "description")):
            data = {"new_name": label["name"], "color": label["color"], "description": label["description"]}
            found.append(("PATCH", "/" + urllib.parse.quote(there["name"], safe=""), data))
    return found


def strangers(present, labels):
    names = {label["name"].lower() for label in labels}
    return sorted(label["name"] for label in present if label["name"].lower() not in names)


class Labels:
    def __init__(self, base, repository, token):
        self.address = f"{base}/repos/{repository}/labels"
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json",
                        "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "Kinglet-labels"}

    def ask(self, method, path, data=None):
        try:
            answer = web.request(method, self.address + path, self.headers, data)
        except web.Unreachable as error:
            raise web.Refused(f"GitHub can't be reached ({error}); the same command goes on") from None
        if not 200 <= answer.status < 300:
            said = answer.json()
            words = str(said.get("message", ""))[:200] if isinstance(said, dict) else ""
            raise web.Refused(f"GitHub answers {answer.status} to {method} {path or '/'}: {words}")
        return answer.json()

    def list(self):
        found = []
        for page in range(1, PAGES_MAX + 1):
            rows = self.ask("GET", f"?per_page=100&page={page}")
            if not isinstance(rows, list):
                raise web.Refused("GitHub answers no list of labels: is GITHUB_API_URL right?")
            found += rows
            if len(rows) < 100:
                return found
        raise web.Refused(f"more than {PAGES_MAX} pages of labels")


def main(words, env):
    parser = argparse.ArgumentParser(prog="labels.py", description="makes a repository's labels those of the tree")
    parser.add_argument("repository", metavar="OWNER/REPOSITORY")
    parser.add_argument("--apply", action="store_true", help="change them; else only say what differs")
    args = parser.parse_args(words)
    try:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", args.repository):
            raise web.Refused("which repository? Say OWNER/REPOSITORY")
        token = web.secret("GITHUB_TOKEN", env)
        if token is None:
            raise web.Refused("GITHUB_TOKEN (or GITHUB_TOKEN_FILE) must be set")
        base = web.checked_url(env.get("GITHUB_API_URL") or "https://api.github.com", "GITHUB_API_URL").rstrip("/")
        labels = Labels(base, args.repository, token)
        present = labels.list()
        todo = steps(present, wanted())
        for method, path, data in todo:
            if args.apply:
                labels.ask(method, path, data)
            print(f"{'' if args.apply else 'would '}{'make' if method == 'POST' else 'mend'}: "
                  f"{data.get('name') or data['new_name']}")
        for name in strangers(present, wanted()):
            print(f"left alone, not in the file: {name}")
        if not todo:
            print("the labels are as they should be")
    except web.Refused as refused:
        print(f"labels: {web.hider(web.secret('GITHUB_TOKEN', env), env=env)(str(refused))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
