#!/usr/bin/env python3
"""./dev lint: every check that needs no running program. `lint.py list` names them.

usage: lint.py [--tracked] [CHECK...] [-- FILE...]

--tracked leaves out what git doesn't track yet; FILEs are all that is looked at then. Both are for the hooks
(.pre-commit-config.yaml): a commit isn't refused for a file that isn't in it.

A check is a function that answers a list of problems; each problem says what to do. The compilers' own
warnings are not here: they stop the builds (gcc and clang) that ./dev test makes.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

import check_analyzer
import check_files
import check_forbidden
import check_languages
import check_layers
import check_lengths
import check_licences
import check_links
import check_lock
import check_secrets
import check_sizes
import check_tests
import tree

ROOT = tree.ROOT
TIDY_BUILD = "build-fuzz"  # clang's build: its compile commands are the ones that clang-tidy understands


def run(*command):
    """Lines that a program said, where it failed; else none."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return []
    return (done.stdout + done.stderr).strip().splitlines() or [f"{command[0]} failed silently"]


def check_format(root):
    sources = tree.files(root, ".c", ".h")
    if not sources:
        return []
    lines = run("clang-format", "--dry-run", "-Werror", *sources)
    wrong = sorted({line.split(":")[0] for line in lines if "error:" in line})
    return [f"{name}: not as .clang-format wants it. Run ./dev fmt" for name in wrong] or lines


def compile_commands():
    """The compiled C sources of the tree, by clang's build. The build is configured first where it isn't yet."""
    if not (ROOT / TIDY_BUILD / "build.ninja").exists():
        subprocess.run([sys.executable, ROOT / "tools/test_runner.py", "configure", TIDY_BUILD],
                       check=True, stdout=sys.stderr)
    # Generated headers must be there before anything can be parsed.
    subprocess.run(["ninja", "-C", str(ROOT / TIDY_BUILD)], check=True, capture_output=True)
    commands = json.loads((ROOT / TIDY_BUILD / "compile_commands.json").read_text())
    known = set(tree.files(ROOT, ".c"))
    names = {os.path.relpath(os.path.join(c["directory"], c["file"]), ROOT) for c in commands}
    return sorted(names & known)


# cmocka's failures don't return, which the analyzer doesn't know; and tests plant what others may not write.
TIDY_TESTS = "--checks=-clang-analyzer-*,-misc-misleading-bidirectional"


def tidy_key(name):
    """What clang-tidy's answer depends on, hashed: the preprocessed source and the rules."""
    done = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True)
    command = next(shlex.split(c["command"]) for c in json.loads(
        (ROOT / TIDY_BUILD / "compile_commands.json").read_text())
        if os.path.relpath(os.path.join(c["directory"], c["file"]), ROOT) == name)
    while "-o" in command:
        at = command.index("-o")
        del command[at:at + 2]
    text = subprocess.run([*command, "-E", "-C", "-w", "-o", "-"], cwd=ROOT / TIDY_BUILD, check=True,
                          capture_output=True).stdout
    return hashlib.sha256(done.stdout + (ROOT / ".clang-tidy").read_bytes() + TIDY_TESTS.encode() + text).hexdigest()


def tidy(name):
    """Lines of problems. A source that was clean is not looked at again until it changes."""
    clean = ROOT / TIDY_BUILD / "tidy-clean" / tidy_key(name)
    if clean.exists():
        return []
    options = [TIDY_TESTS] if name.startswith("tests/") else []
    done = subprocess.run(["clang-tidy", "--quiet", *options, "-p", TIDY_BUILD, name], cwd=ROOT, check=False,
                          capture_output=True, text=True, errors="replace")
    text = done.stdout.replace(str(ROOT) + "/", "").replace(TIDY_BUILD + "/../", "").strip()
    if done.returncode and not text:
        text = done.stderr.strip()
    if not text:
        clean.parent.mkdir(exist_ok=True)
        clean.touch()
    return text.splitlines()


def check_tidy(_root):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = [line for lines in pool.map(tidy, compile_commands()) for line in lines]
    return list(dict.fromkeys(found))  # a header's problem once, not once for each file that includes it


# cppcheck 2.10 itself crashes on these; clang-tidy still looks at them.
CPPCHECK_CRASHES = {"src/web/view.c"}  # it follows the recursion of view_count() without end


def check_cppcheck(root):
    sources = [name for name in tree.files(root, ".c") if name.startswith("src/") and name not in CPPCHECK_CRASHES]
    if not sources:
        return []
    return run("cppcheck", "--quiet", "--std=c11", "--enable=warning,performance,portability",
               "--inline-suppr", "--error-exitcode=1", f"-j{os.cpu_count() or 2}", "--library=posix",
               "--library=tools/cppcheck.cfg",
               "--suppress=missingIncludeSystem", "--suppress=normalCheckLevelMaxBranches",
               "--suppress=unknownMacro",  # cmocka's and ours; both compilers see them
               "--suppress=readdirCalled",  # glibc's is safe for streams that aren't shared; readdir_r is deprecated
               "--suppress=uninitvar:src/base/buf.h",  # takes each array given to buf_append() for unset
               "-Isrc", *sources)


def check_shell(root):
    scripts = [name for name in tree.files(root)
               if not name.endswith((".md", ".py", ".mjs"))
               and re.match(r"#!.*\b(ba|da)?sh\b", (tree.read(root, name) or "").split("\n", 1)[0])]
    return run("shellcheck", "--external-sources", "--check-sourced", *scripts) if scripts else []


def check_yaml(root):
    documents = tree.files(root, ".yml", ".yaml")
    return run("yamllint", "--strict", "--format", "parsable", *documents) if documents else []


def check_dockerfiles(root):
    files = [name for name in tree.files(root) if re.search(r"(^|/)([\w-]+\.)?Dockerfile(\.[\w-]+)?$", name)]
    return run("node", "tests/lint/dockerfiles.mjs", *files) if files else []


def check_javascript(root):
    problems = []
    for name in tree.files(root, ".mjs", ".js"):
        problems += run("node", "--check", name)
    return problems


def check_workflows(root):
    names = tree.files(root, ".yml", ".yaml")
    workflows = [name for name in names if name.startswith(".github/workflows/")]
    travis = [name for name in names if name == ".travis.yml"]
    return ((run("node", "tests/lint/workflows.mjs", *workflows) if workflows else []) +
            (run("node", "tests/lint/travis.mjs", *travis) if travis else []))


CHECKS = {
    "format": check_format,
    "files": check_files.check,
    "layers": check_layers.check,
    "languages": check_languages.check,
    "lengths": check_lengths.check,
    "forbidden": check_forbidden.check,
    "secrets": check_secrets.check,
    "links": check_links.check,
    "lock": check_lock.check,
    "sizes": check_sizes.check,
    "tests": check_tests.check,
    "yaml": check_yaml,
    "dockerfiles": check_dockerfiles,
    "workflows": check_workflows,
    "javascript": check_javascript,
    "shellcheck": check_shell,
    "cppcheck": check_cppcheck,
    "analyzer": check_analyzer.check,
    "licences": check_licences.check,
    "clang-tidy": check_tidy,
}


def run_checks(names, report):
    """Calls report(name, problems, seconds) for each check; a check that breaks is a problem, too."""
    for name in names:
        start = time.monotonic()
        try:
            problems = CHECKS[name](ROOT)
        except Exception as error:  # pylint: disable=broad-except
            detail = getattr(error, "stdout", None) or b""
            problems = [f"the check itself broke: {error!r}"]
            problems += (detail.decode() if isinstance(detail, bytes) else detail).splitlines()
        report(name, problems, time.monotonic() - start)


def narrowed(words):
    """The checks that were named, after the scope of files was set as asked for."""
    words, files = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, None)
    tree.Scope.only = None if files is None else {os.path.normpath(name) for name in files}
    tree.Scope.untracked = "--tracked" not in words
    return [word for word in words if word != "--tracked"]


def main(words):
    names = narrowed(words)
    if names == ["list"]:
        print("\n".join(CHECKS))
        return 0
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"lint: no such check: {', '.join(unknown)}. There are: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = 0

    def report(name, problems, seconds):
        nonlocal failed
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {name} ({seconds:.1f} s)", flush=True)
        for problem in problems:
            print(f"  {problem}")

    run_checks(names or list(CHECKS), report)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
