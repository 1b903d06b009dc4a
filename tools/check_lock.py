#!/usr/bin/env python3
"""The npm lock files: exact, checked by hash, without addresses, and for development only."""

import json
import re
from pathlib import Path

import tree

ALLOWED = {  # by folder
    "tests": {
        "@actions/expressions", "@actions/workflow-parser", "@cyclonedx/cyclonedx-library", "@grafana/schema", "ajv",
        "ajv-formats", "axe-core", "dockerfile-ast", "dockerfile-utils", "html-validate", "playwright-core",
        "typescript", "yaml",
    },
    "bench/lighthouse": {"lighthouse"},
}


def advice(folder):
    return f"Run in {folder}/: npm config set omit-lockfile-registry-resolved true; npm install"


def check_package(folder, package):
    for name, version in package.get("devDependencies", {}).items():
        if name not in ALLOWED[folder]:
            yield (f"{folder}/package.json: {name}: what is new needs its row in docs/dependencies.md and in "
                   "ALLOWED here")
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            yield f"{folder}/package.json: {name} {version}: pin the exact version"
    if package.get("dependencies"):
        yield f"{folder}/package.json: only devDependencies: the program doesn't run on Node.js"


def check_lock(folder, lock):
    file = f"{folder}/package-lock.json"
    for name, entry in lock["packages"].items():
        if not name:
            continue
        if "resolved" in entry:
            yield f"{file}: {name} carries a download address. {advice(folder)}"
        if "integrity" not in entry:
            yield f"{file}: {name} has no hash. {advice(folder)}"
        if not entry.get("dev"):
            yield f"{file}: {name} is not for development only"
        if entry.get("hasInstallScript"):
            yield f"{file}: {name} runs a script when installed, which npm ci --ignore-scripts forbids"


def check_folder(root, folder):
    package = json.loads(tree.read(root, f"{folder}/package.json"))
    lock = json.loads(tree.read(root, f"{folder}/package-lock.json"))
    yield from check_package(folder, package)
    yield from check_lock(folder, lock)
    if lock["packages"].get("", {}).get("devDependencies") != package.get("devDependencies"):
        yield f"{folder}/package-lock.json doesn't belong to {folder}/package.json. {advice(folder)}"


def check(root):
    return [problem for folder in ALLOWED if (Path(root) / folder / "package.json").exists()
            for problem in check_folder(root, folder)]


if __name__ == "__main__":
    tree.main(check)
