"""`edgeci explain`: the decision tree a person reads is the plan that is carried out."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from edgeci.reports.characters import inert_inside, one_line
from edgeci.reports.explanation import render
from edgeci.types import Branch, Explanation, Fact, Recipe
from edgeci.workbench.project import workspace_at
from tests.reports.hostile import ANY_TEXT, HOSTILE
from tests.stages.project_folder import CONFIG, Done, edgeci, example_project, small_project
from tests.stages.test_language_models import CONFIG as CONFIG_OF_TEXT
from tests.stages.test_language_models import project as language_project

ASKS = CONFIG.replace("propose: false", "propose: true")


def explained(folder: Path, *arguments: str) -> str:
    assert edgeci(folder, "assess").code == 0
    done = edgeci(folder, "explain", *arguments)
    assert done.code == 0, done.err
    return done.out


def records(done: Done) -> list[dict[str, object]]:
    assert done.code == 0, done.err
    return done.records


def both_backends(folder: Path) -> Path:
    return example_project(
        folder, **{"backends: [onnxruntime]": "backends: [onnxruntime, openvino]", "propose: false": "propose: true"}
    )


def test_it_wants_assess_first_as_the_other_verbs_do(tmp_path: Path) -> None:
    done = edgeci(small_project(tmp_path), "explain")
    assert done.code == 8
    assert "run `edgeci assess` first" in done.err


def test_it_says_platform_facts_strategy_and_order(tmp_path: Path) -> None:
    text = explained(both_backends(tmp_path))
    for part in (
        "target this-machine: a convolutional network on ",
        "accelerator: cpu (from edgeci.yaml, target this-machine)",
        "strategy: ",
        "1. onnxruntime as-is: the baseline",
        "onnxruntime graph-optimized: proposed by its backend",
        "int8, dynamic: asked for in edgeci.yaml",
    ):
        assert part in text


def test_what_it_says_is_tried_is_the_plan_in_its_order(tmp_path: Path) -> None:
    folder = both_backends(tmp_path)
    edgeci(folder, "assess")
    (tree,) = edgeci(folder, "explain", "--json").records
    plan = [record["recipe"] for record in edgeci(folder, "plan", "--json").records]
    assert [branch["recipe"] for branch in tree["branches"] if branch["order"]] == plan
    (prior,) = json.loads((folder / ".edgeci/strategy.json").read_text())["records"]
    assert (prior["source"], prior["date"]) == (tree["source"], tree["date"])


def test_a_strategy_drops_nothing_that_the_backends_propose(tmp_path: Path) -> None:
    folder = both_backends(tmp_path)
    edgeci(folder, "assess")
    titles = edgeci(folder, "plan").out
    for method in ("graph-optimized", "int8-static", "int8-dynamic"):
        assert f"onnxruntime {method}" in titles
    for method in ("as-is", "bf16", "int8-ptq", "int8-accuracy-control"):
        assert f"openvino {method}" in titles
    assert titles.splitlines()[0] == "this-machine: onnxruntime as-is"


def test_the_facts_of_the_machine_decide_the_order_and_add_what_it_needs(tmp_path: Path) -> None:
    """The same model planned with the recorded facts of a machine without int8 dot products."""
    folder = both_backends(tmp_path)
    edgeci(folder, "assess")
    facts = [Fact(name="cpu_features", value=["AVX2"], source="recorded")]
    workspace_at(folder / ".edgeci").write("hardware", facts, Fact)
    plan = [record["recipe"] for record in edgeci(folder, "plan", "--json").records]
    assert [recipe["method"] for recipe in plan[:3]] == ["as-is", "int8-static", "int8-ptq"]
    assert plan[1]["options"] == {"reduce_range": True}
    assert any(recipe["method"] == "int8-static" and not recipe["options"] for recipe in plan), "nothing is dropped"


def test_a_backend_that_the_target_does_not_list_is_a_rejected_branch(tmp_path: Path) -> None:
    text = explained(small_project(tmp_path, config=ASKS))
    assert "- openvino as-is: target cpu does not list the backend openvino" in text


def test_what_is_proposed_and_not_asked_for_says_so(tmp_path: Path) -> None:
    config = CONFIG.replace("[faulty]", "[onnxruntime]")
    assert "onnxruntime graph-optimized: its backend proposes it, but edgeci.yaml says `propose: false`" in explained(
        small_project(tmp_path, config=config)
    )


def test_an_absent_accelerator_rejects_and_plan_refuses_with_the_same_words(tmp_path: Path) -> None:
    config = CONFIG.replace("backends: [faulty]", "backends: [faulty]\n    accelerator: npu")
    folder = small_project(tmp_path, config=config)
    edgeci(folder, "assess")
    facts = [Fact(name="accelerators", value=["NVIDIA GPU"], source="/dev")]
    workspace_at(folder / ".edgeci").write("hardware", facts, Fact)
    reason = "no NPU is seen here (accelerators in /dev: NVIDIA GPU)"
    assert f"faulty as-is: {reason}" in edgeci(folder, "explain").out
    done = edgeci(folder, "plan")
    assert done.code == 4
    assert reason in done.err


def test_a_lossless_recipe_larger_than_the_targets_memory_is_left_out(tmp_path: Path) -> None:
    folder = both_backends(tmp_path)
    config = folder / "edgeci.yaml"
    config.write_text(config.read_text().replace("    threads: 1", "    threads: 1\n    memory_mb: 2"))
    text = explained(folder)
    assert "onnxruntime graph-optimized: the model alone takes 3 MB" in text
    assert "target this-machine has memory_mb: 2" in text
    assert "1. onnxruntime as-is: the baseline" in text, "without it there is nothing to compare with"


def test_a_tensor_backend_is_told_that_it_gets_a_language_model(tmp_path: Path) -> None:
    recipe = "  - {backend: onnxruntime, method: int8-dynamic}\n"
    folder = language_project(tmp_path, CONFIG_OF_TEXT.replace("[bigram]", "[bigram, onnxruntime]"), recipe)
    edgeci(folder, "assess")
    text = edgeci(folder, "explain").out
    assert "a language model on" in text
    assert "onnxruntime int8-dynamic: there is no route from GGUF to ONNX" in text
    plan = edgeci(folder, "plan", "--json")
    assert "onnxruntime" not in {record["recipe"]["backend"] for record in records(plan)}  # type: ignore[index]
    left_out = json.loads((folder / ".edgeci/rejected.json").read_text())["records"]
    assert any("quantize from the Hugging Face folder" in record["reason"] for record in left_out)


def test_a_text_backend_is_told_that_it_gets_a_tensor_model(tmp_path: Path) -> None:
    config = CONFIG.replace("[faulty]", "[faulty, bigram]")
    text = explained(small_project(tmp_path, "recipes:\n  - {backend: bigram, method: rounded}\n", config))
    assert "bigram rounded: bigram runs language models, and this is a tensor model; backends for it: " in text
    assert "onnxruntime" in text.partition("bigram runs language models")[2].splitlines()[0]


def hostile(text: str) -> Explanation:
    recipe = Recipe(backend="onnxruntime", method="int4", label=text or "blank", options={"nodes": [text]})
    return Explanation(
        target="cpu",
        model_kind="other",
        platform="any machine",
        facts=(Fact(name="cpu", value=text, source=text),),
        source="course",
        date="2026-11",
        remarks=(text,),
        branches=(
            Branch(recipe=recipe, order=1, reason=text),
            Branch(recipe=recipe, order=None, reason=text),
        ),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_itself_on_one_line(text: str) -> None:
    shown = render([hostile(text)])
    assert len(shown.splitlines()) == len(render([hostile("x")]).splitlines())
    assert inert_inside(one_line(text)) in shown


@settings(max_examples=60)
@given(ANY_TEXT)
def test_no_text_can_start_a_line(text: str) -> None:
    shown = render([hostile(f"::error::{text}##[error]{text}")])
    assert all(line.startswith(("target ", "  ")) for line in shown.splitlines())
    assert "##[" not in shown
    assert "\x1b" not in shown
