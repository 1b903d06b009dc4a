"""Reports of the stages as JUnit XML, the form that CI servers and editors show."""

import re
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 can't hold at all, not even escaped.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text):
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def suite(name, results, seconds):
    """The text of a report: a case for each test of tap.Results, those that passed first."""
    cases = [f"  <testcase classname={quoteattr(name)} name={quoteattr(clean(test))}/>\n" for test in results.names]
    for test, text in results.failures:
        message = next((line.strip() for line in text.split("\n") if line.strip()), "it failed")
        cases.append(f"  <testcase classname={quoteattr(name)} name={quoteattr(clean(test))}>\n"
                     f"    <failure message={quoteattr(clean(message))}>{escape(clean(text))}</failure>\n"
                     f"  </testcase>\n")
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<testsuite name={quoteattr(name)} tests=\"{len(cases)}\" failures=\"{len(results.failures)}\" "
            f"errors=\"0\" time=\"{seconds:.3f}\">\n{''.join(cases)}</testsuite>\n")


def write(folder, name, results, seconds):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.xml").write_text(suite(name, results, seconds), encoding="utf-8")
