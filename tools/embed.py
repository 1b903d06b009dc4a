#!/usr/bin/env python3
"""Embeds a text in the program: embed.py --symbol NAME [--replace FROM=TO]... INPUT OUTPUT.c

Defines `const unsigned char NAME[]` and `const size_t NAME_bytes`. A JSON file is checked and its white
space dropped, so that the source may be written for people.
"""

import argparse
import json
import pathlib

ROW_BYTES = 24


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbol", required=True)
    parser.add_argument("--replace", action="append", default=[], metavar="FROM=TO")
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()
    text = options.input.read_text(encoding="utf-8")
    for pair in options.replace:
        before, after = pair.split("=", 1)
        if before not in text:
            parser.error(f"{options.input}: there is no {before}")
        text = text.replace(before, after)
    if options.input.suffix == ".json":
        text = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) + "\n"
    data = text.encode()
    rows = [", ".join(str(byte) for byte in data[i:i + ROW_BYTES])
            for i in range(0, len(data), ROW_BYTES)]
    symbol = options.symbol
    options.output.write_text(
        f"/* Made by tools/embed.py from {options.input.name}; edit that instead. */\n"
        "#include <stddef.h>\n\n"
        f"extern const unsigned char {symbol}[];\n"
        f"extern const size_t {symbol}_bytes;\n\n"
        f"const unsigned char {symbol}[] = {{\n\t" + ",\n\t".join(rows) + ",\n};\n"
        f"const size_t {symbol}_bytes = sizeof({symbol});\n", encoding="utf-8")


if __name__ == "__main__":
    main()
