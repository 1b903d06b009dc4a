"""tools/build_info.py: the commit of a build is the right one or unknown, and a source that is right is left alone."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import build_info  # noqa: E402

ONE = "0123456789abcdef0123456789abcdef01234567"


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.org", *words],
                          check=True, capture_output=True, text=True).stdout.strip()


class BuildInfo(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.root = Path(temp.name) / "tree"
        self.root.mkdir()
        for name in ("COMMIT", ".gitattributes"):
            shutil.copy(ROOT / name, self.root / name)

    def checkout(self):
        git(self.root, "init", "--quiet")
        git(self.root, "add", ".")
        git(self.root, "commit", "--quiet", "--message", "Begin")
        return git(self.root, "rev-parse", "HEAD")

    def test_a_checkout_says_its_commit(self):
        commit = self.checkout()
        self.assertEqual(build_info.commit_of(self.root), commit[:12])

    def test_a_tarball_of_git_archive_says_the_commit_that_it_was_made_of(self):
        commit = self.checkout()
        unpacked = self.root / "unpacked"
        unpacked.mkdir()
        archive = subprocess.run(["git", "-C", self.root, "archive", "HEAD"], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", unpacked], input=archive, check=True)
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", "Go on")
        self.assertEqual(build_info.commit_of(unpacked), commit[:12])

    def test_a_tree_inside_another_checkout_does_not_take_its_commit(self):
        self.checkout()
        (self.root / "inner").mkdir()
        self.assertEqual(build_info.commit_of(self.root / "inner"), "unknown")

    def test_a_checkout_without_a_commit_is_unknown(self):
        git(self.root, "init", "--quiet")
        self.assertEqual(build_info.commit_of(self.root), "unknown")

    def test_the_option_goes_before_the_environment_and_that_before_git(self):
        self.checkout()
        env = {"KINGLET_COMMIT": "f" * 40}
        self.assertEqual(build_info.commit_of(self.root, ONE, env), ONE[:12])
        self.assertEqual(build_info.commit_of(self.root, "", env), "f" * 12)

    def test_what_is_no_commit_is_refused_by_name(self):
        for wrong in ("main", "0123", "0123456789ax", '0123456789ab"'):
            with self.subTest(wrong), self.assertRaisesRegex(build_info.Refused, "the option commit"):
                build_info.commit_of(self.root, wrong)

    def test_a_refusal_fails_the_build_and_writes_nothing(self):
        output = self.root / "build_info.c"
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(build_info.main(output, "1.2.3", "main"), 1)
        self.assertIn("main", said.getvalue())
        self.assertFalse(output.exists())

    def test_the_source_is_written_only_where_it_differs(self):
        output = self.root / "build_info.c"
        build_info.main(output, "1.2.3", ONE)
        self.assertIn('.version = "1.2.3"', output.read_text())
        os.utime(output, (1, 1))
        build_info.main(output, "1.2.3", ONE)
        self.assertEqual(output.stat().st_mtime, 1)
        build_info.main(output, "1.2.4", ONE)
        self.assertNotEqual(output.stat().st_mtime, 1)


if __name__ == "__main__":
    unittest.main()
