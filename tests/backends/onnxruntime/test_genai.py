"""ONNX Runtime for language models: what it refuses at once, and what becomes of SmolLM2."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import onnx
import pytest

from edgeci.backends.onnxruntime import genai as onnxruntime_genai
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.types import Recipe, Target
from tests.backends.language_model_bench import Bench, bench
from tests.backends.language_models import assessment, attempt, llama, proposed

BACKEND = "onnxruntime_genai"
NPU = Target(name="phone", accelerator="npu")
smol = bench(BACKEND)


def operators(main: str) -> Counter[tuple[str, int | None]]:
    """How often each operator is there, and with weights of how many bits."""
    graph = onnx.load(main, load_external_data=False).graph
    return Counter(
        (node.op_type, next((field.i for field in node.attribute if field.name == "bits"), None)) for node in graph.node
    )


def test_the_module_is_a_text_backend() -> None:
    assert isinstance(onnxruntime_genai, Backend)


def test_a_folder_is_proposed_as_it_is_first() -> None:
    assert proposed(BACKEND) == ["as-is", "int8", "int4"]


@pytest.mark.parametrize("kind", ["gguf", "onnx", "mlx"])
def test_nothing_is_proposed_for_other_formats(kind: str) -> None:
    assert proposed(BACKEND, assessment(kind)) == []


def test_nothing_is_proposed_for_other_accelerators_or_quantized_weights() -> None:
    assert proposed(BACKEND, target=NPU) == []
    assert proposed(BACKEND, assessment(concern="already-quantized")) == []


def test_a_file_is_refused_with_the_route_that_exists(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"m\.gguf is none: .*gguf_file="):
        attempt(BACKEND, tmp_path / "m.gguf", "as-is")


@pytest.mark.parametrize(
    ("method", "options", "complaint"),
    [
        ("fp16", {}, "no method 'fp16'; it has as-is, int8, int4"),
        ("as-is", {"block_size": 32}, "unknown option block_size; known: none"),
        ("int8", {"last_layer": "int8"}, "unknown option last_layer; known: block_size"),
        ("int4", {"block_size": 48}, "block_size cannot be 48; it is one of 16, 32, 64, 128, 256"),
        ("int4", {"accuracy_level": True}, "accuracy_level cannot be true; it is one of 0, 1, 2, 3, 4"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(
    tmp_path: Path, method: str, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        attempt(BACKEND, llama(tmp_path / "hf"), method, **options)


@pytest.mark.parametrize("options", [{"symmetric": False}, {"last_layer": "int8"}])
def test_what_the_builder_writes_but_nothing_loads_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"writes an invalid graph .* add algorithm: k_quant or rtn"):
        attempt(BACKEND, llama(tmp_path / "hf", tie_word_embeddings=True), "int4", **options)


def test_a_target_without_a_cpu_is_missing_hardware(tmp_path: Path) -> None:
    with pytest.raises(BackendMissing, match="builds for the CPU; phone wants npu"):
        onnxruntime_genai.load(tmp_path / "model.onnx", Recipe(backend=BACKEND, method="as-is"), NPU)


@pytest.mark.slow
def test_as_is_answers_as_transformers_do(smol: Bench) -> None:
    agreement = smol.agreement("as-is")
    assert agreement.kl_divergence is not None and agreement.kl_divergence < 1e-5
    assert agreement.same_top == 1


@pytest.mark.slow
def test_as_is_quantizes_nothing_and_keeps_the_source_s_tokenizer(smol: Bench) -> None:
    main = smol.make("as-is")["main"]
    assert not any(name == "MatMulNBits" for name, _ in operators(main))
    assert 530 < smol.megabytes("as-is") < 550
    for name in ("tokenizer.json", "config.json"):
        assert (Path(main).parent / name).read_bytes() == (smol.model / name).read_bytes()


@pytest.mark.slow
def test_a_bfloat16_source_becomes_float32_and_says_so(smol: Bench, tmp_path: Path) -> None:
    made = smol.make("as-is", model=smol.narrowed(tmp_path))
    assert made["notes"] == [
        "what stays unquantized went from bfloat16 to float32, in which ONNX Runtime computes on a CPU"
    ]


@pytest.mark.slow
def test_the_same_folder_gives_the_same_bytes(smol: Bench, tmp_path: Path) -> None:
    again = Path(smol.make("int4", model=smol.elsewhere(tmp_path))["main"]).parent
    first = Path(smol.make("int4")["main"]).parent
    for name in ("model.onnx", "model.onnx.data", "genai_config.json"):
        assert (again / name).read_bytes() == (first / name).read_bytes()


@pytest.mark.slow
def test_int8_is_close_and_says_that_embeddings_are_not_in_it(smol: Bench) -> None:
    made = smol.make("int8")
    assert 0.001 < smol.divergence("int8") < 0.02
    assert operators(made["main"])["MatMulNBits", 8] == 151
    assert made["notes"] == ["the embeddings stay float32"]


@pytest.mark.slow
def test_int4_has_int4_products_and_embeddings(smol: Bench) -> None:
    made = smol.make("int4")
    counts = operators(made["main"])
    assert counts["MatMulNBits", 4] == 151 and counts["GatherBlockQuantized", 4] == 1
    assert made["notes"] == []
    assert smol.megabytes("int4") < 95


@pytest.mark.slow
def test_int4_loses_what_it_was_seen_to_lose(smol: Bench) -> None:
    assert 0.1 < smol.divergence("int4") < 0.7


@pytest.mark.slow
def test_a_last_layer_of_int8_makes_int4_better_and_is_noted(smol: Bench) -> None:
    assert smol.divergence("int4", algorithm="k_quant", last_layer="int8") < smol.divergence("int4")
    assert "150 matrix products of 4 bits, 1 of 8 bits" in smol.made["int4-algorithm-k_quant-last_layer-int8"]["notes"]


@pytest.mark.slow
def test_an_unknown_architecture_is_said_to_be_one(smol: Bench, tmp_path: Path) -> None:
    unknown = tmp_path / "unknown"
    unknown.mkdir()
    for path in smol.model.iterdir():
        (unknown / path.name).symlink_to(path)
    config = json.loads((unknown / "config.json").read_text())
    (unknown / "config.json").unlink()
    (unknown / "config.json").write_text(json.dumps({**config, "architectures": ["LlamaForQuestionAnswering"]}))
    with pytest.raises(BackendFailed, match="builder does not know this architecture"):
        smol.make("as-is", model=unknown)


@pytest.mark.slow
def test_threads_are_the_target_s_and_do_not_spin(smol: Bench) -> None:
    runtime = smol.answer("as-is", count=1)["runtime"]
    assert (runtime["threads"], runtime["spinning"]) == ("1", "off")
    assert runtime["execution_provider"] == "CPUExecutionProvider"
