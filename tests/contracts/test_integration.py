"""`.ci/run` is sections, and the workflow runs nothing else."""

import re
import subprocess
from pathlib import Path

from tests.actions.steps import program

ROOT = Path(__file__).parents[2]
RUN = ROOT / ".ci" / "run"
SECTIONS = {path.name: path.read_text() for path in sorted((ROOT / ".ci" / "sections").iterdir())}


def output(*command: str | Path, code: int = 0) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def words(pattern: str, text: str) -> set[str]:
    return {word for line in re.findall(pattern, text, re.MULTILINE) for word in line.split()}


def test_shellcheck_accepts_every_script() -> None:
    scripts = [path for path in sorted((ROOT / ".ci").rglob("*")) if path.is_file()]
    output(program("shellcheck"), "--shell", "bash", "--external-sources", *scripts)


def test_the_list_names_every_section_and_what_it_does() -> None:
    assert dict(line.split(maxsplit=1) for line in output(RUN, "--list").splitlines()) == {
        name: text.removeprefix("# does: ").partition("\n")[0] for name, text in SECTIONS.items()
    }


def test_a_section_needs_sections() -> None:
    assert words("^# needs: (.+)$", "".join(SECTIONS.values())) <= set(SECTIONS)


def test_an_unknown_section_is_a_mistake_before_anything_runs() -> None:
    assert output(RUN, "lint", "everything", code=4).startswith("no section everything; there are:\n")


def test_the_workflow_runs_sections() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert words(r"\.ci/run (.+)$", workflow) <= set(SECTIONS)


def test_what_the_workflow_uploads_is_written() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert words(r"path: (\S+)", workflow) == {"build/junit.xml"}
    assert "--junitxml=build/junit.xml" in SECTIONS["fast"]
