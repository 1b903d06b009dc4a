"""tools/check_branch.py: names, starts and targets of branches, in real repositories."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import check_branch  # noqa: E402


class Names(unittest.TestCase):
    def test_the_branches_of_the_project_pass(self):
        for name in ("main", "develop", "feature/quiet-hours", "feature/12-quiet-hours", "feature/x", "release/0.2.0",
                     "hotfix/1.10.3"):
            with self.subTest(name):
                self.assertEqual(list(check_branch.name_problems(name)), [])

    def test_others_are_refused_with_what_to_do(self):
        for name, part in (("master", "is no branch of this project"), ("quiet-hours", "git branch -m feature/TOPIC"),
                           ("bugfix/x", "is no branch"), ("Feature/x", "is no branch"), ("feature/", "small letters"),
                           ("feature/Quiet", "small letters"), ("feature/a--b", "small letters"),
                           ("feature/a_b", "small letters"), ("feature/a/b", "small letters"),
                           ("feature/" + "x" * 51, "at most 50"), ("release/next", "is no version"),
                           ("release/v1.0.0", "is no version"), ("hotfix/1.0", "is no version"),
                           ("main/x", "is no branch"), ("feature/x\n", "small letters"),
                           ("feature/$(x)", "small letters")):
            with self.subTest(name):
                found = list(check_branch.name_problems(name))
                self.assertEqual(len(found), 1, found)
                self.assertIn(part, found[0])

    def test_a_pull_request_goes_where_its_kind_goes(self):
        for name, target, wrong in (("feature/x", "develop", False), ("feature/x", "main", True),
                                    ("release/0.2.0", "main", False), ("hotfix/0.1.1", "main", False),
                                    ("hotfix/0.1.1", "feature/x", True), ("develop", "main", True),
                                    ("main", "develop", False)):
            with self.subTest(f"{name} to {target}"):
                self.assertEqual(bool(list(check_branch.target_problems(name, target))), wrong)

    def test_the_name_comes_from_the_machine_that_builds(self):
        pull = {"GITHUB_HEAD_REF": "feature/x", "GITHUB_BASE_REF": "develop", "GITHUB_REF": "refs/pull/1/merge"}
        for env, wanted in ((pull, ("feature/x", "develop")),
                            ({"GITHUB_REF": "refs/heads/release/0.2.0"}, ("release/0.2.0", "")),
                            ({"GITHUB_REF": "refs/tags/v0.2.0"}, ("", "")),
                            ({"TRAVIS_BRANCH": "develop", "TRAVIS_PULL_REQUEST_BRANCH": "x"}, ("x", "develop")),
                            ({"TRAVIS_BRANCH": "develop"}, ("develop", "")),
                            ({"TRAVIS_BRANCH": "v0.2.0", "TRAVIS_TAG": "v0.2.0"}, ("", ""))):
            with self.subTest(env):
                self.assertEqual(check_branch.of_environment(env, Path("/nonexistent")), wanted)


class Starts(unittest.TestCase):
    """main and develop have gone on, each by a commit that the other hasn't."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.root = Path(temp.name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin")
        self.git("branch", "develop")
        self.commit("Release 0.1.0")
        self.git("switch", "--quiet", "develop")
        self.commit("Work")

    def git(self, *words, **env):
        subprocess.run(["git", "-C", self.root, "-c", "user.name=T", "-c", "user.email=t@example.org", *words],
                       check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", **env})

    def commit(self, subject, **env):
        self.git("commit", "--quiet", "--allow-empty", "--message", subject, **env)

    def branch(self, name, start):
        self.git("switch", "--quiet", "-c", name, start)
        self.commit("Do it")

    def test_a_feature_starts_at_develop(self):
        self.branch("feature/right", "develop")
        self.assertEqual(check_branch.problems(self.root, "feature/right"), [])
        self.branch("feature/wrong", "main")
        found = check_branch.problems(self.root, "feature/wrong")
        self.assertIn("holds 1 commits of main that develop hasn't: it must start at develop", found[0])

    def test_a_hotfix_starts_at_main(self):
        self.branch("hotfix/0.1.1", "main")
        self.assertEqual(check_branch.problems(self.root, "hotfix/0.1.1"), [])
        self.branch("hotfix/0.1.2", "develop")
        self.assertIn("it must start at main", check_branch.problems(self.root, "hotfix/0.1.2")[0])

    def test_a_release_may_hold_what_both_have(self):
        self.branch("release/0.2.0", "develop")
        self.git("merge", "--quiet", "--no-edit", "main")
        self.assertEqual(check_branch.problems(self.root, "release/0.2.0", "main"), [])

    def test_without_develop_the_name_alone_is_looked_at(self):
        self.branch("feature/x", "main")
        self.git("branch", "-D", "develop")
        self.assertEqual(check_branch.problems(self.root, "feature/x"), [])

    def test_a_feature_older_than_a_week_is_told_of(self):
        self.git("switch", "--quiet", "-c", "feature/young", "develop")
        self.commit("Do it")
        self.assertEqual(list(check_branch.warnings(self.root, "feature/young", "HEAD")), [])
        self.commit("Did it long ago", GIT_COMMITTER_DATE="2020-01-01T00:00:00Z")
        self.assertIn("older than a week", list(check_branch.warnings(self.root, "feature/young", "HEAD"))[0])


if __name__ == "__main__":
    unittest.main()
