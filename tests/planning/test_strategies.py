"""The strategies are data that somebody answers for, and a prior that loses nothing."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as draw
from pydantic import ValidationError

from edgeci.backends import registry
from edgeci.hardware.facts import facts
from edgeci.kinds.registry import kind
from edgeci.planning.strategies import FAMILIES, FILE, Choice, Condition, Strategies, ordered, strategies, strategy
from edgeci.types import Assessment, Fact, Recipe, Target
from tests import builders

MACHINES = Path(__file__).parents[1] / "hardware" / "machines"
CNN = builders.assessment()
ENCODER = builders.assessment(operators={"MatMul": 48, "Softmax": 6, "Transpose": 24, "LayerNormalization": 13})
LANGUAGE = builders.assessment(operators={}, kind="text", details={"embedding_length": 576})
CONTENT: dict[str, Any] = yaml.safe_load(FILE.read_text())

PLATFORMS = {
    # Recorded machine, accelerator of the target -> platform.
    ("jetson-orin-nano", "gpu"): "jetson-gpu",
    ("jetson-orin-nano", "cpu"): "arm-dotprod",
    ("laptop-on-battery", "gpu"): "intel-gpu",
    ("laptop-on-battery", "npu"): "intel-npu",
    ("snapdragon-8-gen-2", "cpu"): "android",
    ("macbook-m2", "cpu"): "apple-silicon",
    ("xeon-sapphire-rapids", "cpu"): "intel-vnni",
    ("epyc-virtual-machine", "cpu"): "x86-avx2",
    ("graviton-3", "cpu"): "arm-i8mm",
    ("raspberry-pi-5", "cpu"): "arm-dotprod",
    ("raspberry-pi-4", "cpu"): "arm-neon",
    ("atom-without-avx2", "cpu"): "any",
}


def family(assessment: Assessment) -> str:
    return kind(assessment.kind).family(assessment)


def on(machine: str, assessment: Assessment = CNN, accelerator: Any = "cpu") -> list[str]:
    """What is recommended, as `backend method`."""
    advice = strategy(assessment, Target(name="there", accelerator=accelerator), facts(MACHINES / machine))
    return [choice.recipe.title for choice in advice.choices]


@pytest.mark.parametrize(("machine", "accelerator"), PLATFORMS)
def test_a_recorded_machine_is_the_platform_that_it_is(machine: str, accelerator: Any) -> None:
    advice = strategy(CNN, Target(name="there", accelerator=accelerator), facts(MACHINES / machine))
    assert advice.platform == PLATFORMS[machine, accelerator]


def test_every_platform_is_reached() -> None:
    desktop = [
        Fact(name="accelerators", value=["NVIDIA GPU"], source="/dev"),
        Fact(name="cpu_features", value=["AVX2", "AVX-512 VNNI"], source="/proc/cpuinfo"),
        Fact(name="cpu", value="AMD EPYC 9R14", source="/proc/cpuinfo"),
    ]
    reached = {strategy(CNN, Target(name="x", accelerator=each), desktop).platform for each in ("cpu", "gpu")}
    assert reached == {"x86-vnni", "nvidia-gpu"}
    assert {platform.name for platform in strategies().platforms} == reached | set(PLATFORMS.values())


def test_a_machine_of_which_nothing_is_known_is_any_machine() -> None:
    for assessment in (CNN, ENCODER, LANGUAGE):
        assert strategy(assessment, Target(name="x"), []).platform == "any"


def test_any_comes_last_without_conditions_and_has_a_row_for_every_kind() -> None:
    *specific, last = strategies().platforms
    assert all(platform.when for platform in specific)
    assert last.name == "any"
    assert not last.when
    assert {kind for row in last.rows for kind in row.kinds} == set(FAMILIES)


def test_a_platform_without_a_row_for_the_kind_leaves_it_to_the_next() -> None:
    other = builders.assessment(operators={"Add": 1})
    assert strategy(other, Target(name="x"), facts(MACHINES / "graviton-3")).platform == "any"


def test_what_a_row_was_chosen_by_is_kept_with_its_source() -> None:
    advice = strategy(CNN, Target(name="pi"), facts(MACHINES / "raspberry-pi-5"))
    assert {fact.name for fact in advice.facts} == {"accelerator", "cpu_features"}
    assert all(fact.source for fact in advice.facts)


@pytest.mark.parametrize("accelerator", ["cpu", "gpu", "npu"])
@pytest.mark.parametrize("machine", sorted({machine for machine, _ in PLATFORMS}))
def test_nothing_recommends_an_edge_tpu_or_a_gguf_of_a_graph(machine: str, accelerator: Any) -> None:
    """OpenVINO has no plug-in for the one; nothing converts ONNX to the other."""
    for assessment in (CNN, ENCODER):
        backends = {title.split()[0] for title in on(machine, assessment, accelerator)}
        assert backends <= {"onnxruntime", "openvino", "olive"}
    assert "tpu" not in FILE.read_text().lower()


def test_the_matrices_of_the_chapter_where_they_hold() -> None:
    assert on("macbook-m2", LANGUAGE)[0] == "mlx int4"
    assert on("xeon-sapphire-rapids")[:2] == ["openvino int8-ptq", "openvino int8-accuracy-control"]
    assert on("snapdragon-8-gen-2")[0] == "onnxruntime int8-static"
    wide = LANGUAGE.model_copy(update={"details": {"embedding_length": 2048}})
    assert on("snapdragon-8-gen-2", wide)[0] == "llama_cpp q4_k_m"


def test_k_quants_step_back_where_the_width_does_not_divide() -> None:
    """576 is no multiple of 256: Q4_K_M would be mostly Q5_0 there."""
    assert on("snapdragon-8-gen-2", LANGUAGE) == ["llama_cpp q4_0", "llama_cpp q4_k_m"]


def test_without_dot_products_eight_bit_products_must_not_saturate() -> None:
    advice = strategy(CNN, Target(name="vm"), facts(MACHINES / "epyc-virtual-machine"))
    assert advice.choices[0].options == {"reduce_range": True}


def test_every_recommended_method_of_a_declared_backend_exists_or_says_that_it_does_not() -> None:
    for platform in strategies().platforms:
        for choice in (choice for row in platform.rows for choice in row.recipes):
            if choice.backend in registry.names() and (known := registry.methods(choice.backend)):
                assert choice.method in known or "no backend here makes it" in choice.remark, (platform.name, choice)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_a_built_in_backend_says_what_it_runs_and_which_methods_it_has(name: str) -> None:
    assert registry.runs(name)
    assert {recipe.method for recipe in registry.backend(name).propose(CNN, Target(name="x"))} <= registry.methods(name)


@pytest.mark.parametrize(
    ("operators", "kind"),
    [
        ({"Conv": 6, "Gemm": 1, "Softmax": 1}, "convolutional"),
        ({"Conv": 1, "MatMul": 96, "Softmax": 12, "Transpose": 48}, "transformer-encoder"),
        ({"com.microsoft.Attention": 6, "MatMul": 30}, "transformer-encoder"),
        ({"MatMul": 12, "Gemm": 24, "Softmax": 6, "Transpose": 12}, "transformer-encoder"),
        ({"MatMul": 4, "Relu": 3, "Softmax": 1}, "other"),
        ({"ai.onnx.ml.TreeEnsembleClassifier": 1}, "other"),
        ({}, "other"),
    ],
)
def test_the_kind_of_a_model_is_read_from_its_operators(operators: dict[str, int], kind: str) -> None:
    assert family(builders.assessment(operators=operators)) == kind


def test_a_model_of_text_is_a_language_model_whatever_its_operators() -> None:
    assert family(LANGUAGE.model_copy(update={"operators": {"Conv": 3}})) == "language-model"


def test_an_unknown_fact_meets_no_condition() -> None:
    assert not Condition(fact="cpu", none_of=("Intel",)).holds(None)
    assert Condition(fact="cpu", none_of=("Intel",)).holds(Fact(name="cpu", value="Arm", source="here"))


METHODS = draw.sampled_from(["a", "b", "c", "d"])
RECIPES = draw.lists(
    METHODS.map(lambda method: Recipe(backend="some", method=method)), unique_by=lambda recipe: recipe.id
)
CHOICES = draw.lists(METHODS.map(lambda method: Choice(backend="some", method=method)))


@given(RECIPES, CHOICES)
def test_ordering_loses_nothing_and_doubles_nothing(recipes: list[Recipe], choices: list[Choice]) -> None:
    in_order = list(ordered(recipes, choices))
    assert sorted(in_order, key=str) == sorted(recipes, key=str)
    named = [recipe for recipe in in_order if any(choice.is_for(recipe) for choice in choices)]
    assert in_order[: len(named)] == named


def broken(**changes: Any) -> dict[str, Any]:
    """The packaged file with its first row changed."""
    content = copy.deepcopy(CONTENT)
    content["platforms"][0]["rows"][0] |= changes
    return content


@pytest.mark.parametrize(
    "changes",
    [{"source": ""}, {"date": "soon"}, {"kinds": ["quantum"]}, {"recipes": []}, {"weight": 3}, {"recipes": [{"a": 1}]}],
    ids=str,
)
def test_a_mistake_in_the_file_is_refused(changes: dict[str, Any]) -> None:
    Strategies.model_validate(CONTENT)
    with pytest.raises(ValidationError):
        Strategies.model_validate(broken(**changes))
