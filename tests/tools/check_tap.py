"""The runner's reading of test output: nothing that failed may count as passed."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import tap  # noqa: E402
import test_runner  # noqa: E402

NODE = """TAP version 13
# Subtest: parent of a failure
    # Subtest: child that fails
    not ok 1 - child that fails
      ---
      duration_ms: 1
      failureType: 'testCodeFailure'
      error: 'got 1, wanted 2'
      ...
    # Subtest: child that passes
    ok 2 - child that passes
      ---
      duration_ms: 1
      ...
    1..2
not ok 1 - parent of a failure
  ---
  duration_ms: 2
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
# Subtest: alone
ok 2 - alone
  ---
  duration_ms: 2
  ...
1..2
# tests 4
# pass 2
# fail 2
"""


class Tap(unittest.TestCase):
    def test_a_failed_child_counts_once_and_carries_its_words(self):
        results = tap.parse(NODE)
        self.assertEqual(results.passed, 2)
        self.assertEqual([name for name, _ in results.failures], ["child that fails"])
        self.assertIn("got 1, wanted 2", results.failures[0][1])

    def test_cmocka_points_and_their_comments_are_read(self):
        results = tap.parse("1..2\nok 1 - a_b_c\nnot ok 2 - d_e_f\n# 0x1 != 0x2\n# a.c:7: error: Failure!\n")
        self.assertEqual(results.passed, 1)
        self.assertEqual(results.failures[0][0], "d_e_f")
        self.assertIn("a.c:7", results.failures[0][1])

    def test_a_skipped_test_has_failed(self):
        results = tap.parse("ok 1 - slow one # SKIP no time\n")
        self.assertEqual(results.passed, 0)
        self.assertEqual(len(results.failures), 1)


class MesonEntry(unittest.TestCase):
    def entry(self, stdout, result, stderr=""):
        return test_runner.of_meson_test(
            {"name": "t", "stdout": stdout, "stderr": stderr, "result": result, "returncode": 1})

    def test_a_program_that_passes_and_then_crashes_has_failed(self):
        results = self.entry("1..1\nok 1 - a_b_c\n", "ERROR", "LeakSanitizer: detected memory leaks")
        self.assertEqual(len(results.failures), 1)
        self.assertIn("LeakSanitizer", results.failures[0][1])

    def test_a_program_without_tests_has_failed(self):
        self.assertEqual(len(self.entry("1..0\n", "SKIP").failures), 1)

    def test_a_program_that_speaks_by_its_exit_status_is_one_test(self):
        results = self.entry("", "OK")
        self.assertEqual((results.passed, results.failures), (1, []))

    def test_a_program_that_passes_has_passed(self):
        results = self.entry("1..1\nok 1 - a_b_c\n", "OK")
        self.assertEqual((results.passed, results.failures), (1, []))


class Runner(unittest.TestCase):
    def stage(self, function):
        test_runner.STAGES["planted"] = function
        self.addCleanup(test_runner.STAGES.pop, "planted")
        return test_runner.run_stage("planted")[0]

    def test_a_stage_that_runs_nothing_has_failed(self):
        self.assertEqual(len(self.stage(tap.Results).failures), 1)

    def test_a_stage_that_breaks_has_failed(self):
        def broken():
            raise ValueError("planted")

        self.assertIn("planted", self.stage(broken).failures[0][1])

    def test_a_program_that_runs_too_long_is_ended_and_has_failed(self):
        status, output = test_runner.run("planted", ["sleep", "60"], limit_s=1)
        self.assertEqual(status, 124)
        self.assertIn("longer than 1 s", output)


if __name__ == "__main__":
    unittest.main()
