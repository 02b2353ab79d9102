"""OpenVINO for language models: what it refuses at once, and what becomes of SmolLM2."""

from pathlib import Path
from typing import Any

import pytest

from edgeci.backends.openvino import optimum_intel
from edgeci.backends.protocol import Backend
from edgeci.errors import ConfigError, InputRejected
from edgeci.formats.openvino_ir import parameter_dtypes
from tests.backends.language_model_bench import Bench, bench
from tests.backends.language_models import assessment, attempt, llama, proposed
from tests.processors import FAST_INT8

BACKEND = "optimum_intel"
smol = bench(BACKEND)


def test_the_module_is_a_text_backend() -> None:
    assert isinstance(optimum_intel, Backend)


def test_a_folder_is_proposed_as_it_is_first() -> None:
    assert proposed(BACKEND) == ["as-is", "int8", "int4"]


@pytest.mark.parametrize("kind", ["gguf", "onnx", "mlx"])
def test_nothing_is_proposed_for_other_formats(kind: str) -> None:
    assert proposed(BACKEND, assessment(kind)) == []


def test_nothing_is_proposed_for_quantized_weights() -> None:
    assert proposed(BACKEND, assessment(concern="already-quantized")) == []


@pytest.mark.parametrize(("name", "route"), [("m.gguf", "gguf_file="), ("m.onnx", "no way back from ONNX")])
def test_a_file_is_refused_with_the_route_that_exists(tmp_path: Path, name: str, route: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is none: .*{route}"):
        attempt(BACKEND, tmp_path / name, "as-is")


def test_a_quantized_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="quantized already"):
        attempt(BACKEND, llama(tmp_path / "mlx", quantization={"bits": 4}), "as-is")


def test_a_config_that_is_not_json_is_rejected(tmp_path: Path) -> None:
    (llama(tmp_path / "hf") / "config.json").write_text("{")
    with pytest.raises(InputRejected, match=r"hf/config\.json: not JSON"):
        attempt(BACKEND, tmp_path / "hf", "as-is")


@pytest.mark.parametrize(
    ("method", "options", "complaint"),
    [
        ("int5", {}, "no method 'int5'; it has as-is, int8, int4"),
        ("as-is", {"bits": 4}, "unknown option bits; known: none"),
        ("int4", {"groupsize": 64}, "unknown option groupsize; known: symmetric, group_size"),
        ("int4", {"group_size": "64"}, 'group_size cannot be "64"; it is a whole number, 1 or more, or -1'),
        ("int4", {"ratio": 1.5}, "ratio cannot be 1.5; it is a number, 0 to 1"),
        ("int8", {"symmetric": "yes"}, 'symmetric cannot be "yes"; it is true or false'),
        ("int8", {"kv_cache": "u4"}, 'kv_cache cannot be "u4"; it is one of f32, f16, u8'),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(
    tmp_path: Path, method: str, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        attempt(BACKEND, llama(tmp_path / "hf"), method, **options)


@pytest.mark.parametrize("option", ["awq", "scale_estimation"])
def test_calibration_without_text_is_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(ConfigError, match=r"need running text; set data\.calibration"):
        attempt(BACKEND, llama(tmp_path / "hf"), "int4", **{option: True})


@pytest.mark.slow
def test_as_is_answers_as_transformers_do(smol: Bench) -> None:
    agreement = smol.agreement("as-is")
    assert agreement.kl_divergence is not None and agreement.kl_divergence < 1e-5
    assert agreement.same_top == 1


@pytest.mark.slow
def test_as_is_keeps_float32_and_the_source_s_tokenizer(smol: Bench) -> None:
    main = Path(smol.make("as-is")["main"])
    assert parameter_dtypes(main).keys() == {"bool", "float32", "int32", "int64"}
    assert 530 < smol.megabytes("as-is") < 550
    for name in ("tokenizer.json", "config.json"):
        assert (main.parent / name).read_bytes() == (smol.model / name).read_bytes()


@pytest.mark.slow
def test_as_is_keeps_bfloat16(smol: Bench, tmp_path: Path) -> None:
    dtypes = parameter_dtypes(smol.make("as-is", model=smol.narrowed(tmp_path))["main"])
    assert dtypes["bfloat16"] > 134_000_000 and "float16" not in dtypes


@pytest.mark.slow
def test_the_same_folder_gives_the_same_bytes(smol: Bench, tmp_path: Path) -> None:
    again = Path(smol.make("as-is", model=smol.elsewhere(tmp_path))["main"])
    first = Path(smol.make("as-is")["main"])
    assert again.read_bytes() == first.read_bytes()
    assert again.with_suffix(".bin").read_bytes() == first.with_suffix(".bin").read_bytes()


@pytest.mark.slow
def test_int8_is_a_quarter_and_close(smol: Bench) -> None:
    assert 0.001 < smol.divergence("int8") < 0.02
    assert smol.megabytes("int8") < 145


@pytest.mark.slow
def test_int8_with_float32_activations_is_closer(smol: Bench) -> None:
    """Where the processor has no int8 dot product, OpenVINO leaves activations alone anyway: both are the same."""
    exact, usual = smol.divergence("int8", running={"activations": "float32"}), smol.divergence("int8")
    assert exact < usual if FAST_INT8 else exact == usual


@pytest.mark.slow
def test_int4_is_int4_and_says_what_is_not(smol: Bench) -> None:
    made = smol.make("int4")
    dtypes = parameter_dtypes(made["main"])
    assert dtypes["uint4"] > 80_000_000
    assert made["notes"] == ["int4 for 79% of the compressed weights, int8 for the rest"]
    assert smol.megabytes("int4") < 95


@pytest.mark.slow
def test_int4_loses_what_it_was_seen_to_lose(smol: Bench) -> None:
    assert 0.1 < smol.divergence("int4") < 0.6


@pytest.mark.slow
def test_calibration_text_makes_int4_better(smol: Bench) -> None:
    assert smol.divergence("int4", awq=True, scale_estimation=True) < 0.8 * smol.divergence("int4")


@pytest.mark.slow
def test_a_group_size_that_does_not_divide_is_refused_with_one_that_does(smol: Bench) -> None:
    with pytest.raises(ConfigError, match="group_size 128 does not divide the 576 channels of this model; 64 and 32"):
        smol.make("int4", group_size=128)


@pytest.mark.slow
def test_no_precision_is_left_to_the_plug_in(smol: Bench) -> None:
    runtime = smol.answer("as-is", count=1)["runtime"]
    assert (runtime["inference_precision"], runtime["kv_cache"], runtime["threads"]) == ("f32", "f32", "1")
    assert runtime["dynamic_quantization_group_size"] == "0"
    runtime = smol.answer("int4", count=1)["runtime"]
    assert (runtime["kv_cache"], runtime["dynamic_quantization_group_size"]) == ("f32", "32")
