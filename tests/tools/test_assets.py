"""tools/assets.py: files that are embedded in the program."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(files, names=None):
    """The table made of {name: bytes}, or the error."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        done = subprocess.run([sys.executable, ROOT / "tools/assets.py", folder / "out.c"]
                              + [folder / n for n in (names or files)],
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            return done.stderr
        return (folder / "out.c").read_text()


class Assets(unittest.TestCase):
    def test_rows_are_ordered_by_name_whatever_the_order_given(self):
        table = run({"b.css": b"b", "a.js": b"a"}, ["b.css", "a.js"])
        self.assertEqual(re.findall(r'\.name = "(.*)"', table), ["a.js", "b.css"])
        self.assertIn("asset_count = 2;", table)

    def test_the_fingerprint_follows_the_content(self):
        one, same, other = run({"a.css": b"x"}), run({"a.css": b"x"}), run({"a.css": b"y"})
        found = [re.search(r'fingerprint = "(a\.[0-9a-f]{8}\.css)"', t).group(1)
                 for t in (one, same, other)]
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[0], found[2])
        self.assertEqual(one, same)

    def test_only_what_pays_is_compressed(self):
        self.assertIn(".gzip", run({"a.css": b"a{color:red}" * 100}))
        self.assertNotIn(".gzip", run({"a.css": b"a"}))
        self.assertNotIn(".gzip", run({"a.png": b"a" * 1000}))

    def test_all_bytes_are_embedded(self):
        data = bytes(range(256))
        table = run({"a.ico": data})
        numbers = re.search(r"plain_0\[\] = \{([^}]*)\}", table).group(1)
        self.assertEqual(bytes(int(n) for n in re.findall(r"\d+", numbers)), data)

    def test_unknown_kinds_and_double_names_are_refused(self):
        self.assertIn("no media type", run({"a.xyz": b""}))
        self.assertIn("two files of that name", run({"x/a.css": b"", "y/a.css": b""}))


if __name__ == "__main__":
    unittest.main()
