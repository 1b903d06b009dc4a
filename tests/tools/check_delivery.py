"""The gates of delivery: messages of commits, large files, the scope of checks, reports, the analyzer."""

import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import check_analyzer  # noqa: E402
import check_licences  # noqa: E402
import check_message  # noqa: E402
import check_secrets  # noqa: E402
import check_sizes  # noqa: E402
import junit  # noqa: E402
import tap  # noqa: E402
import tree  # noqa: E402


class Messages(unittest.TestCase):
    def problems(self, text, finished=True):
        return list(check_message.problems(text, finished))

    def test_good_messages_pass(self):
        for text in ("Refuse a post of 501 characters", "Add x\n\nBecause y.\n", "Need a lock here\n",
                     "Process signals first", "Merge branch 'feature/x' into develop", 'Revert "Add x"\n\nIt broke.'):
            self.assertEqual(self.problems(text), [], text)

    def test_wrong_forms_are_told_apart(self):
        for text, said in (("", "empty"), ("# only a comment\n", "empty"), ("x" * 73, "73 characters"),
                           ("Added x", "as an order"), ("Adding x", "as an order"), ("Adds x", "as an order"),
                           ("add x", "a capital"), ("Add x.", "full stop"), ("Add x\nand y", "second line"),
                           ("fixup! Add x", "squash it"), ("Add x\n\n" + "long words " * 12, "line 3 has")):
            self.assertIn(said, " ".join(self.problems(text)), text)

    def test_comments_and_the_shown_difference_do_not_count(self):
        text = "Add x\n# ------------------------ >8 ------------------------\n" + "y " * 90
        self.assertEqual(self.problems(text), [])

    def test_a_commit_to_be_squashed_may_be_made_but_not_kept(self):
        self.assertEqual(self.problems("fixup! Add x", finished=False), [])
        self.assertEqual(len(self.problems("fixup! Add x", finished=True)), 1)

    def test_an_address_may_stand_out_of_the_text(self):
        self.assertEqual(self.problems("Add x\n\nhttps://example.org/" + "a" * 120), [])


class Range(unittest.TestCase):
    def test_each_commit_of_a_range_is_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            def git(*words):
                subprocess.run(["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
                               check=True, capture_output=True)

            git("init", "--quiet")
            for message in ("First light", "Added x", "Add y", "Fixed z"):
                git("commit", "--quiet", "--allow-empty", "--message", message)
            done = subprocess.run([sys.executable, check_message.__file__, "--range", "HEAD~2..HEAD"], cwd=folder,
                                  check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn('"Fixed": ', done.stderr)
            self.assertNotIn('"Added":', done.stderr)


class Files(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.addCleanup(self.widen)
        self.root = Path(temp.name)
        subprocess.run(["git", "init", "--quiet", self.root], check=True)

    @staticmethod
    def widen():
        tree.Scope.only = None
        tree.Scope.untracked = True

    def test_a_large_file_is_found_and_a_small_one_is_not(self):
        (self.root / "small").write_bytes(b"x" * check_sizes.LIMIT_BYTES)
        self.assertEqual(check_sizes.check(self.root), [])
        (self.root / "large").write_bytes(b"x" * (check_sizes.LIMIT_BYTES + 1))
        self.assertIn("large: 262145 bytes", check_sizes.check(self.root)[0])

    def test_files_of_secrets_are_known_by_name(self):
        for name in (".env", "id_ed25519", "ops/server.p12"):
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text("x\n")
            self.assertEqual(len(check_secrets.check(self.root)), 1, name)
            (self.root / name).unlink()
        (self.root / "ops/id_rsa.md").write_text("x\n")
        self.assertEqual(check_secrets.check(self.root), [])

    def test_a_scope_narrows_every_check(self):
        for name in ("one", "two"):
            (self.root / name).write_text("x")
        self.assertEqual(tree.files(self.root), ["one", "two"])
        tree.Scope.only = {"two"}
        self.assertEqual(tree.files(self.root), ["two"])
        self.widen()
        tree.Scope.untracked = False
        self.assertEqual(tree.files(self.root), [])
        subprocess.run(["git", "-C", self.root, "add", "one"], check=True)
        self.assertEqual(tree.files(self.root), ["one"])


class Reports(unittest.TestCase):
    def test_a_report_is_well_formed_whatever_the_tests_said(self):
        results = tap.Results()
        results.ok('says "<a & b>"')
        results.fail("unit: x\x1b[31m", "\n  got \x00 & <b>\n  wanted ]]>\n")
        suite = xml.etree.ElementTree.fromstring(junit.suite("unit", results, 1.5))
        self.assertEqual(suite.attrib, {"name": "unit", "tests": "2", "failures": "1", "errors": "0", "time": "1.500"})
        self.assertEqual([case.get("name") for case in suite], ['says "<a & b>"', "unit: x\ufffd[31m"])
        self.assertEqual(suite[1][0].get("message"), "got \ufffd & <b>")
        self.assertIn("wanted ]]>", suite[1][0].text)


class Analyzer(unittest.TestCase):
    def test_a_finding_has_its_function_and_place(self):
        text = ("../src/a.c: In function 'first':\n../src/a.c:3:2: warning: unused [-Wunused]\n"
                "../src/a.c: In function 'second':\n"
                "../src/a.c:9:5: warning: leak of 'p' [CWE-401] [-Wanalyzer-malloc-leak]\n"
                "cc1: warning: use of uninitialized value '*x' [CWE-457] [-Wanalyzer-use-of-uninitialized-value]\n")
        self.assertEqual(check_analyzer.parse(text), [
            ("second", "9", "leak of 'p'", "-Wanalyzer-malloc-leak"),
            ("?", "?", "use of uninitialized value '*x'", "-Wanalyzer-use-of-uninitialized-value")])

    def test_gcc_finds_a_planted_leak(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "build").mkdir()
            (root / "leak.c").write_text("#include <stdlib.h>\n\nint leak(void)\n{\n\tchar *p = malloc(9);\n\n"
                                         "\tif (!p)\n\t\treturn 1;\n\t*p = 0;\n\treturn 0;\n}\n")
            found = check_analyzer.analyze(root, "x", "leak.c", ["gcc", "-O2", str(root / "leak.c")])
            self.assertEqual([(path, function, warning) for path, function, _, _, warning in found],
                             [("leak.c", "leak", "-Wanalyzer-malloc-leak")])
            (root / "leak.c").write_text("int fine(void)\n{\n\treturn 0;\n}\n")
            for _ in range(2):  # the second time by what is remembered
                found = check_analyzer.analyze(root, "x", "leak.c", ["gcc", "-O2", str(root / "leak.c")])
                self.assertEqual(found, [])
            self.assertEqual(len(list((root / "build/analyzer-clean").iterdir())), 1)


class Licences(unittest.TestCase):
    ALLOWED = {"MIT", "LGPL-3+", "CC0-1.0"}
    HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n"

    def test_one_alternative_is_enough_and_all_its_parts_are_needed(self):
        for licence, allowed in (("MIT", True), ("GPL-2", False), ("GPL-2+ or LGPL-3+", True), ("(GPL-2 OR MIT)", True),
                                 ("(MIT AND CC0-1.0)", True), ("MIT and GPL-2", False), ("none", False), ("", False)):
            self.assertEqual(check_licences.is_allowed(licence, self.ALLOWED), allowed, licence)

    def test_the_licence_of_most_files_is_read(self):
        text = self.HEAD + "Files: debian/*\nLicense: GPL-2\n\nFiles:\n *\nCopyright: A\nLicense: Expat\n words\n"
        self.assertEqual(check_licences.of_copyright(text), "Expat")
        self.assertIsNone(check_licences.of_copyright("It is free software.\n"))

    def test_what_may_not_be_is_said_with_the_package(self):
        def problem(text, libraries=None):
            return check_licences.check_package("libx1", text, self.ALLOWED, libraries or {})

        self.assertIsNone(problem(self.HEAD + "Files: *\nLicense: MIT\n"))
        self.assertIn("libx1: GPL-3+ is not among", problem(self.HEAD + "Files: *\nLicense: GPL-3+\n"))
        self.assertIn("libx1: its copyright file is prose", problem("Free as air.\n"))
        read = {"libx1": ("LGPL-3+", "free as air")}
        self.assertIsNone(problem("It is free\n  as air.\n", read))
        self.assertIn("no longer says", problem("It costs.\n", read))
        self.assertIn("GPL-2 is not among", problem("x", {"libx1": ("GPL-2", "- because")}))

    def test_npm_packages_are_held_to_the_same(self):
        lock = {"packages": {"": {}, "node_modules/a": {"license": "MIT"}, "node_modules/b": {"license": "GPL-3.0"},
                             "node_modules/c": {}}}
        found = list(check_licences.check_lock(lock, self.ALLOWED))
        self.assertEqual(len(found), 2)
        self.assertIn("node_modules/b: GPL-3.0", found[0])
        self.assertIn("node_modules/c: no licence", found[1])


if __name__ == "__main__":
    unittest.main()
