#!/usr/bin/env python3
"""Layers: who may include whom, and which file may know which library.

The direction is main → routes, guard → web, api, admin, command → service → auth, store → model → base,
never upward; http and metrics stand beside, and http knows only base; admin stands on web as well, since the
dashboard is pages. web and api reach data only through service, so they call no store_*() either.
ARCHITECTURE.md explains why.
"""

import re
import tree

BELOW = {
    "base": set(),
    "metrics": {"base"},
    "model": {"base"},
    "http": {"base"},
    "store": {"model", "metrics", "base"},
    "auth": {"model", "metrics", "base"},
    "mail": {"base"},
    "service": {"auth", "mail", "store", "model", "metrics", "base"},
    "web": {"service", "auth", "model", "http", "metrics", "base"},
    "api": {"service", "auth", "model", "http", "metrics", "base"},
    # The dashboard is pages among the pages: it shares their frame, escaping and headers.
    "admin": {"web", "service", "store", "model", "http", "metrics", "base"},
    "command": {"service", "auth", "store", "model", "metrics", "base"},
}

# A library's header, and the path prefixes that may include it. What is not listed is free.
LIBRARIES = [
    (r"sqlite3\.h", ["src/store/sqlite"]),
    (r"libpq-fe\.h", ["src/store/postgres"]),
    (r"uv\.h|uv/.*", ["src/http/server"]),
    (r"llhttp\.h|llhttp/.*", ["src/http/server"]),
    (r"sodium\.h|sodium/.*", ["src/auth/", "src/base/digest.c", "src/base/encode.c", "src/base/rand.c",
                               "src/service/import.c", "src/web/page_other.c"]),
    (r"openssl/.*", ["src/auth/"]),
    (r"jansson\.h", ["src/api/"]),
    (r"utf8proc\.h", ["src/base/utf8"]),
    (r"qrencode\.h", ["src/web/qr.c"]),
    (r"curl/.*", ["src/mail/smtp.c"]),
    (r"zlib\.h", ["src/http/", "src/web/page_cache.c"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
STORE_CALL = re.compile(r"\b(store_[a-z_]+)\s*\(")


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None  # src/main.c and its like stand above all layers


def check_includes(path, text):
    layer = layer_of(path)
    for match in INCLUDE.finditer(text):
        kind, name = match.groups()
        where = f"{path}:{text.count(chr(10), 0, match.start(2)) + 1}"
        target = name.split("/")[0]
        if kind == '"' and layer and target in BELOW and target != layer \
                and target not in BELOW.get(layer, set()):
            allowed = ", ".join(sorted(BELOW.get(layer, set()))) or "nothing else"
            yield (f"{where}: {layer}/ must not include {name}: {layer}/ stands on {allowed}. "
                   f"Move what is shared down, or pass it in from above")
        for pattern, prefixes in LIBRARIES:
            if re.fullmatch(pattern, name) and not path.startswith(tuple(prefixes)):
                yield (f"{where}: only {', '.join(prefixes)}* may include {name}. "
                       f"Use what that module offers, or add an operation to it")


def check_store_calls(path, text):
    if layer_of(path) not in ("web", "api"):
        return
    code = tree.strip_c(text)
    for match in STORE_CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        yield (f"{path}:{line}: {layer_of(path)}/ calls {match.group(1)}(): pages and the API reach data "
               f"only through service/. Add the operation to a service header")


def check(root):
    problems = []
    for path in tree.files(root, ".c", ".h"):
        if not path.startswith("src/"):
            continue
        layer = layer_of(path)
        if layer and layer not in BELOW:
            problems.append(f"{path}: the layer {layer}/ is not known. Say in tools/check_layers.py what "
                            f"it stands on, and in ARCHITECTURE.md why")
            continue
        text = tree.read(root, path)
        problems += check_includes(path, text)
        problems += check_store_calls(path, text)
    return problems


if __name__ == "__main__":
    tree.main(check)
