#!/usr/bin/env python3
"""Embeds static files in the program: assets.py [--brotli PROGRAM] OUTPUT.c FILE...

Each file becomes a row of asset_table (src/http/asset.h): plain, gzipped and brotlied as small as
it goes, with an ETag and a name that carries a fingerprint of its content. The same files give the
same bytes on every machine.
"""

import gzip
import hashlib
import os
import subprocess
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
# What is compressed already gains nothing.
COMPRESSED = {".png", ".ico"}
# A compressed form has to save this share of the plain one to be worth its place.
WORTH = 0.9


def compress(data, brotli):
    """(gzip, brotli), each empty where it doesn't pay."""
    forms = [gzip.compress(data, 9, mtime=0), b""]
    if brotli:
        forms[1] = subprocess.run([brotli, "-q", "11", "-c"], input=data, check=True,
                                  stdout=subprocess.PIPE).stdout
    return [form if len(form) < len(data) * WORTH else b"" for form in forms]


def array(name, data):
    rows = [", ".join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24)]
    return f"static const unsigned char {name}[] = {{\n\t" + ",\n\t".join(rows) + ",\n};\n"


def main(arguments):
    brotli = None
    if arguments[:1] == ["--brotli"]:
        brotli, arguments = arguments[1], arguments[2:]
    if len(arguments) < 2:
        print("usage: assets.py [--brotli PROGRAM] OUTPUT.c FILE...", file=sys.stderr)
        return 2
    output, paths = arguments[0], sorted(arguments[1:], key=os.path.basename)
    arrays, rows = [], []
    for index, path in enumerate(paths):
        name = os.path.basename(path)
        stem, extension = os.path.splitext(name)
        if extension not in TYPES:
            print(f"{path}: error: no media type is known for “{extension}”", file=sys.stderr)
            return 1
        if index and os.path.basename(paths[index - 1]) == name:
            print(f"{path}: error: two files of that name", file=sys.stderr)
            return 1
        with open(path, "rb") as file:
            data = file.read()
        digest = hashlib.sha256(data).hexdigest()
        forms = [data] + ([b"", b""] if extension in COMPRESSED else compress(data, brotli))
        fields = []
        for kind, form in zip(("plain", "gzip", "brotli"), forms):
            if form:
                arrays.append(array(f"{kind}_{index}", form))
                fields.append(f"\t\t.{kind} = {{(const char *){kind}_{index}, {len(form)}}},\n")
        rows.append(f'\t{{\n\t\t.name = "{name}",\n'
                    f'\t\t.fingerprint = "{stem}.{digest[:8]}{extension}",\n'
                    f'\t\t.type = "{TYPES[extension]}",\n'
                    f'\t\t.etag = "\\"{digest[:16]}\\"",\n' + "".join(fields) + "\t},\n")
    with open(output, "w", encoding="utf-8") as file:
        file.write("/* Made by tools/assets.py from static/: edit those. */\n"
                   '#include "http/asset.h"\n\n' + "\n".join(arrays) +
                   "\nconst struct asset asset_table[] = {\n" + "".join(rows) +
                   f"}};\nconst size_t asset_count = {len(rows)};\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
