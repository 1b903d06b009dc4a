#!/usr/bin/env python3
"""./dev release: makes a release of what is on main, or prepares one on a release branch.

    ./dev release LEVEL|VERSION [OPTION…]      LEVEL is major, minor, patch, or auto: what the commits ask for
    ./dev release --ci                         on main in CI: the version that the file VERSION says, if it is new
    ./dev release --prepare [LEVEL|VERSION]    on release/X or hotfix/X: writes VERSION and CHANGELOG.md, commits

Steps: look at everything, test, write VERSION and CHANGELOG.md and commit them (unless that was prepared), tag, build
tarball, package and images into build/release/VERSION/, their SHA256SUMS, push where asked for. Each step looks whether
it is done already, and what a file holds is whole from the moment it has its name: so a release that broke off is
finished by the same command. Nothing is changed before all checks have passed. docs/releases.md has the rest.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import changelog
import tree
from changelog import Problem

MAIN = "main"
WRITTEN = ("VERSION", "CHANGELOG.md")
PARTS = ("package", "images")


def say(text):
    print(f"release: {text}", flush=True)


def git(root, *words, check=True):
    done = subprocess.run(["git", "-C", str(root), *words], check=False, capture_output=True, text=True)
    if done.returncode and check:
        raise Problem(f"git {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip() if done.returncode == 0 else None


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path, text):
    """A file is there whole or not at all."""
    new = path.with_name(path.name + ".new")
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def today():
    return time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())))


class Repository:
    """The tree and its history."""

    def __init__(self, root):
        self.root = root
        folder = git(root, "rev-parse", "--absolute-git-dir")
        self.journal = Path(folder) / "kinglet-release.json"
        self.lock = open(Path(folder) / "kinglet-release.lock", "w", encoding="utf-8")  # held until the process ends

    def alone(self):
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("another release of this clone runs at the moment") from None

    def head(self):
        return git(self.root, "rev-parse", "HEAD")

    def branch(self, env, is_ci):
        name = git(self.root, "symbolic-ref", "--quiet", "--short", "HEAD", check=False)
        if not name and is_ci:  # CI may check out a commit; a pull request's run is none of a branch
            pull = env.get("TRAVIS_PULL_REQUEST", "false") != "false" or "/pull/" in env.get("GITHUB_REF", "")
            name = None if pull else env.get("GITHUB_REF_NAME") or env.get("TRAVIS_BRANCH")
        return name or "no branch"

    def last_release(self):
        """The highest version with a tag that HEAD stands on: (tag, (major, minor, patch)), or (None, None)."""
        tags = (git(self.root, "tag", "--list", "v*", "--merged", "HEAD") or "").split()
        found = []
        for tag in tags:
            try:
                found.append((changelog.parse(tag[1:]), tag))
            except Problem:
                continue
        return (max(found)[1], max(found)[0]) if found else (None, None)

    def commit_of(self, tag):
        return git(self.root, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}", check=False)

    def text(self, name):
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def undo_half_written(self):
        """A break between writing and committing left what the journal says, and nothing of anybody else's."""
        if not self.journal.exists():
            return
        try:
            wanted = json.loads(self.journal.read_text(encoding="utf-8"))
        except ValueError:
            wanted = {}
        for name in WRITTEN:
            (self.root / f"{name}.new").unlink(missing_ok=True)
            if hashlib.sha256(self.text(name).encode()).hexdigest() == wanted.get(name):
                git(self.root, "checkout", "--quiet", "HEAD", "--", name)
        self.journal.unlink()

    def write_and_commit(self, version, texts):
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        write_whole(self.journal, json.dumps(hashes))
        for name, text in texts.items():
            write_whole(self.root / name, text)
        # Hooks ran over each commit that is in it; the tree's checks are part of the tests.
        git(self.root, *self.identity(), "commit", "--quiet", "--no-verify", "--message", f"Release {version}", "--",
            *texts)
        self.journal.unlink()

    def identity(self):
        """As whom to commit and to tag, where nobody is known: on a machine of CI."""
        if git(self.root, "var", "GIT_COMMITTER_IDENT", check=False) and git(self.root, "config", "user.email",
                                                                          check=False):
            return []
        if os.environ.get("GIT_COMMITTER_EMAIL") and os.environ.get("GIT_AUTHOR_EMAIL"):
            return []
        return ["-c", "user.name=Kinglet release", "-c", "user.email=release@kinglet.invalid"]


# ---- what is to be done --------------------------------------------------------------------------

class Plan:
    """One release: its version, the text of its section, and what is done of it already."""

    def __init__(self, repository, args, env):
        self.repository, self.args, self.env = repository, args, env
        self.branch = repository.branch(env, args.ci)
        self.last_tag, self.last = repository.last_release()
        self.resumes = False
        self.prepared = False
        self.notes = None
        self.texts = None
        self.version = None

    def tag(self):
        return f"v{self.version}"

    def check_place(self):
        repository, args = self.repository, self.args
        if git(repository.root, "rev-parse", "--is-shallow-repository") == "true":
            raise Problem("this clone has only part of the history: fetch the whole of it, with tags "
                          "(git fetch --unshallow --tags; in a workflow fetch-depth: 0)")
        if args.prepare:
            if not re.fullmatch(r"(release|hotfix)/.+", self.branch):
                raise Problem(f"on {self.branch}: a release is prepared on release/VERSION or hotfix/VERSION")
        elif self.branch != MAIN:
            raise Problem(f"on {self.branch}: releases are made on {MAIN} only (--prepare on a release branch)")
        changed = git(repository.root, "status", "--porcelain")
        if changed:
            raise Problem("the tree isn't clean; commit or put aside:\n" + "\n".join(changed.split("\n")[:20]))
        behind = git(repository.root, "rev-list", "--count", f"HEAD..refs/remotes/origin/{self.branch}", check=False)
        if behind and behind != "0" and not args.ci:
            raise Problem(f"origin/{self.branch} has {behind} commits more: pull first")

    def choose_version(self):
        """The version, by what was asked for. None where CI finds nothing to release."""
        head, asked = self.repository.head(), self.args.version
        in_file = self.repository.text("VERSION").strip()
        if self.args.ci:
            asked = in_file
        if self.args.prepare and not asked:
            asked = self.branch.split("/", 1)[1]
        if self.last_tag and self.repository.commit_of(self.last_tag) == head:
            self.version = self.last_tag[1:]
            if asked not in (*changelog.LEVELS, "auto", self.version):
                raise Problem(f"this commit is {self.version} already (tag {self.last_tag}), it can't be {asked} too")
            self.resumes = True
            return
        self.check_step(asked, in_file)

    def check_step(self, asked, in_file):
        entries = changelog.entries_between(self.repository.root, self.last_tag)
        needed = changelog.needed_level(self.last, entries) if self.last else None
        if asked in (*changelog.LEVELS, "auto"):
            if not self.last:
                self.version = in_file  # the first one
            else:
                self.version = changelog.bumped(self.last, needed if asked == "auto" else asked)
        else:
            self.version = asked
        new = changelog.parse(self.version)
        elsewhere = self.repository.commit_of(self.tag())
        if elsewhere and self.args.ci:
            self.version = None
            return
        if elsewhere or (self.last and new <= self.last):
            raise Problem(f"{self.version} isn't higher than what is released: {self.last_tag or self.tag()}")
        if new < changelog.parse(in_file):
            raise Problem(f"{self.version} is lower than what VERSION says: {in_file}")
        if self.last:
            step = changelog.level_of_step(self.last, new)
            if changelog.LEVELS.index(step) < changelog.LEVELS.index(needed):
                kinds = sorted({entry.kind for entry in entries if changelog.LEVEL_OF[entry.kind] != "patch"})
                raise Problem(f"{self.version} is a {step} step from {self.last_tag[1:]}, but since then something was "
                              f"{', '.join(kinds)}: semantic versions ask for a {needed} step, "
                              f"{changelog.bumped(self.last, needed)}")
        if self.args.prepare and self.branch.split("/", 1)[1] != self.version:
            raise Problem(f"the branch is {self.branch}, the version {self.version}: one of them is wrong")
        self.write_texts(in_file, entries)

    def write_texts(self, in_file, entries):
        """What VERSION and CHANGELOG.md will say; where a release branch has written them, they stay."""
        text = self.repository.text("CHANGELOG.md")
        self.notes = changelog.section_of(text, self.version)
        self.prepared = self.notes is not None
        if self.prepared:
            if in_file != self.version:
                raise Problem(f"CHANGELOG.md has a section {self.version}, but VERSION says {in_file}")
            self.check_nothing_came_after()
            return
        made = changelog.released(text, self.version, today(), entries)
        self.notes = changelog.section_of(made, self.version)
        self.texts = {"VERSION": f"{self.version}\n", "CHANGELOG.md": made}

    def check_nothing_came_after(self):
        """Entries of commits that came after the section was written, and that nobody added to it."""
        root = self.repository.root
        written = git(root, "log", "-1", "--format=%H", f"--grep=^Release {re.escape(self.version)}$", check=False)
        late = [entry for entry in changelog.entries_between(root, written)
                if entry.text not in " ".join(self.notes.split())] if written else []
        if late:
            raise Problem(f"since the section {self.version} of CHANGELOG.md was written, there came more; "
                          "add it there:\n" + changelog.body("", late))

    def read_notes(self):
        self.notes = changelog.section_of(self.repository.text("CHANGELOG.md"), self.version)
        if not self.notes:
            raise Problem(f"CHANGELOG.md has no section {self.version}, though the tag {self.tag()} is there")

    def make(self):
        """True where there is something to do. Raises Problem; changes nothing."""
        self.check_place()
        self.choose_version()
        if self.version is None:
            say(f"{self.repository.text('VERSION').strip()} is released already: nothing to do")
            return False
        if self.resumes:
            self.read_notes()
        return True

    def show(self):
        state = "its tag is there: what is missing is built" if self.resumes else \
            "VERSION and CHANGELOG.md are prepared" if self.prepared else "VERSION and CHANGELOG.md are written"
        say(f"{self.version}, after {self.last_tag or 'nothing'}; {state}")
        print(f"\n{self.notes}\n", flush=True)


# ---- the steps -----------------------------------------------------------------------------------

class Artefacts:
    """build/release/VERSION/: what was built, remembered by commit, so that a part is built once."""

    def __init__(self, root, version, commit):
        self.root, self.version, self.commit = root, version, commit
        self.folder = root / "build" / "release" / version
        self.record = self.folder / ".built"

    def begin(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        built = self.built()
        if built.get("commit") != self.commit:
            for path in self.folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            write_whole(self.record, json.dumps({"commit": self.commit, "parts": {}}))

    def built(self):
        try:
            return json.loads(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def has(self, part):
        """Whether a part was built and its files are still what they were."""
        files = self.built().get("parts", {}).get(part)
        return bool(files) and all((self.folder / name).exists() and digest(self.folder / name) == was
                                   for name, was in files.items())

    def done(self, part, names):
        built = self.built()
        built["parts"][part] = {name: digest(self.folder / name) for name in names}
        write_whole(self.record, json.dumps(built))

    def notes(self, text):
        write_whole(self.folder / "NOTES.md", f"{text}\n")

    def tarball(self):
        """The source as tagged: the same bytes whoever makes it and when."""
        name = f"kinglet-{self.version}.tar.gz"
        new = self.folder / f".{name}.new"
        archive = subprocess.Popen(
            ["git", "-C", str(self.root), "-c", "tar.umask=0022", "archive", "--format=tar",
             f"--prefix=kinglet-{self.version}/", f"v{self.version}"], stdout=subprocess.PIPE)
        with open(new, "wb") as file, archive:
            packed = subprocess.run(["gzip", "-n", "-9"], stdin=archive.stdout, stdout=file, check=False)
        if archive.returncode or packed.returncode:
            raise Problem("the tarball can't be made; see git's words above")
        os.replace(new, self.folder / name)
        return [name]

    def package(self):
        shutil.rmtree(self.root / "build" / "package", ignore_errors=True)
        self.run("./dev", "package")
        found = sorted((self.root / "build" / "package").glob(f"kinglet_{self.version}_*.deb"))
        if len(found) != 1:
            raise Problem(f"./dev package left {len(found)} of build/package/kinglet_{self.version}_*.deb, wanted one")
        new = self.folder / f".{found[0].name}.new"
        shutil.copyfile(found[0], new)
        os.replace(new, self.folder / found[0].name)
        return [found[0].name]

    def images(self):
        names = self.run("./dev", "images", "--version", self.version, capture=True).split()
        names = [name for name in names if name.endswith(f":{self.version}")]
        if not names:
            raise Problem(f"./dev images named no image with the tag {self.version}")
        lines = [self.run("docker", "image", "inspect", "--format", f"{name} {{{{.Id}}}} {{{{.Size}}}}", name,
                          capture=True).strip() for name in names]
        write_whole(self.folder / "images.txt", "\n".join(sorted(lines)) + "\n")
        return ["images.txt"]

    def saved(self):
        """The images themselves, for a machine that no registry reaches: docker load <FILE."""
        names = [line.split()[0] for line in (self.folder / "images.txt").read_text(encoding="utf-8").splitlines()]
        name = f"kinglet-images-{self.version}.tar.gz"
        new = self.folder / f".{name}.new"
        save = subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE)
        with open(new, "wb") as file, save:
            packed = subprocess.run(["gzip", "-n"], stdin=save.stdout, stdout=file, check=False)
        if save.returncode or packed.returncode:
            raise Problem("docker can't save the images; see its words above")
        os.replace(new, self.folder / name)
        return [name]

    def sums(self, parts):
        built = self.built()["parts"]
        names = sorted(name for part in parts for name in built[part])
        write_whole(self.folder / "SHA256SUMS", "".join(f"{digest(self.folder / name)}  {name}\n" for name in names))
        self.run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=self.folder)

    def run(self, *command, capture=False, cwd=None):
        done = subprocess.run(command, cwd=cwd or self.root, check=False, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE if capture else sys.stderr)
        if done.returncode:
            raise Problem(f"{' '.join(command)} failed ({done.returncode}); see its words above")
        return done.stdout


def test(plan):
    wanted = plan.args.tests
    if wanted == "none":
        say("no tests were asked for")
        return
    stages = [] if wanted == "all" else wanted.split(",")
    record = plan.repository.journal.with_name("kinglet-release-tested")
    done = f"{plan.repository.head()} {wanted}\n"
    if record.exists() and record.read_text(encoding="utf-8") == done:
        say("this commit has passed these tests already")
        return
    if subprocess.run(["./dev", "test", *stages], cwd=plan.repository.root, check=False).returncode:
        raise Problem("the tests failed; nothing is changed")
    write_whole(record, done)


def make_tag(plan):
    repository = plan.repository
    if repository.commit_of(plan.tag()):
        return
    message = f"Kinglet {plan.version}\n\n{plan.notes}\n"
    git(repository.root, *repository.identity(), "tag", "--annotate", "--cleanup=verbatim", "--message", message,
        plan.tag())
    say(f"tagged {plan.tag()}")


def build(plan):
    artefacts = Artefacts(plan.repository.root, plan.version, plan.repository.head())
    artefacts.begin()
    artefacts.notes(plan.notes)
    parts = ["tarball", *(part for part in PARTS if part not in plan.args.without)]
    if plan.args.save_images and "images" in parts:
        parts.append("saved")
    for part in parts:
        if artefacts.has(part):
            say(f"{part}: built already")
            continue
        artefacts.done(part, getattr(artefacts, part)())
        say(f"{part}: built")
    artefacts.sums(parts)
    return artefacts.folder


def push(plan):
    """Branch and tag come to the remote both or not at all."""
    root, wanted = plan.repository.root, [f"refs/tags/{plan.tag()}"]
    git(root, "fetch", "--quiet", "origin", MAIN)
    if git(root, "merge-base", "--is-ancestor", "HEAD", "FETCH_HEAD", check=False) is None:
        wanted.insert(0, f"HEAD:refs/heads/{MAIN}")  # else main is there, and may have gone on since
    done = subprocess.run(["git", "-C", str(root), "push", "--quiet", "--atomic", "origin", *wanted], check=False,
                          capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"git push failed; nothing of it was taken: {done.stderr.strip()[-500:]}")
    say(f"pushed {' and '.join(name.rsplit('/', 1)[-1] for name in wanted)}")


def notify(state, version, text, env):
    if not any(env.get(f"DISCORD_NOTICES_WEBHOOK_URL{suffix}") for suffix in ("", "_FILE")):
        return
    subprocess.run([str(tree.ROOT / "ops/notify/notify"), "release", state, "--subject", version, "--markdown", "-"],
                   input=text, text=True, check=False)


def carry_out(plan, env):
    try:
        test(plan)
        if plan.texts:
            plan.repository.write_and_commit(plan.version, plan.texts)
            say(f"committed {' and '.join(WRITTEN)}")
        if plan.args.prepare:
            say(f"prepared {plan.version}: review it, merge it into {MAIN}, and merge {MAIN} into develop")
            return
        make_tag(plan)
        folder = build(plan)
        if plan.args.push:
            push(plan)
    except Problem as problem:
        notify("failed", plan.version, str(problem), env)
        raise
    where = os.path.relpath(folder, plan.repository.root)
    say(f"{plan.version} is in {where}/; its sums are in SHA256SUMS")
    if not plan.args.push:
        say(f"to publish it: git push --atomic origin {MAIN} {plan.tag()}")
    notify("succeeded", plan.version, plan.notes, env)


# ---- the command ---------------------------------------------------------------------------------

def arguments(words):
    parser = argparse.ArgumentParser(prog="./dev release", description="makes a release of what is on main")
    parser.add_argument("version", metavar="VERSION", nargs="?", default="",
                        help="MAJOR.MINOR.PATCH, or major, minor, patch, auto: the step from the last one")
    parser.add_argument("--prepare", action="store_true",
                        help="only write VERSION and CHANGELOG.md, on a release branch")
    parser.add_argument("--ci", action="store_true",
                        help="release what VERSION says, if it is new; --push; the jobs before it have tested")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")
    parser.add_argument("--tests", metavar="all|none|STAGE,…", help="which tests must pass first (all; with --ci none)")
    parser.add_argument("--without", metavar="LIST", default="", help="leave out package, images")
    parser.add_argument("--save-images", action="store_true", help="the images as a file, too")
    parser.add_argument("--push", action="store_true", help="push main and the tag to origin, both or none")
    args = parser.parse_args(words)
    args.without = [part for part in args.without.split(",") if part]
    wrong = [part for part in args.without if part not in PARTS]
    if wrong:
        parser.error(f"--without {','.join(wrong)}: what can be left out is {', '.join(PARTS)}")
    if args.ci and (args.version or args.prepare):
        parser.error("--ci releases what VERSION says: it takes no version and goes without --prepare")
    if not (args.version or args.ci or args.prepare):
        parser.error("which version? MAJOR.MINOR.PATCH, major, minor, patch, or auto")
    args.tests = args.tests or ("none" if args.ci or args.prepare else "all")
    args.push = args.push or args.ci
    return args


def main(words, env):
    args = arguments(words)
    try:
        repository = Repository(tree.ROOT)
        repository.alone()
        if not args.dry_run:
            repository.undo_half_written()
        plan = Plan(repository, args, env)
        if plan.make():
            plan.show()
            if not args.dry_run:
                carry_out(plan, env)
    except Problem as problem:
        print(f"release: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("release: broken off; the same command goes on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
