#!/usr/bin/env python3
"""Functions that are not called in this tree, each with what to use instead."""

import re
import tree

BOUNDED = "use struct buf (base/buf.h) or snprintf"
NUMBER = "use str_to_i64() (base/str.h): it sees overflow and rubbish"
REENTRANT = "it keeps its answer in a static buffer that threads share; use the _r form"
RANDOM = "use rand_bytes() (base/rand.h)"

FORBIDDEN = {
    "strcpy": BOUNDED, "strcat": BOUNDED, "stpcpy": BOUNDED, "strncpy": BOUNDED, "strncat": BOUNDED,
    "sprintf": BOUNDED, "vsprintf": BOUNDED, "gets": "use fgets or getline",
    "strtok": "use str_cut() (base/str.h)",
    "atoi": NUMBER, "atol": NUMBER, "atoll": NUMBER, "atof": NUMBER,
    "scanf": NUMBER, "sscanf": NUMBER, "fscanf": NUMBER,
    "localtime": REENTRANT, "gmtime": REENTRANT, "ctime": REENTRANT, "asctime": REENTRANT,
    "getpwnam": REENTRANT, "gethostbyname": "use getaddrinfo",
    "rand": RANDOM, "srand": RANDOM, "random": RANDOM, "drand48": RANDOM,
    "system": "use posix_spawn with an argument list, never a shell",
    "popen": "use posix_spawn with an argument list, never a shell",
    "alloca": "use the request's arena", "tmpnam": "use mkstemp", "mktemp": "use mkstemp", "tempnam": "use mkstemp",
    "signal": "use sigaction", "longjmp": "errors are return values", "vfork": "use posix_spawn",
}

# Where one of them is right, and why.
ALLOWED = {
    ("src/auth/password.c", "sscanf"): "the form of a hash; each number has a width, and its end is looked at",
    ("src/metrics/process.c", "fscanf"): "the kernel's own file",
}
IGNORED = re.compile(r"signal\s*\(\s*\w+\s*,\s*SIG_(IGN|DFL)\s*\)")  # no handler: nothing to get wrong

CALL = re.compile(r"(?<![\w.>])(" + "|".join(FORBIDDEN) + r")\s*\(")
TYPEDEF = re.compile(r"^\s*typedef\s+(struct|union)\b", re.M)


def check_text(path, text):
    code = tree.strip_c(text)
    for match in CALL.finditer(code):
        name = match.group(1)
        if (path, name) in ALLOWED or IGNORED.match(code, match.start()):
            continue
        yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {name}() is forbidden: {FORBIDDEN[name]}"
    for match in TYPEDEF.finditer(code):
        line = code.count("\n", 0, match.start(1)) + 1
        yield f"{path}:{line}: no typedef of a struct: write `struct name` where it is used"


def check(root):
    problems = []
    for path in tree.files(root, ".c", ".h"):
        problems += check_text(path, tree.read(root, path))
    return problems


if __name__ == "__main__":
    tree.main(check)
