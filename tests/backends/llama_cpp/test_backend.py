"""llama.cpp: what it refuses at once, and what becomes of SmolLM2."""

from pathlib import Path
from typing import Any

import pytest

from edgeci.backends.llama_cpp import backend as llama_cpp
from edgeci.backends.llama_cpp.runtime import features
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, ConfigError, InputRejected
from tests.backends import language_model_tasks as tasks
from tests.backends.language_model_bench import Bench, bench
from tests.backends.language_models import assessment, attempt, llama, proposed
from tests.backends.llama_cpp import llama_cpp_tasks

BACKEND = "llama_cpp"
smol = bench(BACKEND)


def test_the_module_is_a_text_backend() -> None:
    assert isinstance(llama_cpp, Backend)


@pytest.mark.parametrize("kind", ["huggingface", "gguf"])
def test_few_file_types_are_proposed_as_is_first(kind: str) -> None:
    assert proposed(BACKEND, assessment(kind)) == ["as-is", "q8_0", "q4_k_m", "q4_0"]


def test_a_quantized_gguf_is_proposed_as_it_is_alone() -> None:
    assert proposed(BACKEND, assessment("gguf", "already-quantized")) == ["as-is"]


def test_nothing_is_proposed_for_a_quantized_folder_or_other_formats() -> None:
    for known in (assessment(concern="already-quantized"), assessment("onnx"), assessment("mlx")):
        assert proposed(BACKEND, known) == []


@pytest.mark.parametrize(
    ("method", "options", "complaint"),
    [
        ("q4", {}, "no method 'q4'; it has as-is, f16, bf16, q8_0"),
        ("as-is", {"pure": True}, "unknown option pure; known: kv_cache, mmap"),
        ("q4_0", {"imatrix": "yes"}, 'imatrix cannot be "yes"; it is true or false'),
        ("q4_0", {"output_tensor_type": "q9"}, 'output_tensor_type cannot be "q9"; it is one of f32, f16'),
        ("iq2_xxs", {}, "iq2_xxs is noise without an importance matrix; set imatrix: true and data.calibration"),
        ("q4_0", {"imatrix": True}, r"imatrix needs running text; set data\.calibration"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(
    tmp_path: Path, method: str, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        attempt(BACKEND, llama(tmp_path / "hf"), method, **options)


def test_an_onnx_file_is_refused_because_there_is_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.onnx is none: there is no way back from ONNX"):
        attempt(BACKEND, tmp_path / "model.onnx", "as-is")


def test_a_folder_that_brings_code_is_refused(tmp_path: Path) -> None:
    (llama(tmp_path / "hf") / "tokenization.py").write_text("raise SystemExit")
    with pytest.raises(ConfigError, match=r"hf brings code \(tokenization\.py\)"):
        attempt(BACKEND, tmp_path / "hf", "as-is")


def test_the_build_is_for_more_than_this_cpu() -> None:
    assert "-DGGML_NATIVE=OFF" in llama_cpp.BUILD_ENVIRONMENT["CMAKE_ARGS"].split()


def test_what_the_build_uses_of_the_cpu_is_read_from_what_it_says() -> None:
    assert features("CPU : SSE3 = 1 | AVX512 = 0 | AVX2 = 1 | REPACK = 1 | ") == "SSE3, AVX2, REPACK"


@pytest.mark.slow
def test_as_is_answers_as_transformers_do(smol: Bench) -> None:
    agreement = smol.agreement("as-is")
    assert agreement.kl_divergence is not None and agreement.kl_divergence < 1e-4
    assert agreement.same_top is not None and agreement.same_top > 0.98


@pytest.mark.slow
def test_with_a_float32_cache_as_is_is_closer_still(smol: Bench) -> None:
    assert smol.divergence("as-is", running={"kv_cache": "f32"}) < 1e-6


@pytest.mark.slow
def test_a_quantized_cache_is_read_by_flash_attention_which_is_said(smol: Bench) -> None:
    assert smol.divergence("as-is", running={"kv_cache": "q8_0"}) < 1e-3
    runtime = smol.generated("as-is", [1, 2, 3], 1, kv_cache="q8_0")["runtime"]
    assert (runtime["kv_cache"], runtime["flash_attention"]) == ("q8_0", "on")


@pytest.mark.slow
def test_as_is_keeps_float32_and_brings_the_tokenizer(smol: Bench) -> None:
    main = Path(smol.make("as-is")["main"])
    assert smol.worker.ask(llama_cpp_tasks.tensor_types, main=str(main)) == ["F32"]
    assert (main.parent / "tokenizer.json").read_bytes() == (smol.model / "tokenizer.json").read_bytes()
    assert [path.name for path in main.parent.glob("*.gguf")] == ["model.gguf"]


@pytest.mark.slow
def test_as_is_keeps_bfloat16(smol: Bench, tmp_path: Path) -> None:
    made = smol.make("as-is", model=smol.narrowed(tmp_path))
    assert smol.worker.ask(llama_cpp_tasks.tensor_types, main=made["main"]) == ["BF16", "F32"]


@pytest.mark.slow
def test_the_same_folder_gives_the_same_bytes(smol: Bench, tmp_path: Path) -> None:
    again = smol.make("as-is", model=smol.elsewhere(tmp_path))
    assert Path(again["main"]).read_bytes() == Path(smol.make("as-is")["main"]).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "least", "most"), [("q8_0", 0.001, 0.012), ("q4_k_m", 0.02, 0.12), ("q4_0", 0.1, 0.5)]
)
def test_a_file_type_loses_what_it_was_seen_to_lose(smol: Bench, method: str, least: float, most: float) -> None:
    assert least < smol.divergence(method) < most


@pytest.mark.slow
def test_calibration_text_makes_q4_0_better(smol: Bench) -> None:
    assert smol.divergence("q4_0", imatrix=True) < 0.85 * smol.divergence("q4_0")
    assert "importance matrix of 210 tensors from 8 windows" in smol.make("q4_0", imatrix=True)["notes"][0]


@pytest.mark.slow
def test_what_the_weights_really_became_is_said(smol: Bench) -> None:
    became, why = smol.make("q4_k_m")["notes"]
    assert became == "weights became Q5_0 58% (166), Q8_0 22% (15), Q4_K 11% (16), Q6_K 9% (14), F32 0% (61)"
    assert why == "256 does not divide rows of 576: llama.cpp gave those wider types than q4_k_m has"
    assert smol.make("q8_0")["notes"] == ["weights became Q8_0 100% (211), F32 0% (61)"]


@pytest.mark.slow
def test_single_tensors_can_be_given_another_type(smol: Bench) -> None:
    made = smol.make("q4_0", pure=True, token_embedding_type="f16")
    assert smol.worker.ask(llama_cpp_tasks.tensor_types, main=made["main"]) == ["F16", "F32", "Q4_0"]


@pytest.mark.slow
def test_quantizing_twice_is_refused_unless_asked_for_and_then_said(smol: Bench) -> None:
    once = Path(smol.make("q8_0")["main"])
    with pytest.raises(ConfigError, match=r"model\.gguf is quantized already \(Q8_0\).*allow_requantize: true"):
        smol.make("q4_0", model=once)
    twice = smol.make("q4_0", model=once, allow_requantize=True)
    assert twice["notes"][0] == "requantized: made of weights that were Q8_0 already, so it lost twice"


@pytest.mark.slow
def test_a_quantized_gguf_as_it_is_is_the_same_file(smol: Bench) -> None:
    once = Path(smol.make("q8_0")["main"])
    assert Path(smol.make("as-is", model=once)["main"]).read_bytes() == once.read_bytes()


@pytest.mark.slow
def test_a_text_longer_than_the_first_context_is_answered(smol: Bench) -> None:
    prompt = [token for window in smol.text["windows"] * 2 for token in window][:600]
    answer = smol.generated("q4_0", prompt, 3)
    assert answer["tokens"] == answer["again"] and len(answer["tokens"]) == 3


@pytest.mark.slow
def test_how_it_runs_is_said(smol: Bench) -> None:
    runtime = smol.answer("q4_0", count=1)["runtime"]
    assert {name: runtime[name] for name in ("threads", "kv_cache", "mmap", "batch", "flash_attention")} == {
        "threads": "1",
        "kv_cache": "f16",
        "mmap": "on",
        "batch": "512",
        "flash_attention": "off",
    }
    assert runtime["runtime"].startswith("llama-cpp-python 0.3.")


@pytest.mark.slow
def test_the_file_s_tokenizer_is_the_folder_s(smol: Bench) -> None:
    texts = ["Hello, world!", "x = 12345  # a comment\n\n\tif y:", "naïve \U0001f600", " <|im_start|>user"]
    answer = smol.worker.ask(
        llama_cpp_tasks.tokenizers, folder=str(smol.model), file=smol.make("q4_0")["main"], texts=texts
    )
    assert answer["file"]["ids"] == answer["folder"]["ids"]
    assert answer["file"]["texts"][:3] == texts[:3]
    assert answer["file"]["chat"] == answer["folder"]["chat"]
    assert answer["file"]["chat_ids"] == answer["folder"]["chat_ids"]
    assert 2 in answer["file"]["ends"] and 2 in answer["folder"]["ends"]


@pytest.mark.slow
def test_a_truncated_file_is_rejected_in_one_line(smol: Bench, tmp_path: Path) -> None:
    (tmp_path / "short.gguf").write_bytes(Path(smol.make("q4_0")["main"]).read_bytes()[:5_000_000])
    with pytest.raises(InputRejected, match=r"^short\.gguf: llama\.cpp cannot load it \(.+\)$"):
        smol.worker.ask(
            tasks.generate,
            backend=BACKEND,
            main=str(tmp_path / "short.gguf"),
            method="as-is",
            options={},
            prompt=[1],
            count=1,
        )


@pytest.mark.slow
def test_a_folder_without_a_tokenizer_fails_with_the_converter_s_reason(smol: Bench, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        (bare / name).symlink_to(smol.model / name)
    with pytest.raises(BackendFailed, match=r"^convert_hf_to_gguf cannot convert bare: .+$"):
        smol.make("as-is", model=bare)
