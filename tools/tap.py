"""The Test Anything Protocol, as far as cmocka and Node's test runner write it."""

import re

POINT = re.compile(r"^(\s*)(not )?ok\b(?: \d+)?(?: - )?(.*?)(?:\s+#\s*(SKIP|TODO)\b.*)?$", re.I)


class Results:
    """What a stage found: which passed, and each failure with what it said."""

    def __init__(self):
        self.names = []  # of those that passed
        self.failures = []  # (name, text)

    @property
    def passed(self):
        return len(self.names)

    def ok(self, name):
        self.names.append(name)

    def fail(self, name, text=""):
        self.failures.append((name, text.rstrip()))

    def add(self, other, prefix=""):
        self.names += [prefix + name for name in other.names]
        self.failures += [(prefix + name, text) for name, text in other.failures]


def _detail(lines, start, indent):
    """What follows a point and belongs to it: comments and a block of YAML."""
    end = start
    while end < len(lines):
        line = lines[end]
        deeper = len(line) - len(line.lstrip()) > indent
        if not deeper and not line.lstrip().startswith("#") and line.strip():
            break
        if re.match(r"\s*# (Subtest:|tests |suites |pass |fail )", line):
            break
        end += 1
    return "\n".join(lines[start:end])


def parse(text):
    """Results of one stream. A skipped test counts as failed: what doesn't run proves nothing."""
    results = Results()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = POINT.match(line)
        if not match:
            continue
        indent, failed, name, off = len(match.group(1)), match.group(2), match.group(3), match.group(4)
        detail = _detail(lines, number + 1, indent)
        if off:
            results.fail(name, f"switched off ({off}): mend it or remove it")
        elif failed:
            # A parent fails because a child did, which was counted already.
            if "failureType: 'subtestsFailed'" not in detail:
                results.fail(name, detail)
        elif "type: 'suite'" not in detail and not name.endswith(".mjs"):
            results.ok(name)
    return results
