"""git is asked what a repository holds, and nothing of the repository is run. Each test of that has a canary."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from edgeci.errors import ConfigError, InputRejected
from edgeci.repository import Repository, repository_of, tree
from edgeci.repository import git as repository_git

NOBODY = 65534
AS_SOMEBODY = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", "-c", "gc.auto=0")


def git(folder: Path, *arguments: str) -> str:
    """git as a person uses it, with nothing overruled."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder.parent)}
    done = subprocess.run(
        ["git", "-C", folder, *AS_SOMEBODY, *arguments], env=clean, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def committed(folder: Path, message: str = "a") -> str:
    git(folder, "add", "--all", "--force", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def initialized(folder: Path, *options: str) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main", *options)
    return folder


def opened(path: Path) -> Repository:
    repository = repository_of(path)
    assert repository is not None
    return repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one file and one commit."""
    folder = initialized(tmp_path / "root")
    (folder / "model.bin").write_bytes(b"weights")
    committed(folder)
    return folder


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """What is there once something was run."""
    return tmp_path / "canary"


def booby_trapped(git_folder: Path, canary: Path, included: Path) -> None:
    """A configuration that starts a program wherever git has a place for one."""
    hooks = included.parent / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{canary}'\n")
        (hooks / name).chmod(0o755)
    run = f"touch '{canary}'"
    settings = {
        "filter.x.smudge": f"{run}; cat",
        "filter.x.clean": f"{run}; cat",
        "filter.x.process": run,
        "filter.x.required": "true",
        "diff.x.textconv": run,
        "diff.x.command": run,
        "diff.external": run,
        "core.fsmonitor": str(hooks / "fsmonitor-watchman"),
        "core.hooksPath": str(hooks),
        "core.sshCommand": run,
        "core.gitProxy": run,
        "core.pager": run,
        "core.editor": run,
        "core.alternateRefsCommand": run,
        "credential.helper": f"!{run}",
        "uploadpack.packObjectsHook": run,
        "tar.umask": "0",
    }
    for name, value in settings.items():
        subprocess.run(["git", "config", "--file", included, name, value], check=True)
    subprocess.run(["git", "config", "--file", git_folder / "config", "include.path", included], check=True)


def every_question(repository: Repository, tmp_path: Path) -> None:
    commit = repository.commit("HEAD")
    assert not repository.is_shallow
    repository.write_tree(commit, tmp_path / "written")
    assert repository.tracked(repository.root)


ATTRIBUTES = "* filter=x diff=x export-subst text eol=crlf ident working-tree-encoding=UTF-16\n"


def test_nothing_that_a_configuration_and_attributes_name_is_run(root: Path, canary: Path, tmp_path: Path) -> None:
    (root / ".gitattributes").write_text(ATTRIBUTES)
    (root / "text").write_bytes(b"$Id$ $Format:%H$\nline\r\n")
    git(root, "config", "core.autocrlf", "false")
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob(root, b'$Id$ $Format:%H$')},text")
    git(root, "commit", "--quiet", "--message", "attributes")
    booby_trapped(root / ".git", canary, tmp_path / "included")
    every_question(opened(root), tmp_path)
    assert (tmp_path / "written" / "text").read_bytes() == b"$Id$ $Format:%H$", "as it was committed"
    assert not canary.exists()


def blob(folder: Path, content: bytes) -> str:
    done = subprocess.run(
        ["git", "-C", folder, "hash-object", "-w", "--stdin"], input=content, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_a_folder_that_looks_like_a_bare_repository_is_none(root: Path, canary: Path, tmp_path: Path) -> None:
    """HEAD, config, objects and refs as plain files of a pull request."""
    trap = initialized(root / "models", "--bare")
    booby_trapped(trap, canary, tmp_path / "included")
    git(root, "add", "--force", "models")
    git(root, "commit", "--quiet", "--message", "trap")
    repository = opened(trap)
    assert repository == Repository(root, root / ".git")
    every_question(repository, tmp_path)
    assert (tmp_path / "written" / "models" / "HEAD").exists()
    assert not canary.exists()


def test_the_traps_of_these_tests_do_go_off(root: Path, canary: Path, tmp_path: Path) -> None:
    """What `git archive` in the caller's folder ran."""
    (root / ".gitattributes").write_text("* filter=x\n")
    committed(root)
    booby_trapped(root / ".git", canary, tmp_path / "included")
    subprocess.run(["git", "-C", root, "archive", "HEAD"], capture_output=True, check=False)
    assert canary.exists()


def test_variables_that_point_git_elsewhere_are_not_passed_on(
    root: Path, canary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = initialized(tmp_path / "other")
    committed(other)
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{canary}'\n")
    script.chmod(0o755)
    wrong = {"GIT_DIR": other / ".git", "GIT_INDEX_FILE": other / "none", "GIT_OBJECT_DIRECTORY": other / "none"}
    programs = dict.fromkeys(("GIT_EXTERNAL_DIFF", "GIT_SSH", "GIT_PAGER", "GIT_ASKPASS"), script)
    for name, value in {**wrong, **programs, "GIT_EXEC_PATH": tmp_path, "GIT_TRACE": canary}.items():
        monkeypatch.setenv(name, str(value))
    every_question(opened(root), tmp_path)
    assert not canary.exists()


def test_no_program_is_looked_up_where_the_caller_stands(
    root: Path, canary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "git").write_text(f"#!/bin/sh\ntouch '{canary}'\n")
    (root / "git").chmod(0o755)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))
    every_question(opened(Path()), tmp_path)
    assert not canary.exists()


def test_a_replaced_object_is_the_one_that_was_committed(root: Path, tmp_path: Path) -> None:
    git(root, "replace", blob(root, b"weights"), blob(root, b"others"))
    repository = opened(root)
    repository.write_tree(repository.commit("HEAD"), tmp_path / "written")
    assert (tmp_path / "written" / "model.bin").read_bytes() == b"weights"


def test_where_no_repository_is_there_is_none(tmp_path: Path) -> None:
    assert repository_of(tmp_path / "nowhere") is None
    (tmp_path / ".git").write_text("no line of git's")
    assert repository_of(tmp_path) is None
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert repository_of(tmp_path) is None


def test_a_further_work_tree_has_its_own_index_and_the_same_objects(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "--quiet", str(tmp_path / "further"))
    (tmp_path / "further" / "new").write_bytes(b"new")
    commit = committed(tmp_path / "further")
    repository = opened(tmp_path / "further" / "new")
    assert repository.root == tmp_path / "further"
    assert repository.commit("HEAD") == commit != opened(root).commit("HEAD")
    repository.write_tree(commit, tmp_path / "written")
    assert {path.name for path in repository.tracked(tmp_path / "further")} == {"model.bin", "new"}


def test_a_submodule_is_a_repository_of_its_own_and_is_left_out_of_the_outer_one(root: Path, tmp_path: Path) -> None:
    outer = initialized(tmp_path / "outer")
    git(outer, "submodule", "--quiet", "add", str(root), "inner")
    commit = committed(outer)
    inner = opened(outer / "inner" / "model.bin")
    assert inner.root == outer / "inner"
    assert inner.commit("HEAD") == opened(root).commit("HEAD")
    assert [path.name for path in inner.tracked(inner.root)] == ["model.bin"]
    opened(outer).write_tree(commit, tmp_path / "written")
    assert [path.name for path in sorted((tmp_path / "written").iterdir())] == [".gitmodules"]


def test_links_stay_inside_and_programs_stay_programs(root: Path, tmp_path: Path) -> None:
    (root / "deep" / "er").mkdir(parents=True)
    kept = {"deep/er/up": "../../model.bin", "here": "./deep/er", "deep/through": "../here/up"}
    lost = {"out": "../x", "deep/er/out": "../../../x", "root": "/etc/passwd", "deep/er/round": "up/../../../../x"}
    for name, target in (kept | lost).items():
        (root / name).symlink_to(target)
    (root / "program").write_text("#!/bin/sh\n")
    (root / "program").chmod(0o755)
    repository = opened(root)
    repository.write_tree(committed(root), tmp_path / "written")
    for name, target in kept.items():
        assert (tmp_path / "written" / name).readlink() == Path(target)
    assert not any((tmp_path / "written" / name).is_symlink() for name in lost)
    assert (tmp_path / "written" / "deep" / "through").read_bytes() == b"weights"
    assert (tmp_path / "written" / "program").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "written" / "model.bin").stat().st_mode & 0o777 == 0o644


def test_odd_names_are_names(root: Path, tmp_path: Path) -> None:
    names = ["-rf", "a b", "new\nline", '"quoted"', "tab\t", ":(glob)*", "*", "ünï", "x" * 200, os.fsdecode(b"\xff")]
    for name in names:
        (root / name).write_text("odd")
    repository = opened(root)
    repository.write_tree(committed(root), tmp_path / "written")
    assert {path.name for path in (tmp_path / "written").iterdir()} == {"model.bin", *names}
    assert {path.name for path in repository.tracked(root)} == {"model.bin", *names}
    assert repository.tracked(root / "*") == [root / "*"]
    assert repository.tracked(root / ":(glob)*") == [root / ":(glob)*"]


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "GIT~1", ".g\u200cit", ".git ", ".git::$INDEX_ALLOCATION"])
def test_names_that_mean_another_place_are_refused(root: Path, tmp_path: Path, name: str) -> None:
    commit = git(root, "commit-tree", "-m", "trap", tree_of(root, f"100644 blob {blob(root, b'x')}\t{name}\0"))
    with pytest.raises(InputRejected, match="is no name of a file in a tree"):
        opened(root).write_tree(commit, tmp_path / "written")
    assert not (tmp_path / "written").exists()


def tree_of(root: Path, lines: str) -> str:
    """A tree that `git mktree` does not look at."""
    command = ["git", "-C", root, "mktree", "-z"]
    return subprocess.run(command, input=lines.encode(), capture_output=True, check=True).stdout.decode().strip()


def test_a_name_that_is_a_link_and_a_folder_at_once_is_written_nowhere_else(root: Path, tmp_path: Path) -> None:
    inner = tree_of(root, f"100644 blob {blob(root, b'x')}\tcanary\0")
    both = (f"120000 blob {blob(root, b'.')}\ta", f"040000 tree {inner}\ta")
    made = tree_of(root, "".join(f"{line}\0" for line in both))
    commit = git(root, "commit-tree", "-m", "trap", made)
    with pytest.raises(ConfigError, match="'a' cannot be written here"):
        opened(root).write_tree(commit, tmp_path / "written")
    assert not (tmp_path / "canary").exists()


def test_a_tree_without_end_is_refused(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "second").write_bytes(b"12345678")
    repository, commit = opened(root), committed(root)
    monkeypatch.setattr(tree, "MOST_BYTES", 10)
    with pytest.raises(InputRejected, match="its files have more than 10 bytes"):
        repository.write_tree(commit, tmp_path / "bytes")
    monkeypatch.setattr(tree, "MOST_FILES", 1)
    with pytest.raises(InputRejected, match="2 files, more than 1"):
        repository.write_tree(commit, tmp_path / "files")


def test_a_tree_of_trees_of_trees_is_not_listed_to_its_end(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of ten of ten: ten objects that name more files than any disk holds."""
    monkeypatch.setattr(repository_git, "LARGEST_ANSWER_BYTES", 2**20)
    line, kind = blob(root, b"x"), "100644 blob"
    for _ in range(10):
        lines = "".join(f"{kind} {line}\t{number}\0" for number in range(10))
        line, kind = tree_of(root, lines), "040000 tree"
    commit = git(root, "commit-tree", "-m", "trap", line)
    with pytest.raises(InputRejected, match="no tree of files is so large"):
        opened(root).write_tree(commit, tmp_path / "written")


def test_a_large_file_comes_whole(root: Path, tmp_path: Path) -> None:
    content = os.urandom(3 * tree.PIECE_BYTES + 1)
    (root / "large").write_bytes(content)
    repository = opened(root)
    repository.write_tree(committed(root), tmp_path / "written")
    assert (tmp_path / "written" / "large").read_bytes() == content


def test_an_empty_commit_is_an_empty_folder(tmp_path: Path) -> None:
    root = initialized(tmp_path / "root")
    opened(root).write_tree(committed(root), tmp_path / "written")
    assert list((tmp_path / "written").iterdir()) == []


def test_a_file_that_only_looks_like_one_is_no_repository(root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / ".git").mkdir()
    assert opened(root / "inner").root == root


def pointer(content: bytes) -> tuple[str, bytes]:
    oid = hashlib.sha256(content).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    return oid, text.encode()


def test_what_lfs_keeps_is_taken_from_its_store_if_it_is_intact(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "--quiet", str(tmp_path / "further"))
    texts = {}
    for name, stored in {"fetched": b"fetched", "damaged": b"something else", "absent": None}.items():
        oid, texts[name] = pointer(name.encode())
        (tmp_path / "further" / name).write_bytes(texts[name])
        if stored is not None:
            place = root / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
            place.parent.mkdir(parents=True)
            place.write_bytes(stored)
    repository = opened(tmp_path / "further")
    repository.write_tree(committed(tmp_path / "further"), tmp_path / "written")
    contents = {name: (tmp_path / "written" / name).read_bytes() for name in texts}
    assert contents == texts | {"fetched": b"fetched"}


@pytest.mark.parametrize("names", ["sha1", "sha256"])
def test_a_file_is_tracked_as_long_as_it_lies_there_as_git_put_it(tmp_path: Path, names: str) -> None:
    root = initialized(tmp_path / "root", f"--object-format={names}")
    for name in ("same", "other", "gone", "linked/inside", "kind", "below/one", "below/two"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    (root / "link").symlink_to("same")
    (root / "moved").symlink_to("same")
    committed(root)
    (root / "new").write_text("new")
    (root / "other").write_text("OTHER")
    (root / "gone").unlink()
    (root / "kind").unlink()
    (root / "kind").symlink_to("same")
    (root / "moved").unlink()
    (root / "moved").symlink_to("other")
    (root / "linked").rename(tmp_path / "elsewhere")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "same").write_text("same")
    repository = opened(root)
    assert {path.relative_to(root).as_posix() for path in repository.tracked(root)} == {
        "below/one",
        "below/two",
        "link",
        "same",
    }
    assert repository.tracked(root / "below") == [root / "below" / "one", root / "below" / "two"]
    assert repository.tracked(root / "same") == [root / "same"]
    assert repository.tracked(root / "new") == []
    with pytest.raises(ConfigError, match="not in the work tree"):
        repository.tracked(tmp_path)


def test_what_git_converted_when_it_wrote_it_is_tracked_until_somebody_writes_it_again(root: Path) -> None:
    (root / ".gitattributes").write_text("*.json text eol=crlf\n")
    (root / "a.json").write_bytes(b"{\n}\n")
    committed(root)
    (root / "a.json").unlink()
    git(root, "checkout", "--", "a.json")
    assert (root / "a.json").read_bytes() == b"{\r\n}\r\n"
    assert root / "a.json" in opened(root).tracked(root)
    status = (root / "a.json").stat()
    (root / "a.json").write_bytes(b"[\r\n]\r\n")
    os.utime(root / "a.json", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert root / "a.json" not in opened(root).tracked(root)


@pytest.mark.parametrize("reference", ["--all", "-h", "a\0b", "nowhere", "HEAD:model.bin", "", "HEAD~7"])
def test_a_reference_to_no_commit_is_a_mistake_in_one_sentence(root: Path, reference: str) -> None:
    with pytest.raises(ConfigError, match=r"no name of a commit|no such commit .*; fetch it first$"):
        opened(root).commit(reference)


def test_a_history_that_was_cut_off_is_named_with_its_remedy(root: Path, tmp_path: Path) -> None:
    committed(root, "second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    repository = opened(tmp_path / "shallow")
    assert repository.is_shallow
    with pytest.raises(ConfigError, match="fetch-depth: 0"):
        repository.commit("HEAD~1")
    repository.write_tree(repository.commit("HEAD"), tmp_path / "written")


def test_what_a_partial_clone_lacks_is_not_fetched(root: Path, canary: Path, tmp_path: Path) -> None:
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{root}", "partial")
    for name, value in {"url": f"ext::touch {canary}", "uploadpack": f"touch {canary}", "vcs": "ext"}.items():
        git(tmp_path / "partial", "config", f"remote.origin.{name}", value)
    git(tmp_path / "partial", "config", "protocol.ext.allow", "always")
    repository = opened(tmp_path / "partial")
    with pytest.raises(ConfigError, match=r"model\.bin cannot be read; .* clone without `--filter`"):
        repository.write_tree(repository.commit("HEAD"), tmp_path / "written")
    assert not canary.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_repository_is_refused_with_gits_own_remedy(root: Path) -> None:
    for path in (root, root / ".git"):
        os.chown(path, NOBODY, NOBODY)
    with pytest.raises(ConfigError, match=r"another user.*git config --global --add safe\.directory .*root"):
        opened(root).commit("HEAD")


def test_without_git_the_sentence_says_so(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="git is not installed"):
        opened(root).commit("HEAD")
