"""Microsoft Olive, the real one; the quick tests are of what it is asked, the slow ones of what becomes of it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from edgeci.backends.olive import backend as olive
from edgeci.backends.olive.items import read_items, write_items
from edgeci.backends.olive.run_configuration import run_config
from edgeci.backends.options import checked
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.samples import Samples
from edgeci.types import Candidate, Made, Recipe, Skipped, Target
from edgeci.workbench.project import workspace_at
from tests.backends.onnxruntime.test_backend import (
    CLASSIFIER,
    PICTURES,
    VECTORS,
    answers,
    assessment,
    cosine,
    images,
    int8_weights,
    quantized,
)
from tests.models import onnx_models as models
from tests.models.onnx_models import saved
from tests.processors import CLOSE
from tests.stages.project_folder import edgeci

needs_olive = pytest.mark.skipif(importlib.util.find_spec("olive") is None, reason="Olive has its own environment")
CPU = Target(name="cpu")
TUNED = {"calibrate_method", "activation_type", "per_channel", "reduce_range"}


def recipe(method: str, options: dict[str, Any] | None = None) -> Recipe:
    return Recipe(backend="olive", method=method, options=options or {})


def make(
    model: Path, method: str, folder: Path, options: dict[str, Any] | None = None, items: Samples | None = VECTORS
) -> Made:
    (folder / "made").mkdir(exist_ok=True)
    return olive.optimize(model, recipe(method, options), items, folder / "made")


def asked(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The run configuration of a recipe."""
    return run_config(method, checked(recipe(method, options), olive.METHODS))


def linear(folder: Path) -> Path:
    (folder / "source").mkdir()
    return saved(models.linear(), folder / "source")


def closeness(folder: Path, source: Path, items: Samples) -> float:
    return cosine(answers(folder / "made/model.onnx", items), answers(source, items))


def proposed(counts: dict[str, int], **about: Any) -> list[str]:
    return [each.method for each in olive.propose(assessment(counts, **about), CPU)]


def test_the_module_is_a_backend() -> None:
    assert isinstance(olive, Backend)


def test_what_can_work_is_proposed_the_baseline_first() -> None:
    assert proposed({"Conv": 6, "Gemm": 1}) == ["as-is", "int8-static", "int8-dynamic", "search"]
    assert proposed({"MatMul": 4, "Softmax": 1}) == ["as-is", "int8-static", "int8-dynamic", "transformers", "search"]
    assert proposed({"Relu": 1}) == ["as-is"]
    assert proposed({"MatMul": 1}, concern="already-quantized") == ["as-is"]
    assert proposed({"MatMul": 1}, kind="gguf") == []


def test_an_unknown_method_lists_the_known_ones(tmp_path: Path) -> None:
    known = "as-is, int8-dynamic, int8-static, transformers, search, config"
    with pytest.raises(ConfigError, match=f"olive has no method 'int2'; it has {known}$"):
        make(CLASSIFIER, "int2", tmp_path)


@pytest.mark.parametrize("method", olive.METHODS)
def test_an_unknown_option_lists_the_known_ones(method: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"olive {method}: unknown option per_chanel; known: \\w+"):
        make(CLASSIFIER, method, tmp_path, {"per_chanel": True})


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("int8-static", {"per_channel": "yes"}),
        ("int8-static", {"calibration": "maximum"}),
        ("int8-dynamic", {"operators": "MatMul"}),
        ("transformers", {"num_heads": 0}),
        ("search", {"samples": -1}),
        ("search", {"seed": "one"}),
        ("config", {"passes": {}}),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(method: str, options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        make(CLASSIFIER, method, tmp_path, options)


@pytest.mark.parametrize(("method", "options"), [("int8-static", {}), ("search", {}),
                                                 ("transformers", {"quantization": "static"})])  # fmt: skip
def test_what_needs_calibration_data_names_the_remedy(method: str, options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set data\.calibration in edgeci\.yaml"):
        make(CLASSIFIER, method, tmp_path, options, items=None)


def test_a_model_and_a_folder_of_ones_own_are_edgecis_to_choose(tmp_path: Path) -> None:
    options = {"passes": {"quantize": {"type": "OnnxDynamicQuantization"}}, "output_dir": "elsewhere"}
    with pytest.raises(ConfigError, match="unknown option output_dir; known: passes, data_configs, evaluators"):
        make(CLASSIFIER, "config", tmp_path, options)


def test_every_run_configuration_is_json() -> None:
    for method in ("int8-dynamic", "int8-static", "transformers", "search"):
        whole = asked(method, {})
        assert json.loads(json.dumps(whole)) == whole


def test_only_what_quantizes_well_is_quantized_unless_told_otherwise() -> None:
    [static] = asked("int8-static", {})["passes"].values()
    assert static["op_types_to_quantize"] == ["Conv", "MatMul", "Gemm"]
    [dynamic] = asked("int8-dynamic", {"operators": ["Gemm"]})["passes"].values()
    assert dynamic["op_types_to_quantize"] == ["Gemm"]
    [every] = asked("int8-static", {"operators": "all"})["passes"].values()
    assert every["op_types_to_quantize"] is None


def test_transformers_are_fused_before_they_are_quantized() -> None:
    passes = asked("transformers", {"num_heads": 12, "hidden_size": 384})["passes"]
    assert [each["type"] for each in passes.values()] == ["OrtTransformersOptimization", "OnnxDynamicQuantization"]
    assert passes["fuse"]["num_heads"] == 12
    assert list(asked("transformers", {"quantization": "none"})["passes"]) == ["fuse"]


def test_a_search_leaves_open_what_it_searches_and_says_how_long() -> None:
    whole = asked("search", {"samples": 3, "seed": 7})
    assert whole["search_strategy"]["sampler_config"] == {"max_samples": 3, "seed": 7}
    [quantize] = whole["passes"].values()
    assert {name for name, value in quantize.items() if isinstance(value, dict)} == TUNED


def test_items_are_read_back_as_the_model_takes_them(tmp_path: Path) -> None:
    source = linear(tmp_path)
    feeds, references = read_items(write_items(VECTORS, source, tmp_path / "items.npz"))
    assert [list(each) for each in feeds] == [["x"]] * len(VECTORS)
    np.testing.assert_array_equal(feeds[3]["x"], VECTORS.feeds(3)["x"])
    np.testing.assert_array_equal(references[3], answers(source, VECTORS)[3])


def test_as_is_is_the_same_bytes(tmp_path: Path) -> None:
    source = linear(tmp_path)
    assert make(source, "as-is", tmp_path) == Made(main="model.onnx")
    assert (tmp_path / "made/model.onnx").read_bytes() == source.read_bytes()


@needs_olive
@pytest.mark.slow
class TestOlive:
    """With Olive itself."""

    def test_static_int8_of_the_classifier(self, tmp_path: Path) -> None:
        items = images("calibration.npz", 50)
        assert make(CLASSIFIER, "int8-static", tmp_path, items=items).main == "model.onnx"
        proto = onnx.load(tmp_path / "made/model.onnx")
        assert "Conv" in quantized(proto)
        assert (tmp_path / "made/model.onnx").stat().st_size < CLASSIFIER.stat().st_size / 3
        assert closeness(tmp_path, CLASSIFIER, images("evaluation.npz", 50)) > CLOSE

    def test_the_same_items_give_the_same_bytes(self, tmp_path: Path) -> None:
        made = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            make(CLASSIFIER, "int8-static", tmp_path / name, items=images("calibration.npz", 20))
            made.append((tmp_path / name / "made/model.onnx").read_bytes())
        assert made[0] == made[1]

    def test_dynamic_int8_of_matrix_products(self, tmp_path: Path) -> None:
        source = linear(tmp_path)
        make(source, "int8-dynamic", tmp_path)
        assert sorted(int8_weights(onnx.load(tmp_path / "made/model.onnx")).values()) == [96 * 10, 64 * 96]
        assert closeness(tmp_path, source, VECTORS) > 0.99

    @pytest.mark.parametrize("method", ["int8-dynamic", "int8-static"])
    def test_weights_in_constant_nodes_are_quantized_too(self, method: str, tmp_path: Path) -> None:
        source = saved(models.with_constant_weights(), tmp_path)
        make(source, method, tmp_path)
        assert sorted(int8_weights(onnx.load(tmp_path / "made/model.onnx")).values()) == [96 * 10, 64 * 96]

    @pytest.mark.parametrize("method", ["int8-dynamic", "int8-static"])
    def test_a_model_with_external_data_needs_no_file_of_its_source(self, method: str, tmp_path: Path) -> None:
        (tmp_path / "source").mkdir()
        source = models.external_data(tmp_path / "source", "all.bin")
        make(source, method, tmp_path)
        for path in (tmp_path / "source").iterdir():
            path.unlink()
        assert answers(tmp_path / "made/model.onnx", VECTORS)[0].shape == (1, 10)

    def test_an_old_opset_is_quantized_after_conversion(self, tmp_path: Path) -> None:
        source = saved(models.old_opset(), tmp_path)
        make(source, "int8-static", tmp_path, items=PICTURES)
        assert closeness(tmp_path, source, PICTURES) > 0.99

    @pytest.mark.parametrize(
        ("method", "said"), [("int8-dynamic", "nothing was quantized"), ("int8-static", "Olive made no model: Fail")]
    )
    def test_nothing_to_quantize_is_a_failure_not_a_candidate(self, method: str, said: str, tmp_path: Path) -> None:
        source = saved(models.without_weights(), tmp_path)
        with pytest.raises(BackendFailed, match=said):
            make(source, method, tmp_path, {"operators": ["Gemm"]})

    def test_nothing_fused_is_a_failure_not_a_candidate(self, tmp_path: Path) -> None:
        with pytest.raises(BackendFailed, match="nothing was fused"):
            make(linear(tmp_path), "transformers", tmp_path)

    def test_a_pass_that_is_skipped_is_a_failure_with_what_olive_said(self, tmp_path: Path) -> None:
        passes = {"fuse": {"type": "OrtTransformersOptimization", "model_type": "berty"}}
        with pytest.raises(BackendFailed, match=r"changed nothing \(Unsupported model type: berty"):
            make(linear(tmp_path), "config", tmp_path, {"passes": passes})

    def test_a_pass_that_fails_quietly_is_a_failure_with_the_cause(self, tmp_path: Path) -> None:
        passes = {"q": {"type": "OnnxStaticQuantization", "data_config": "calibration", "quant_format": "QQQ"}}
        with pytest.raises(BackendFailed, match="Olive made no model: KeyError: 'QQQ'"):
            make(linear(tmp_path), "config", tmp_path, {"passes": passes})

    def test_a_search_yields_a_candidate_and_says_what_it_chose(self, tmp_path: Path) -> None:
        items = images("calibration.npz", 20)
        made = make(CLASSIFIER, "search", tmp_path, {"samples": 3}, items)
        assert made.notes[0] == "Olive's search made 3 models, 0 of them failed"
        assert "calibrate_method" in made.notes[1]
        assert closeness(tmp_path, CLASSIFIER, images("evaluation.npz", 50)) > CLOSE

    def test_the_seed_of_a_search_counts(self, tmp_path: Path) -> None:
        """Olive itself loses it; see olive_workflow.with_sampler."""
        chosen = {}
        for seed in (0, 1, 2, 3, 4):
            (tmp_path / str(seed)).mkdir()
            options = {"samples": 1, "seed": seed, "quantization": "dynamic"}
            chosen[seed] = make(CLASSIFIER, "search", tmp_path / str(seed), options, images("calibration.npz", 5)).notes
        (tmp_path / "again").mkdir()
        options = {"samples": 1, "seed": 0, "quantization": "dynamic"}
        again = make(CLASSIFIER, "search", tmp_path / "again", options, images("calibration.npz", 5)).notes
        assert again == chosen[0]
        assert len(set(chosen.values())) > 1

    def test_passes_of_ones_own_may_use_the_calibration_data(self, tmp_path: Path) -> None:
        passes = {
            "tidy": {"type": "OnnxPeepholeOptimizer"},
            "quantize": {"type": "OnnxStaticQuantization", "data_config": "calibration"},
        }
        source = linear(tmp_path)
        make(source, "config", tmp_path, {"passes": passes})
        assert closeness(tmp_path, source, VECTORS) > 0.98

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"type": "OnnxDynamicQuantization", "per_chanel": True}, "has no parameter per_chanel; it has quant_mode"),
            ({"type": "OnnxDynamicQuantisation"}, "did you mean OnnxDynamicQuantization"),
            ({"type": "Magic"}, "no pass 'Magic'; for ONNX models it has OnnxBlockWise"),
            ({"type": "OnnxDynamicQuantization", "per_channel": "maybe"}, "per_channel"),
            ({"type": "OnnxStaticQuantization", "data_config": "missing"}, "missing not found"),
            ("OnnxDynamicQuantization", "is a mapping with `type`"),
        ],
    )
    def test_what_olive_would_ignore_is_a_configuration_error(self, asked: Any, said: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=said):
            make(linear(tmp_path), "config", tmp_path, {"passes": {"quantize": asked}})

    def test_it_leaves_nothing_but_the_candidate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = linear(tmp_path)
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        make(source, "int8-dynamic", tmp_path)
        assert [path.name for path in (tmp_path / "made").iterdir()] == ["model.onnx"]
        assert list((tmp_path / "here").iterdir()) == []
        assert [path.name for path in source.parent.iterdir()] == ["model.onnx"]


@needs_olive
@pytest.mark.slow
def test_the_example_makes_every_candidate_but_the_one_whose_pass_does_nothing(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "olive" / "classifier"
    subprocess.run([sys.executable, example / "prepare.py", tmp_path / "example"], check=True)
    for verb in ("assess", "plan", "optimize"):
        done = edgeci(tmp_path / "example", verb)
        assert done.code == 0, done.err
    workspace = workspace_at(tmp_path / "example" / ".edgeci")
    made = [candidate.recipe.method for candidate in workspace.read("candidates", Candidate, "optimize")]
    assert made == ["as-is", "int8-static", "int8-static", "search", "config"]
    [skipped] = workspace.read("skipped", Skipped, "optimize")
    assert skipped.recipe.method == "transformers"
    assert skipped.reason.startswith("nothing was fused")
