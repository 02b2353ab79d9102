"""One action a command, with the same words; nothing a caller passes is ever read by a shell."""

import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from tests.actions.steps import ACTIONS, definition, program, run_last_step
from tools.actions_table import BEGIN, between_markers, table
from tools.commands import commands, folder

ROOT = ACTIONS.parent
NOT_ACTIONS = {"quickstart", "init", "schema", "doctor", "backend-list", "backend-install"}
"""Commands that are for people at a terminal; the only exemption there is."""
INSTALLER_INPUTS = {"extras": "EDGECI_EXTRAS"}
"""What the first step takes, the same in every action."""
EVERY_OUTPUT = {"exit-code"}
"""What launch.sh sets, in every action."""

COMMANDS = {folder(words): command for words, command in commands().items()}
WORDS = {folder(words): words for words in commands()}
VERBS = sorted(set(COMMANDS) - NOT_ACTIONS)
each_verb = pytest.mark.parametrize("verb", VERBS)

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "a\ntouch pwned\n",
    "a && touch pwned | b > pwned",
    "${{ github.token }}",
    "--help",
    "-",
    "* ~ $HOME \\ %0A",
)
PLACES = (("assess", "config"), ("assess", "target"), ("verify", "bundle"))


def parameters(verb: str) -> dict[str, click.Parameter]:
    """A command's parameters by the name of their input."""
    return {
        (item.opts[0].removeprefix("--") if isinstance(item, click.Option) else item.opts[0].replace("_", "-")): item
        for item in COMMANDS[verb].params
    }


def default(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "false"
    value = parameter.to_info_dict()["default"]
    return value if isinstance(value, str) else ""


def own_inputs(verb: str) -> dict[str, Any]:
    return {name: spec for name, spec in definition(verb)["inputs"].items() if name not in INSTALLER_INPUTS}


def tool(*command: str | Path) -> str:
    """A tool's output; it must be content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_command_but_those_exempted_is_an_action():
    assert sorted(path.parent.name for path in ACTIONS.glob("*/action.y*ml")) == VERBS


@each_verb
def test_an_action_says_what_its_command_says(verb):
    assert definition(verb)["name"] == f"edgeci {WORDS[verb]}"
    assert definition(verb)["description"] == str(COMMANDS[verb].help).split("\n")[0]


@each_verb
def test_the_inputs_are_the_options(verb):
    inputs, wanted = own_inputs(verb), parameters(verb)
    assert list(inputs) == list(wanted)
    for name, parameter in wanted.items():
        assert inputs[name]["required"] is parameter.required
        if isinstance(parameter, click.Option):
            assert inputs[name]["description"] == parameter.help
        if not parameter.required:
            assert inputs[name]["default"] == default(parameter)


@each_verb
def test_names_are_kebab_case_and_descriptions_are_sentences(verb):
    action = definition(verb)
    for name, spec in (action["inputs"] | action["outputs"]).items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert spec["description"][0] in "`" or spec["description"][0].isupper()
        assert spec["description"].endswith(".")
        assert isinstance(spec.get("default", ""), str), "GitHub knows only strings"


@each_verb
def test_every_input_is_forwarded_exactly_once_to_the_variable_that_the_command_reads(verb):
    install, last = definition(verb)["runs"]["steps"]
    expected = {f"EDGECI_{verb}_{item.name}".upper().replace("-", "_"): name for name, item in parameters(verb).items()}
    assert install["env"] == {variable: f"${{{{ inputs.{name} }}}}" for name, variable in INSTALLER_INPUTS.items()}
    assert last["env"] == {
        "EDGECI_PYTHON": "${{ steps.install.outputs.python }}",
        **{variable: f"${{{{ inputs.{name} }}}}" for variable, name in expected.items()},
    }


@each_verb
def test_an_argument_is_read_from_its_variable(verb):
    for item in COMMANDS[verb].params:
        if isinstance(item, click.Argument):
            assert item.envvar == f"EDGECI_{verb}_{item.name}".upper().replace("-", "_")


@each_verb
def test_nothing_is_interpolated_into_a_shell_and_no_other_action_is_used(verb):
    action = definition(verb)
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert set(step) == {"id", "shell", "run", "env"}
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


@each_verb
def test_the_two_steps_are_the_same_in_every_action(verb):
    install, last = definition(verb)["runs"]["steps"]
    assert install["run"] == 'bash "$GITHUB_ACTION_PATH/../install.sh"'
    assert last["run"] == f'bash "$GITHUB_ACTION_PATH/../launch.sh" {WORDS[verb]}'


@each_verb
def test_outputs_come_from_the_last_step(verb):
    for name, spec in definition(verb)["outputs"].items():
        assert re.fullmatch(rf"\$\{{\{{ steps\.edgeci\.outputs\.{name}( \|\| '\w+')? \}}\}}", spec["value"])


PAGES = [page for page in (ROOT / "README.md", ROOT / "docs/actions.md") if BEGIN in page.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_table_of_actions_is_current(page):
    assert between_markers(page.read_text()) == table(), "run `python -m tools.actions_table README.md docs/actions.md`"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The packaged example with the model as it is and nothing else: it works and misses its gates."""
    folder = tmp_path_factory.mktemp("project") / "project"
    shutil.copytree(ROOT / "edgeci/quickstart", folder)
    config = folder / "edgeci.yaml"
    text = re.sub(r"(?s)recipes:.*(?=gates:)", "budget: {seconds: 1, launches: 1}\n\n", config.read_text())
    config.write_text(text)
    return folder


@pytest.fixture(scope="module")
def steps(project):
    """Every verb but `verify` in the order of a pipeline, each in a step of its own; then all of it in one."""
    pipeline = [verb for verb in COMMANDS if verb in VERBS and verb not in ("run", "verify", "runner-check")]
    ended = {verb: run_last_step(verb, project) for verb in pipeline}
    ended |= {"run": run_last_step("run", project), "verify": run_last_step("verify", project, {"bundle": "no"})}
    return {**ended, "runner-check": run_last_step("runner-check", project, {"seconds": "1"})}


@each_verb
def test_the_step_sets_exactly_the_outputs_that_the_action_declares(steps, verb):
    assert set(steps[verb].outputs) == set(definition(verb)["outputs"]), steps[verb].log


@each_verb
def test_the_step_ends_with_the_exit_code_and_sets_it(steps, verb):
    expected = {"gate": 1, "release": 1, "run": 1, "verify": 7}
    allowed = (0, 3) if verb == "runner-check" else (expected.get(verb, 0),)  # 3: this machine is too busy
    assert steps[verb].code in allowed, steps[verb].log
    assert steps[verb].outputs["exit-code"] == str(steps[verb].code)


@pytest.mark.parametrize("verb", ["gate", "run"])
def test_a_missed_gate_fails_the_step_and_still_sets_the_outcome(steps, verb):
    assert steps[verb].outputs["outcome"] == "failed"
    assert json.loads(steps[verb].outputs["winners"]) == {}


@pytest.mark.parametrize("verb", ["report", "run"])
def test_the_summary_shows_the_table_and_the_log_annotates_the_line_of_the_gate(steps, verb):
    assert "this-machine" in steps[verb].summary
    assert "| onnxruntime as-is" in steps[verb].summary
    assert "::error file=edgeci.yaml,line=" in steps[verb].log


def test_the_paths_in_the_outputs_of_report_exist(steps, project):
    for name, path in steps["report"].outputs.items():
        assert name == "exit-code" or (project / path).is_file()


def test_a_failure_before_the_gates_sets_the_exit_code_and_annotates(tmp_path):
    ended = run_last_step("run", tmp_path, {"config": "missing.yaml"})
    assert ended.code == 2
    assert ended.outputs == {"exit-code": "2"}
    assert "title=edgeci exit 2::missing.yaml: " in ended.log


@pytest.mark.parametrize("verb", ["gate", "run"])
def test_an_outcome_that_was_never_set_reads_broken(verb):
    assert definition(verb)["outputs"]["outcome"]["value"] == "${{ steps.edgeci.outputs.outcome || 'broken' }}"


def test_plan_gives_a_job_matrix(project):
    ended = run_last_step("plan", project, {"matrix": "true"})
    expected = {"include": [{"target": "this-machine", "runs-on": ["self-hosted", "linux"]}]}
    assert ended.code == 0
    assert json.loads(ended.outputs["matrix"]) == expected


def test_an_empty_input_means_the_default(project):
    nothing = dict.fromkeys(own_inputs("assess"), "")
    assert run_last_step("assess", project, nothing).code == 0


def test_targets_are_separated_by_blanks_or_lines(project):
    assert run_last_step("assess", project, {"target": "this-machine\n  this-machine\n"}).code == 0
    ended = run_last_step("assess", project, {"target": "this-machine other"})
    assert ended.code == 2
    assert "no target 'other'" in ended.log


@pytest.mark.parametrize("flag", ["true", "false", ""])
def test_a_flag_is_a_quoted_boolean(project, flag):
    ended = run_last_step("assess", project, {"json": flag, "quiet": "true"})
    assert ended.code == 0
    assert ('"kind": "assessment"' in ended.log) == (flag == "true")


def test_a_flag_that_is_no_boolean_is_a_usage_error(project):
    ended = run_last_step("assess", project, {"json": "maybe"})
    assert ended.code == 2
    assert ended.outputs == {"exit-code": "2"}


@pytest.mark.parametrize(
    ("verb", "name", "value"),
    [(verb, name, value) for (verb, name), value in zip(itertools.cycle(PLACES), HOSTILE * 2, strict=False)],
)
def test_a_hostile_input_executes_nothing_and_sets_no_output(project, verb, name, value):
    ended = run_last_step(verb, project, {name: value})
    assert ended.code in (2, 7)
    assert set(ended.outputs) == EVERY_OUTPUT
    assert not list(project.parent.rglob("pwned"))
    commands = [line for line in ended.log.splitlines() if line.startswith("::")]
    assert len(commands) == 1
    assert f"title=edgeci exit {ended.code}::" in commands[0]


@pytest.mark.parametrize("name", ["$(touch pwned)", "`touch pwned`", "a'b\"c", "line\nbreak", "--config", "${HOME} *"])
def test_a_hostile_path_arrives_as_itself(project, tmp_path, name):
    folder = tmp_path / "caller"
    shutil.copytree(project, folder / name, ignore=shutil.ignore_patterns(".edgeci"))
    ended = run_last_step("assess", folder, {"config": f"{name}/edgeci.yaml", "workspace": f"{name} work"})
    assert ended.code == 0, ended.log
    assert (folder / f"{name} work" / "assessment.json").is_file()
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("module", ["click.py", "json.py", "edgeci/__init__.py", "sitecustomize.py"])
def test_no_module_in_the_callers_folder_is_imported(project, tmp_path, module):
    folder = tmp_path / "caller"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".edgeci"))
    (folder / module).parent.mkdir(exist_ok=True)
    (folder / module).write_text("from pathlib import Path\nPath('pwned').touch()\nraise SystemExit('pwned')\n")
    assert run_last_step("assess", folder).code == 0
    assert not list(tmp_path.rglob("pwned"))


def workflows() -> list[Path]:
    return sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/workflows/*.yml")])


def test_zizmor_finds_nothing_of_high_or_medium_severity():
    places = [ROOT / "actions", *workflows()]
    findings = json.loads(
        tool(
            program("zizmor"),
            *("--offline", "--strict-collection", "--no-exit-codes", "--format", "json"),
            *("--config", ROOT / ".github/zizmor.yml"),
            *places,
        )
    )
    severe = [item for item in findings if item["determinations"]["severity"] in ("High", "Medium")]
    assert not severe, json.dumps(severe, indent=2)


def check_jsonschema(schema: str, paths: Sequence[Path]) -> str:
    return tool(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths)


def test_the_schema_of_actions_accepts_every_action():
    check_jsonschema("vendor.github-actions", sorted(ACTIONS.glob("*/action.yml")))


def test_the_schema_of_workflows_accepts_every_workflow():
    assert workflows()
    check_jsonschema("vendor.github-workflows", workflows())


def test_actionlint_accepts_every_workflow():
    tool(program("actionlint"), "-no-color", *workflows())


def test_shellcheck_accepts_the_scripts():
    tool(program("shellcheck"), *sorted(ACTIONS.glob("*.sh")))
