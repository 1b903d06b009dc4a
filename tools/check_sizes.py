#!/usr/bin/env python3
"""Large files: git keeps each version of them for ever, and every clone fetches them."""

import tree

LIMIT_BYTES = 256 * 1024

# What may be larger, up to how many bytes, and why. An entry that is no longer needed fails as well.
ALLOWED = {}


def check(root):
    problems = []
    used = set()
    for path in tree.files(root):
        size = (root / path).stat().st_size
        if size <= LIMIT_BYTES:
            continue
        used.add(path)
        limit = ALLOWED.get(path, LIMIT_BYTES)
        if size > limit:
            problems.append(f"{path}: {size} bytes, at most {limit}. Generate it, make it smaller, or list it in "
                            f"ALLOWED of tools/check_sizes.py with the reason")
    if tree.Scope.only is None:
        for path in sorted(set(ALLOWED) - used):
            problems.append(f"tools/check_sizes.py: {path} needs no exception any more. Remove it")
    return problems


if __name__ == "__main__":
    tree.main(check)
