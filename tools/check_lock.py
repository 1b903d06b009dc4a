#!/usr/bin/env python3
"""The tests' npm lock file: exact, checked by hash, without addresses, and for development only."""

import json
import re
import tree

ALLOWED = {
    "@actions/expressions", "@actions/workflow-parser", "@cyclonedx/cyclonedx-library", "@grafana/schema", "ajv",
    "ajv-formats", "axe-core", "dockerfile-ast", "dockerfile-utils", "html-validate", "playwright-core", "typescript",
    "yaml",
}
ADVICE = "Run in tests/: npm config set omit-lockfile-registry-resolved true; npm install"


def check_package(package):
    for name, version in package.get("devDependencies", {}).items():
        if name not in ALLOWED:
            yield f"tests/package.json: {name}: what is new needs its row in docs/dependencies.md and in ALLOWED here"
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            yield f"tests/package.json: {name} {version}: pin the exact version"
    if package.get("dependencies"):
        yield "tests/package.json: only devDependencies: the program doesn't run on Node.js"


def check_lock(lock):
    for name, entry in lock["packages"].items():
        if not name:
            continue
        if "resolved" in entry:
            yield f"tests/package-lock.json: {name} carries a download address. {ADVICE}"
        if "integrity" not in entry:
            yield f"tests/package-lock.json: {name} has no hash. {ADVICE}"
        if not entry.get("dev"):
            yield f"tests/package-lock.json: {name} is not for development only"
        if entry.get("hasInstallScript"):
            yield f"tests/package-lock.json: {name} runs a script when installed, which npm ci --ignore-scripts forbids"


def check(root):
    package = json.loads(tree.read(root, "tests/package.json"))
    lock = json.loads(tree.read(root, "tests/package-lock.json"))
    problems = list(check_package(package)) + list(check_lock(lock))
    root_entry = lock["packages"].get("", {})
    if root_entry.get("devDependencies") != package.get("devDependencies"):
        problems.append(f"tests/package-lock.json doesn't belong to tests/package.json. {ADVICE}")
    return problems


if __name__ == "__main__":
    tree.main(check)
