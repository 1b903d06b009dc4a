"""tools/changelog.py: what commits say of themselves, the steps of versions, and the sections of CHANGELOG.md."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import changelog  # noqa: E402
import check_message  # noqa: E402
from changelog import Entry, Problem  # noqa: E402


def entry(kind, text="Do it", commit="0123456789ab"):
    return Entry(kind, text, commit)


class Versions(unittest.TestCase):
    def test_versions_compare_by_their_numbers(self):
        self.assertLess(changelog.parse("0.9.0"), changelog.parse("0.10.0"))
        self.assertLess(changelog.parse("1.9.9"), changelog.parse("2.0.0"))

    def test_what_is_no_version_is_refused(self):
        for wrong in ("", "1", "1.2", "1.2.3.4", "01.2.3", "v1.2.3", "1.2.3-rc1", "1.2.x", "1.2.3\n", "1.2.9999999"):
            with self.subTest(wrong), self.assertRaises(Problem):
                changelog.parse(wrong)

    def test_the_kinds_of_changes_ask_for_a_step(self):
        for kinds, old, level in ((["fixed"], (1, 2, 3), "patch"), (["fixed", "added"], (1, 2, 3), "minor"),
                                  (["removed", "added"], (1, 2, 3), "major"), (["breaking"], (0, 2, 3), "minor"),
                                  ([], (1, 2, 3), "patch")):
            with self.subTest(kinds):
                self.assertEqual(changelog.needed_level(old, [entry(kind) for kind in kinds]), level)

    def test_a_step_sets_what_is_below_it_to_zero(self):
        self.assertEqual([changelog.bumped((1, 2, 3), level) for level in ("patch", "minor", "major")],
                         ["1.2.4", "1.3.0", "2.0.0"])


class Sections(unittest.TestCase):
    TEXT = "# Changelog\n\nHead.\n\n## Unreleased\n\nBy hand.\n\n## 0.1.0 (2026-01-01)\n\n- Old\n"

    def test_what_stands_by_hand_comes_first_and_kinds_have_their_order(self):
        made = changelog.released(self.TEXT, "0.2.0", "2026-02-01", [entry("fixed", "Mend"), entry("security", "Lock")])
        self.assertEqual(made, "# Changelog\n\nHead.\n\n## Unreleased\n\n## 0.2.0 (2026-02-01)\n\nBy hand.\n\n"
                         "### Security\n\n- Lock (0123456789ab)\n\n### Fixed\n\n- Mend (0123456789ab)\n\n"
                         "## 0.1.0 (2026-01-01)\n\n- Old\n")
        self.assertEqual(changelog.unreleased(made).strip(), "")

    def test_a_section_is_found_by_its_whole_version(self):
        text = "## 10.1.0 (x)\n\nten\n\n## 0.1.0\n\nnought\n"
        self.assertEqual(changelog.section_of(text, "0.1.0"), "nought")
        self.assertIsNone(changelog.section_of(text, "1.0"))

    def test_a_version_is_written_once(self):
        with self.assertRaisesRegex(Problem, "section 0.1.0 already"):
            changelog.released(self.TEXT, "0.1.0", "2026-02-01", [])

    def test_long_entries_are_broken_into_lines(self):
        lines = changelog.wrapped("word " * 60 + "end").split("\n")
        self.assertTrue(all(len(line) <= changelog.WIDTH for line in lines), lines)
        self.assertEqual(" ".join(line.strip() for line in lines), "- " + "word " * 60 + "end")


class Messages(unittest.TestCase):
    def problems(self, *paragraphs):
        return check_message.problems("\n\n".join(("Refuse a post of 501 characters", *paragraphs)), finished=True)

    def test_trailers_that_are_right_pass(self):
        for paragraph in ("Changelog: fixed", "Changelog: Added: A quiet hour, per person",
                          "Changelog: fixed\nChangelog: security\nReviewed-by: A <a@example.org>"):
            with self.subTest(paragraph):
                self.assertEqual(self.problems("It was cut.", paragraph), [])

    def test_a_kind_that_is_none_is_refused_with_those_that_are(self):
        self.assertIn("'fixd' is no kind of change. There are: breaking", self.problems("Changelog: fixd")[0])

    def test_a_trailer_in_the_middle_of_the_text_would_be_lost_and_is_refused(self):
        self.assertIn("it is a trailer", self.problems("Changelog: fixed\nand so on", "It was cut.")[0])

    def test_a_colon_with_nothing_behind_it_is_refused(self):
        self.assertIn("what?", self.problems("Changelog: fixed:")[0])


if __name__ == "__main__":
    unittest.main()
