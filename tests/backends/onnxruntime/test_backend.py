"""ONNX Runtime, every trap with the real framework."""

import errno
import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto

import edgeci
from edgeci.backends.onnxruntime import backend as onnxruntime
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Samples
from edgeci.types import Assessment, Concern, DataSource, Made, ModelFile, Recipe, Target, Tensor
from tests.models import onnx_models as models
from tests.models.onnx_models import saved

QUICKSTART = Path(edgeci.__file__).parent / "quickstart"
CLASSIFIER = QUICKSTART / "model.onnx"
LAPTOP = Target(name="laptop")
SYMBOLIC = "preprocessed without symbolic shape (Incomplete symbolic shape inference)"


def recipe(method: str, **options: Any) -> Recipe:
    return Recipe(backend="onnxruntime", method=method, options=options)


def images(file: str, count: int) -> Samples:
    data = np.load(QUICKSTART / file)
    return Samples(
        inputs={"image": data["image"][:count]},
        labels=data["labels"][:count],
        slices=(),
        source=DataSource(path=file, scale=1 / 255),
        tensors=(Tensor(name="image", dtype="float32", shape=("batch", 1, 28, 28)),),
    )


def items(*shape: int, count: int = 20) -> Samples:
    return Samples(
        inputs={"x": np.random.default_rng(1).standard_normal((count, *shape)).astype(np.float32)},
        labels=None,
        slices=(),
        source=DataSource(path="items"),
        tensors=(Tensor(name="x", dtype="float32", shape=("batch", *shape)),),
    )


VECTORS, PICTURES = items(64), items(3, 8, 8)


def make(
    source: ModelProto | Path, wanted: Recipe, folder: Path, samples: Samples | None = VECTORS
) -> tuple[Made, ModelProto]:
    """The candidate made in folder/made, as a backend is asked for it; nothing but the model is left there."""
    (folder / "source").mkdir()
    (folder / "made").mkdir()
    model = source if isinstance(source, Path) else saved(source, folder / "source")
    made = onnxruntime.optimize(model, wanted, samples, folder / "made")
    assert [path.name for path in (folder / "made").iterdir()] == ["model.onnx"]
    return made, onnx.load(folder / "made" / made.main)


def operators(proto: ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in proto.graph.node)


def int8_weights(proto: ModelProto) -> dict[str, int]:
    """Elements of each weight that is stored as int8; zero points are none."""
    return {
        weight.name: int(np.prod(weight.dims))
        for weight in proto.graph.initializer
        if weight.data_type == TensorProto.INT8 and "zero_point" not in weight.name
    }


def zero_points(proto: ModelProto) -> dict[str, tuple[int, ...]]:
    return {
        weight.name: tuple(weight.dims)
        for weight in proto.graph.initializer
        if weight.name.startswith("w") and "zero_point" in weight.name
    }


def answers(model: Path, samples: Samples) -> list[Array]:
    running = onnxruntime.load(model, recipe("as-is"), LAPTOP)
    return [running.infer(feeds)[0] for feeds in samples]


def similarity(folder: Path, samples: Samples) -> float:
    """Cosine of all answers of the candidate and of its source."""
    return cosine(*(answers(folder / name / "model.onnx", samples) for name in ("made", "source")))


def cosine(ours: list[Array], theirs: list[Array]) -> float:
    one, other = (np.concatenate([answer.ravel() for answer in each]) for each in (ours, theirs))
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def assessment(counts: dict[str, int], concern: str | None = None, kind: Any = "onnx") -> Assessment:
    return Assessment(
        model=ModelFile(path="model.onnx", format=kind, sha256="0" * 64, size_bytes=1),
        producer="test",
        parameters=1,
        parameter_dtypes={"float32": 1},
        opsets={"ai.onnx": 17},
        operators=counts,
        inputs=(),
        outputs=(),
        concerns=() if concern is None else (Concern(code=concern, message=concern),),
    )


def proposed(counts: dict[str, int], target: Target = LAPTOP, **about: Any) -> list[str]:
    return [each.method for each in onnxruntime.propose(assessment(counts, **about), target)]


def test_the_module_is_a_backend() -> None:
    assert isinstance(onnxruntime, Backend)


def test_what_can_work_is_proposed_the_baseline_first() -> None:
    assert proposed({"Conv": 6, "Gemm": 1}) == ["as-is", "graph-optimized", "int8-static", "int8-dynamic", "int8-mixed"]
    assert proposed({"MatMul": 1}) == [
        "as-is",
        "graph-optimized",
        "int8-static",
        "int8-dynamic",
        "int4",
        "int8-mixed",
    ]
    assert proposed({"LSTM": 1}) == ["as-is", "graph-optimized", "int8-dynamic"]
    assert proposed({"GRU": 1}) == ["as-is", "graph-optimized"]
    assert proposed({"Relu": 1}) == ["as-is", "graph-optimized"]


def test_float16_is_for_accelerators_that_compute_in_it() -> None:
    assert "float16" not in proposed({"Conv": 1})
    assert "float16" in proposed({"Conv": 1}, Target(name="jetson", accelerator="gpu"))


@pytest.mark.parametrize("concern", ["already-quantized", "half-precision"])
def test_nothing_is_quantized_twice(concern: str) -> None:
    assert proposed({"MatMul": 1}, concern=concern) == ["as-is", "graph-optimized"]


def test_other_formats_are_left_to_other_backends() -> None:
    assert proposed({"MatMul": 1}, kind="gguf") == []


def test_an_unknown_method_lists_the_known_ones(tmp_path: Path) -> None:
    known = "as-is, graph-optimized, int8-dynamic, int8-dynamic-all, int8-static, int8-mixed, float16, int4"
    with pytest.raises(ConfigError, match=f"no method 'int2'; it has {known}$"):
        make(models.linear(), recipe("int2"), tmp_path)


@pytest.mark.parametrize("method", onnxruntime.METHODS)
def test_an_unknown_option_lists_the_known_ones(method: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{method}: unknown option per_chanel; known: \\w+"):
        make(models.linear(), recipe(method, per_chanel=True), tmp_path)


@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic"])
@pytest.mark.parametrize("wanted", ["MatMul", [], [1], True])
def test_operators_are_a_list_of_names_or_all(method: str, wanted: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"operators cannot be .*; it is a list of names, or all"):
        make(models.linear(), recipe(method, operators=wanted), tmp_path)


@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic", "int8-mixed"])
def test_an_operator_that_there_is_not_is_refused_with_the_one_that_was_meant(method: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"operators: there is no operator 'Convv'; did you mean 'Conv'"):
        make(models.linear(), recipe(method, operators=["MatMul", "Convv"]), tmp_path)


def test_an_unknown_calibration_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='calibration cannot be "maximum"; it is one of minmax, entropy, percentile'):
        make(models.linear(), recipe("int8-static", calibration="maximum"), tmp_path)


@pytest.mark.parametrize(("method", "option"), [("int8-static", "per_channel"), ("int8-dynamic", "reduce_range"),
                                                ("int4", "is_symmetric")])  # fmt: skip
def test_a_text_is_no_flag(method: str, option: str, tmp_path: Path) -> None:
    """bool("false") is True."""
    with pytest.raises(ConfigError, match=f'{option} cannot be "false"; it is true or false'):
        make(models.linear(), recipe(method, **{option: "false"}), tmp_path)


def test_static_quantization_without_calibration_data_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set data\.calibration in edgeci\.yaml"):
        make(models.linear(), recipe("int8-static"), tmp_path, samples=None)


def test_as_is_is_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = saved(models.convolution(), tmp_path / "source")
    made = onnxruntime.optimize(source, recipe("as-is"), None, tmp_path / "made")
    assert made == Made(main="model.onnx")
    assert (tmp_path / "made/model.onnx").read_bytes() == source.read_bytes()


def test_as_is_takes_external_data_along(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = models.external_data(tmp_path / "source", "weights/all.bin")
    onnxruntime.optimize(source, recipe("as-is"), None, tmp_path / "made")
    for name in ("model.onnx", "weights/all.bin"):
        assert (tmp_path / "made" / name).read_bytes() == (tmp_path / "source" / name).read_bytes()
    assert similarity(tmp_path, VECTORS) == pytest.approx(1)


def test_as_is_has_its_name_whatever_the_source_is_called(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = saved(models.linear(), tmp_path / "source").rename(tmp_path / "source/classifier.pb")
    onnxruntime.optimize(source, recipe("as-is"), None, tmp_path / "made")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["model.onnx"]


def test_onnx_runtime_takes_the_last_import_of_an_opset(tmp_path: Path) -> None:
    """If this fails, merging them is no longer needed."""
    with pytest.raises(Exception, match=r"Could not find an implementation for Relu\(1\)"):
        onnxruntime.load(saved(models.duplicate_opset(), tmp_path), recipe("as-is"), LAPTOP)


def test_an_opset_that_is_imported_twice_is_merged_to_the_higher(tmp_path: Path) -> None:
    made, proto = make(models.duplicate_opset(), recipe("as-is"), tmp_path)
    assert made.notes == ("doubled opset imports merged",)
    assert [(entry.domain, entry.version) for entry in proto.opset_import] == [("", 17)]
    assert len(answers(tmp_path / "made/model.onnx", VECTORS)) == 20


@pytest.mark.parametrize("method", ["graph-optimized", "int8-dynamic", "int8-static", "int4", "float16"])
def test_an_opset_that_is_imported_twice_stops_no_other_method(method: str, tmp_path: Path) -> None:
    make(models.duplicate_opset(), recipe(method), tmp_path)
    assert answers(tmp_path / "made/model.onnx", VECTORS)[0].shape == (1, 10)


@pytest.mark.parametrize("method", ["graph-optimized", "int8-dynamic", "int8-static", "int4", "float16"])
def test_a_model_with_external_data_needs_no_file_of_its_source(method: str, tmp_path: Path) -> None:
    for folder in ("source", "made"):
        (tmp_path / folder).mkdir()
    source = models.external_data(tmp_path / "source", "all.bin")
    onnxruntime.optimize(source, recipe(method), VECTORS, tmp_path / "made")
    left = {path.name for path in (tmp_path / "made").iterdir()}
    assert left == {"model.onnx", "model.onnx.data"} if method == "graph-optimized" else {"model.onnx"}
    assert answers(tmp_path / "made/model.onnx", VECTORS)[0].shape == (1, 10)


def test_graph_optimization_changes_no_answer(tmp_path: Path) -> None:
    make(models.convolution(), recipe("graph-optimized"), tmp_path, PICTURES)
    pairs = zip(*(answers(tmp_path / name / "model.onnx", PICTURES) for name in ("made", "source")), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_static_int8_is_restricted_to_convolutions_and_matrix_products(tmp_path: Path) -> None:
    """ONNX Runtime's default would quantize Sigmoid and Mul too."""
    made, proto = make(models.convolution(), recipe("int8-static"), tmp_path, PICTURES)
    assert {"Conv", "Gemm"} <= quantized(proto)
    assert not {"Sigmoid", "Mul"} & quantized(proto)
    assert int8_weights(proto) == {"w0_quantized": 216, "w1_quantized": 80}
    assert made.notes == ()
    assert similarity(tmp_path, PICTURES) > 0.99


def test_static_int8_of_all_operators_is_what_onnx_runtime_would_do(tmp_path: Path) -> None:
    _, proto = make(models.convolution(), recipe("int8-static", operators="all"), tmp_path, PICTURES)
    assert {"Conv", "Gemm", "Sigmoid", "Mul"} <= quantized(proto)


def test_static_int8_can_be_restricted_further(tmp_path: Path) -> None:
    _, proto = make(models.convolution(), recipe("int8-static", operators=["Gemm"]), tmp_path, PICTURES)
    assert int8_weights(proto) == {"w1_quantized": 80}


def quantized(proto: ModelProto) -> set[str]:
    """Operators whose result is made int8."""
    made_int8 = {node.input[0] for node in proto.graph.node if node.op_type == "QuantizeLinear"}
    return {node.op_type for node in proto.graph.node if made_int8 & set(node.output)}


@pytest.mark.parametrize(("per_channel", "shape"), [(True, (8,)), (False, ())])
def test_static_int8_is_per_channel_unless_told_otherwise(
    per_channel: bool, shape: tuple[int, ...], tmp_path: Path
) -> None:
    options = {} if per_channel else {"per_channel": False}
    _, proto = make(models.convolution(), recipe("int8-static", **options), tmp_path, PICTURES)
    assert zero_points(proto)["w0_zero_point"] == shape


@pytest.mark.parametrize("calibration", ["minmax", "entropy", "percentile"])
def test_every_calibration_gives_a_model_that_agrees(calibration: str, tmp_path: Path) -> None:
    make(models.convolution(), recipe("int8-static", calibration=calibration), tmp_path, PICTURES)
    assert similarity(tmp_path, PICTURES) > 0.95


def test_an_old_opset_is_quantized_per_channel_after_conversion(tmp_path: Path) -> None:
    """At opset 11 the quantizer writes an invalid graph."""
    _, proto = make(models.old_opset(), recipe("int8-static"), tmp_path, PICTURES)
    assert proto.opset_import[0].version == 17
    assert zero_points(proto)["w0_zero_point"] == (8,)
    assert similarity(tmp_path, PICTURES) > 0.99


@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic"])
def test_weights_in_constant_nodes_are_quantized_too(method: str, tmp_path: Path) -> None:
    _, proto = make(models.with_constant_weights(), recipe(method), tmp_path)
    assert sorted(int8_weights(proto).values()) == [96 * 10, 64 * 96]
    assert "Constant" not in operators(proto)
    assert similarity(tmp_path, VECTORS) > 0.99


def test_int4_of_weights_in_constant_nodes_is_int4(tmp_path: Path) -> None:
    _, proto = make(models.with_constant_weights(), recipe("int4"), tmp_path)
    assert operators(proto)["MatMulNBits"] == 2


@pytest.mark.parametrize("accident", [MemoryError(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_accident_while_preprocessing_makes_no_other_candidate(
    accident: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise accident

    monkeypatch.setattr("onnxruntime.quantization.shape_inference.quant_pre_process", interrupted)
    with pytest.raises(type(accident)):
        make(models.linear(), recipe("int8-dynamic"), tmp_path)


def test_dynamic_int8_leaves_convolutions_alone(tmp_path: Path) -> None:
    """An integer convolution is several times slower than a float one."""
    _, proto = make(models.convolution(), recipe("int8-dynamic"), tmp_path, PICTURES)
    assert operators(proto)["Conv"] == 1
    assert operators(proto)["ConvInteger"] == 0
    assert int8_weights(proto) == {"w1_quantized": 80}


def test_dynamic_int8_of_all_operators_has_integer_convolutions(tmp_path: Path) -> None:
    _, proto = make(models.convolution(), recipe("int8-dynamic-all"), tmp_path, PICTURES)
    assert operators(proto)["ConvInteger"] == 1
    assert similarity(tmp_path, PICTURES) > 0.99


def test_dynamic_int8_can_be_per_channel(tmp_path: Path) -> None:
    _, proto = make(models.linear(), recipe("int8-dynamic", per_channel=True), tmp_path)
    assert zero_points(proto) == {"w0_zero_point": (96,), "w1_zero_point": (10,)}
    assert similarity(tmp_path, VECTORS) > 0.99


@pytest.mark.parametrize("method", ["int8-static", "int8-dynamic", "int4"])
def test_nothing_quantized_is_a_failure_not_a_candidate(method: str, tmp_path: Path) -> None:
    wanted = recipe(method) if method == "int4" else recipe(method, operators=["Gemm"])
    with pytest.raises(BackendFailed, match="nothing was quantized"):
        make(models.without_weights(), wanted, tmp_path)


STEPS = Samples(
    inputs={"x": np.random.default_rng(5).standard_normal((20, 20, 1, 13)).astype(np.float32)},
    labels=None,
    slices=(),
    source=DataSource(path="items"),
    tensors=(Tensor(name="x", dtype="float32", shape=(20, 1, 13)),),
)


@pytest.mark.parametrize(
    ("method", "options"), [("int8-dynamic", {}), ("int8-dynamic", {"operators": ["LSTM"]}), ("int8-dynamic-all", {})]
)
def test_a_quantized_lstm_is_a_candidate(method: str, options: dict[str, Any], tmp_path: Path) -> None:
    _, proto = make(models.recurrent(), recipe(method, **options), tmp_path, STEPS)
    assert operators(proto)["DynamicQuantizeLSTM"] == 1
    assert similarity(tmp_path, STEPS) > 0.99


def test_a_gru_which_onnx_runtime_cannot_quantize_is_no_candidate(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match="nothing was quantized"):
        make(models.recurrent("GRU"), recipe("int8-dynamic-all"), tmp_path, STEPS)


def test_what_was_quantized_before_is_not_what_a_recipe_quantized(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    make(models.linear(), recipe("int8-dynamic"), tmp_path / "first")
    with pytest.raises(BackendFailed, match="nothing was quantized"):
        make(tmp_path / "first/made/model.onnx", recipe("int8-dynamic"), tmp_path)


def named_perceptron() -> ModelProto:
    proto = models.linear()
    for number, node in enumerate(proto.graph.node):
        node.name = f"node{number}"
    return proto


@pytest.mark.parametrize("method", ["int8-dynamic", "int8-dynamic-all", "int8-static", "int4"])
def test_nodes_that_are_excluded_stay_as_they_are(method: str, tmp_path: Path) -> None:
    _, proto = make(named_perceptron(), recipe(method, nodes_to_exclude=["node0"]), tmp_path)
    assert operators(proto)["MatMul"] == (2 if method == "int8-static" else 1)
    floats = {
        weight.name: tuple(weight.dims) for weight in proto.graph.initializer if weight.data_type == TensorProto.FLOAT
    }
    assert floats["w0"] == (64, 96)
    assert "w1" not in floats


@pytest.mark.parametrize("method", ["int8-dynamic", "int8-dynamic-all", "int8-static", "int8-mixed", "int4"])
def test_a_node_that_is_not_there_cannot_be_excluded(method: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nodes_to_exclude: the model has no node 'nod0'; did you mean 'node0' or"):
        make(named_perceptron(), recipe(method, nodes_to_exclude=["nod0"]), tmp_path)


def test_float16_keeps_the_types_of_inputs_and_outputs(tmp_path: Path) -> None:
    _, proto = make(models.convolution(), recipe("float16"), tmp_path, PICTURES)
    outside = [value.type.tensor_type.elem_type for value in (*proto.graph.input, *proto.graph.output)]
    assert outside == [TensorProto.FLOAT, TensorProto.FLOAT]
    assert {weight.data_type for weight in proto.graph.initializer} == {TensorProto.FLOAT16}
    assert similarity(tmp_path, PICTURES) > 0.999


def test_int4_really_is_int4(tmp_path: Path) -> None:
    _, proto = make(models.linear(), recipe("int4"), tmp_path)
    assert operators(proto) == {"MatMulNBits": 2, "Relu": 1}
    blocks = {tuple(weight.dims) for weight in proto.graph.initializer if weight.data_type == TensorProto.UINT8}
    assert blocks == {(96, 2, 16), (10, 3, 16)}
    assert similarity(tmp_path, VECTORS) > 0.98


def test_a_gpu_that_is_not_there_is_missing_not_replaced() -> None:
    framework = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in framework.get_available_providers():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BackendMissing, match=r"CUDAExecutionProvider is unavailable: this onnxruntime offers .*CPU"):
        onnxruntime.load(CLASSIFIER, recipe("as-is"), Target(name="jetson", accelerator="gpu"))


def test_the_session_says_what_it_runs_on() -> None:
    runtime = onnxruntime.load(CLASSIFIER, recipe("as-is"), Target(name="pi", threads=2)).runtime
    assert runtime["execution_provider"] == "CPUExecutionProvider"
    assert runtime["threads"] == "2"
    assert runtime["runtime"].startswith("onnxruntime 1.")


def test_a_model_with_an_operator_of_its_own_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Wavelet"):
        onnxruntime.load(saved(models.custom_operator(), tmp_path), recipe("as-is"), LAPTOP)


def test_nan_weights_load_run_and_answer_nan(tmp_path: Path) -> None:
    """Which is why the pipeline looks at every output before it counts a candidate."""
    given = answers(saved(models.nan_weights(), tmp_path), VECTORS)
    assert all(np.isnan(answer).any() for answer in given)


def accuracy(model: Path, samples: Samples) -> float:
    assert samples.labels is not None
    return float(np.mean([answer.argmax() for answer in answers(model, samples)] == samples.labels))


@pytest.mark.parametrize("method", ["graph-optimized", "int8-static", "int8-dynamic", "int8-dynamic-all"])
def test_the_packaged_classifier_keeps_its_accuracy(method: str, tmp_path: Path) -> None:
    judging = images("evaluation.npz", 100)
    make(CLASSIFIER, recipe(method), tmp_path, images("calibration.npz", 50))
    assert accuracy(tmp_path / "made/model.onnx", judging) >= accuracy(CLASSIFIER, judging) - 0.02


def test_the_packaged_classifier_is_a_quarter_in_int8(tmp_path: Path) -> None:
    made, proto = make(CLASSIFIER, recipe("int8-static"), tmp_path, images("calibration.npz", 50))
    assert made.notes == ()
    assert sum(int8_weights(proto).values()) > 640_000
    assert (tmp_path / "made/model.onnx").stat().st_size < 0.3 * CLASSIFIER.stat().st_size


def magika() -> Path:
    """magika's model: the package ships it, and it need not be imported."""
    package = importlib.util.find_spec("magika")
    assert package is not None and package.origin is not None, "pip install magika"
    return max((Path(package.origin).parent / "models").glob("standard_v*/model.onnx"))


def files(count: int = 8) -> Samples:
    """The beginnings and ends of this package's own sources, as magika takes them."""
    sources = sorted((Path(edgeci.__file__).parent / "stages").glob("*.py"))[:count]
    tokens = [[*source.read_bytes()[:1024], *source.read_bytes()[-1024:]] for source in sources]
    return Samples(
        inputs={"bytes": np.array([[*row, *[256] * (2048 - len(row))] for row in tokens], np.int32)},
        labels=None,
        slices=(),
        source=DataSource(path="files"),
        tensors=(Tensor(name="bytes", dtype="int32", shape=("batch", 2048)),),
    )


def test_magika_is_quantized_per_tensor_without_symbolic_shapes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shape inference that fails would leave a copy of the model in the current folder."""
    (tmp_path / "current").mkdir()
    monkeypatch.chdir(tmp_path / "current")
    made, proto = make(magika(), recipe("int8-static"), tmp_path, files())
    assert made.notes[0] == SYMBOLIC
    assert made.notes[1].startswith("quantized per tensor, because per channel failed (The truth value of an array")
    assert max(int8_weights(proto).values()) == 512 * 256 * 5
    assert list((tmp_path / "current").iterdir()) == []
    assert cosine(answers(tmp_path / "made/model.onnx", files()), answers(magika(), files())) > 0.99


def test_magika_with_all_operators_quantized_runs_and_is_garbage(tmp_path: Path) -> None:
    make(magika(), recipe("int8-static", operators="all"), tmp_path, files())
    assert cosine(answers(tmp_path / "made/model.onnx", files()), answers(magika(), files())) < 0.5


def test_magika_as_it_is_is_the_packages_file(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = tmp_path / "source/model.onnx"
    source.write_bytes(magika().read_bytes())
    onnxruntime.optimize(source, recipe("as-is"), None, tmp_path / "made")
    assert (tmp_path / "made/model.onnx").read_bytes() == magika().read_bytes()
