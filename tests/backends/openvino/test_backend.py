"""OpenVINO and NNCF, every trap with the real frameworks."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import edgeci
from edgeci import deadline
from edgeci.backends.openvino import backend as openvino
from edgeci.backends.openvino.accuracy_control import Impatient, Judge, missed
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, BackendMissing, ConfigError
from edgeci.evaluation.arrays import Array
from edgeci.evaluation.samples import Samples
from edgeci.formats.openvino_ir import parameter_dtypes
from edgeci.types import Assessment, Concern, DataSource, Made, ModelFile, Recipe, Target, Tensor
from tests.models import openvino_models as models
from tests.processors import FAST_INT8

QUICKSTART = Path(edgeci.__file__).parent / "quickstart"
CLASSIFIER = QUICKSTART / "model.onnx"
IMAGE = Tensor(name="image", dtype="float32", shape=("batch", 1, 28, 28))
LAPTOP = Target(name="laptop", backends=("openvino",))


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO reports its use unless it runs in CI; a worker's environment says so too."""
    monkeypatch.setenv("CI", "true")


def recipe(method: str, **options: Any) -> Recipe:
    return Recipe(backend="openvino", method=method, options=options)


def images(file: str, count: int, labelled: bool = True) -> Samples:
    data = np.load(QUICKSTART / file)
    return Samples(
        inputs={"image": data["image"][:count]},
        labels=data["labels"][:count] if labelled else None,
        slices=(),
        source=DataSource(path=file, scale=1 / 255),
        tensors=(IMAGE,),
    )


def vectors(shape: tuple[int | str, ...], count: int = 40, labels: Array | None = None) -> Samples:
    sizes = [size if isinstance(size, int) else 8 for size in shape[1:]]
    return Samples(
        inputs={"x": np.random.default_rng(1).standard_normal((count, *sizes)).astype(np.float32)},
        labels=labels,
        slices=(),
        source=DataSource(path="vectors"),
        tensors=(Tensor(name="x", dtype="float32", shape=shape),),
    )


def made(model: Path, wanted: Recipe, samples: Samples | None, output: Path) -> Made:
    output.mkdir(parents=True, exist_ok=True)
    return openvino.optimize(model, wanted, samples, output)


def session(folder: Path, method: str = "as-is", target: Target = LAPTOP) -> openvino.OpenvinoSession:
    return openvino.load(folder / "model.xml", recipe(method), target)


def reference(model: Path, samples: Samples) -> list[list[Array]]:
    import onnxruntime

    baseline = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return [baseline.run(None, feeds) for feeds in samples]


def accuracy(folder: Path, samples: Samples) -> float:
    assert samples.labels is not None
    running = session(folder)
    predictions = [int(np.argmax(running.infer(feeds)[0])) for feeds in samples]
    return float(np.mean(predictions == samples.labels))


def has_bf16() -> bool:
    import openvino as framework

    return "BF16" in framework.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def assessment(operators: dict[str, int], concern: str | None = None, kind: Any = "onnx") -> Assessment:
    return Assessment(
        model=ModelFile(path="model.onnx", format=kind, sha256="0" * 64, size_bytes=1),
        producer="test",
        parameters=1,
        parameter_dtypes={"float32": 1},
        opsets={"ai.onnx": 17},
        operators=operators,
        inputs=(IMAGE,),
        outputs=(),
        concerns=() if concern is None else (Concern(code=concern, message=concern),),
    )


def proposed(operators: dict[str, int], target: Target = LAPTOP, **about: Any) -> list[str]:
    return [each.method for each in openvino.propose(assessment(operators, **about), target)]


def test_the_module_is_a_backend() -> None:
    assert isinstance(openvino, Backend)


def test_as_is_is_proposed_first_and_everything_for_matrix_products() -> None:
    assert proposed({"MatMul": 3, "Relu": 2}) == [
        "as-is", "bf16", "int8-ptq", "int8-accuracy-control", "int8-weights", "int4-weights",
    ]  # fmt: skip


def test_weight_compression_is_not_proposed_for_convolutions() -> None:
    assert proposed({"Conv": 6, "Gemm": 1}) == ["as-is", "bf16", "int8-ptq", "int8-accuracy-control"]


@pytest.mark.parametrize("concern", ["already-quantized", "half-precision"])
def test_nothing_is_quantized_twice(concern: str) -> None:
    assert proposed({"MatMul": 3}, concern=concern) == ["as-is", "bf16"]


def test_bf16_is_a_matter_of_cpus() -> None:
    assert "bf16" not in proposed({"Conv": 1}, Target(name="arc", accelerator="gpu"))


def test_other_formats_are_left_to_other_backends() -> None:
    assert proposed({"MatMul": 3}, kind="gguf") == []


def test_an_ir_is_a_source_too_unless_it_keeps_a_state() -> None:
    assert proposed({"Convolution": 3, "MatMul": 1}, kind="openvino_ir")[:3] == ["as-is", "bf16", "int8-ptq"]
    assert proposed({"MatMul": 3, "ReadValue": 1}, kind="openvino_ir", concern="stateful") == []


def test_a_transformer_is_quantized_as_one() -> None:
    recipes = openvino.propose(assessment({"MatMul": 12, "Softmax": 2}), LAPTOP)
    assert {r.method: r.options for r in recipes}["int8-ptq"] == {"model_type": "transformer"}


def test_an_unknown_method_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no method 'int2'; it has as-is, bf16, int8-ptq"):
        made(CLASSIFIER, recipe("int2"), None, tmp_path)


@pytest.mark.parametrize("method", ["as-is", "int8-ptq", "int8-weights", "int4-weights"])
def test_an_unknown_option_names_the_known_ones(tmp_path: Path, method: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown option subset_sise; known: \w+"):
        made(CLASSIFIER, recipe(method, subset_sise=3), images("calibration.npz", 10, labelled=False), tmp_path)


@pytest.mark.parametrize(
    "options",
    [{"preset": "fast"}, {"subset_size": "many"}, {"subset_size": 0}, {"ignored": {"nmes": []}},
     {"ignored": {"names": "product1"}}, {"fast_bias_correction": "false"}],
)  # fmt: skip
def test_an_unusable_option_is_a_configuration_error(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"openvino int8-ptq: {next(iter(options))} cannot be .*; it is "):
        made(CLASSIFIER, recipe("int8-ptq", **options), images("calibration.npz", 10, labelled=False), tmp_path)


def test_as_is_answers_as_onnx_runtime_does(tmp_path: Path) -> None:
    samples = images("evaluation.npz", 20)
    assert made(CLASSIFIER, recipe("as-is"), None, tmp_path) == Made(main="model.xml")
    running = session(tmp_path)
    for feeds, expected in zip(samples, reference(CLASSIFIER, samples), strict=True):
        np.testing.assert_allclose(running.infer(feeds)[0], expected[0], atol=1e-4)


@pytest.mark.parametrize("method", ["as-is", "int8-ptq"])
def test_an_ir_gives_what_the_model_it_was_made_of_gives(method: str, tmp_path: Path) -> None:
    calibration = images("calibration.npz", 30, labelled=False)
    made(CLASSIFIER, recipe("as-is"), None, tmp_path / "ir")
    made(CLASSIFIER, recipe(method), calibration, tmp_path / "onnx")
    assert made(tmp_path / "ir/model.xml", recipe(method), calibration, tmp_path / "again").main == "model.xml"
    assert parameter_dtypes(tmp_path / "again/model.xml") == parameter_dtypes(tmp_path / "onnx/model.xml")
    ours, theirs = session(tmp_path / "again"), session(tmp_path / "onnx")
    for feeds in images("evaluation.npz", 5):
        np.testing.assert_allclose(ours.infer(feeds)[0], theirs.infer(feeds)[0], atol=1e-4)


def test_as_is_stores_float32_weights_not_float16(tmp_path: Path) -> None:
    made(CLASSIFIER, recipe("as-is"), None, tmp_path)
    dtypes = parameter_dtypes(tmp_path / "model.xml")
    assert dtypes["float32"] > 600_000
    assert "float16" not in dtypes


def test_outputs_come_in_the_models_order(tmp_path: Path) -> None:
    model = models.two_outputs(tmp_path / "model.onnx")
    made(model, recipe("as-is"), None, tmp_path / "out")
    item = np.arange(4, dtype=np.float32)[None]
    double, negative = session(tmp_path / "out").infer({"x": item})
    np.testing.assert_array_equal(double, 2 * item)
    np.testing.assert_array_equal(negative, -item)


def test_an_output_outlives_the_next_inference(tmp_path: Path) -> None:
    made(models.two_outputs(tmp_path / "model.onnx"), recipe("as-is"), None, tmp_path / "out")
    running = session(tmp_path / "out")
    first = running.infer({"x": np.ones((1, 4), np.float32)})[0]
    running.infer({"x": np.zeros((1, 4), np.float32)})
    assert first.tolist() == [[2, 2, 2, 2]]


def test_threads_and_precision_are_pinned_and_read_back(tmp_path: Path) -> None:
    made(CLASSIFIER, recipe("as-is"), None, tmp_path)
    runtime = session(tmp_path).runtime
    assert runtime["inference_precision"] == "f32"
    assert set(runtime["layer_precisions"].split()[::2]) == {"f32"}
    assert (runtime["device"], runtime["threads"]) == ("CPU", "1")
    assert runtime["runtime"].startswith("openvino 20")


def test_int8_layers_show_in_the_runtime(tmp_path: Path) -> None:
    made(CLASSIFIER, recipe("int8-ptq"), images("calibration.npz", 30, labelled=False), tmp_path)
    assert "u8" in session(tmp_path).runtime["layer_precisions"]


def test_bf16_is_refused_by_a_cpu_without_it(tmp_path: Path) -> None:
    made(CLASSIFIER, recipe("bf16"), None, tmp_path)
    if has_bf16():
        assert session(tmp_path, "bf16").runtime["inference_precision"] == "bf16"
    else:
        with pytest.raises(BackendMissing, match=r"this CPU has no bf16 \(.+\)"):
            session(tmp_path, "bf16")


@pytest.mark.parametrize("accelerator", ["gpu", "npu"])
def test_a_missing_accelerator_is_missing_not_replaced(tmp_path: Path, accelerator: Any) -> None:
    import openvino as framework

    if any(device.startswith(accelerator.upper()) for device in framework.Core().available_devices):
        pytest.skip(f"this machine has the {accelerator}")
    made(CLASSIFIER, recipe("as-is"), None, tmp_path)
    with pytest.raises(BackendMissing, match=f"finds no {accelerator.upper()} here; it has CPU"):
        session(tmp_path, target=Target(name="other", accelerator=accelerator))


def test_int8_keeps_the_accuracy_at_a_quarter_of_the_size(tmp_path: Path) -> None:
    made(CLASSIFIER, recipe("as-is"), None, tmp_path / "float")
    notes = made(
        CLASSIFIER, recipe("int8-ptq"), images("calibration.npz", 100, labelled=False), tmp_path / "int8"
    ).notes
    dtypes = parameter_dtypes(tmp_path / "int8/model.xml")
    sizes = [(tmp_path / name / "model.bin").stat().st_size for name in ("int8", "float")]
    samples = images("evaluation.npz", 200)
    assert notes == ()
    assert dtypes["int8"] > 600_000
    assert sizes[0] < 0.3 * sizes[1]
    assert accuracy(tmp_path / "int8", samples) >= accuracy(tmp_path / "float", samples) - 0.02


def test_weights_in_constant_nodes_are_quantized_too(tmp_path: Path) -> None:
    model = models.perceptron(tmp_path / "model.onnx", constant_nodes=True)
    made(model, recipe("int8-ptq"), vectors(("batch", 64)), tmp_path / "out")
    assert parameter_dtypes(tmp_path / "out/model.xml")["int8"] == 64 * 96 + 96 * 96 + 96 * 10


def test_nothing_quantized_is_a_failure_not_a_candidate(tmp_path: Path) -> None:
    model = models.nothing_to_quantize(tmp_path / "model.onnx")
    with pytest.raises(BackendFailed, match="nothing was quantized"):
        made(model, recipe("int8-ptq"), vectors(("batch", 4)), tmp_path / "out")


def test_weights_that_were_left_out_are_noted(tmp_path: Path) -> None:
    model = models.perceptron(tmp_path / "model.onnx")
    wanted = recipe("int8-ptq", ignored={"patterns": ["product1"]})
    assert made(model, wanted, vectors(("batch", 64)), tmp_path / "out").notes == (
        "int8 for 43% of the constants only",
    )


@pytest.mark.parametrize("method", ["int8-ptq", "int8-accuracy-control"])
def test_quantization_without_calibration_data_names_the_remedy(tmp_path: Path, method: str) -> None:
    with pytest.raises(ConfigError, match=r"set data\.calibration"):
        made(CLASSIFIER, recipe(method), None, tmp_path)


def test_accuracy_control_without_labels_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs labels in the calibration data"):
        made(CLASSIFIER, recipe("int8-accuracy-control"), images("calibration.npz", 10, labelled=False), tmp_path)


def test_accuracy_control_says_what_it_kept(tmp_path: Path) -> None:
    note, *_ = made(CLASSIFIER, recipe("int8-accuracy-control"), images("evaluation.npz", 100), tmp_path).notes
    assert note.startswith("accuracy 0.")
    assert note.endswith("on 100 calibration items")
    assert parameter_dtypes(tmp_path / "model.xml")["int8"] > 0


def test_accuracy_control_takes_an_error_for_an_error(tmp_path: Path) -> None:
    """NNCF thinks higher is better, so a larger error would look like a gain."""
    samples = labelled_by_the_model(tmp_path)
    wanted = recipe("int8-accuracy-control", max_drop=0.5)
    with pytest.raises(BackendFailed, match=r"did not reach its goal|all went back"):
        made(tmp_path / "model.onnx", wanted, samples, tmp_path / "out")


def test_accuracy_control_accepts_an_error_within_the_drop(tmp_path: Path) -> None:
    samples = labelled_by_the_model(tmp_path)
    wanted = recipe("int8-accuracy-control", max_drop=1e9, metric="mae")
    assert made(tmp_path / "model.onnx", wanted, samples, tmp_path / "out").notes[0].startswith("mae ")


def test_accuracy_control_gives_back_what_costs_most(tmp_path: Path) -> None:
    if not FAST_INT8:
        pytest.skip("without an int8 dot product sums overflow here, and accuracy control rightly gives all of it back")
    samples = labelled_by_the_model(tmp_path, (64, 96, 96, 10))
    wanted = recipe("int8-accuracy-control", max_drop=10, metric="mae")
    notes = made(tmp_path / "model.onnx", wanted, samples, tmp_path / "out").notes
    dtypes = parameter_dtypes(tmp_path / "out/model.xml")
    assert 0 < dtypes["int8"] < 64 * 96 + 96 * 96 < dtypes["float32"] + dtypes["int8"]
    assert any(note.endswith("of the constants only") for note in notes)


def test_accuracy_control_that_misses_its_goal_is_a_failure(tmp_path: Path) -> None:
    """NNCF returns its best try, quantized or not, and says so only in its log."""
    wanted = recipe("int8-accuracy-control", max_drop=-1.0)
    with pytest.raises(BackendFailed, match=r"did not reach its goal: accuracy \S+ -> \S+ on 20 .* max_drop -1"):
        made(CLASSIFIER, wanted, images("evaluation.npz", 20), tmp_path)


def test_accuracy_control_for_which_nobody_waits_ends_at_once_and_says_so(tmp_path: Path) -> None:
    samples = labelled_by_the_model(tmp_path)
    deadline.answer_within(0)
    try:
        with pytest.raises(BackendFailed, match=r"nothing better than int8-ptq in .* raise `seconds` and limits"):
            made(tmp_path / "model.onnx", recipe("int8-accuracy-control", max_drop=0.0), samples, tmp_path / "out")
    finally:
        deadline.answer_within(math.inf)


class Examiner:
    """Finds everything half as good as the source."""

    def __call__(self, compiled: object, indices: Iterable[int]) -> tuple[float, list[float]]:
        return 0.5, [0.5 for _ in indices]


def test_a_judge_without_time_finds_everything_as_good_as_the_source() -> None:
    """What NNCF is told then is no measurement: what came is measured once more."""
    patient, impatient = (Impatient(cast("Judge", Examiner()), [1.0, 0.0], seconds) for seconds in (60.0, 0.0))
    assert patient(None, [0, 1]) == (0.5, [0.5, 0.5])
    assert impatient(None, [0]) == (1.0, [1.0])
    assert patient.whole == [0.5] and impatient.whole == []


def test_the_best_so_far_is_told_with_the_remedy_and_nothing_better_than_all_int8_is_a_failure() -> None:
    judge = Impatient(cast("Judge", Examiner()), [1.0, 0.0], 0.0, whole=[0.9, 0.5])
    assert missed(judge, 0.7, "accuracy 0.9 -> 0.7", 0.01).endswith("raise `seconds`, or limits.timeout_seconds")
    for no_better in (0.5, math.nan):
        with pytest.raises(BackendFailed, match="nothing better than int8-ptq"):
            missed(judge, no_better, "accuracy 0.9 -> 0.5", 0.01)


def test_a_drop_that_is_no_number_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="max_drop"):
        made(CLASSIFIER, recipe("int8-accuracy-control", max_drop="little"), images("evaluation.npz", 10), tmp_path)


@pytest.mark.parametrize("method", ["int8-weights", "int4-weights"])
def test_a_text_is_no_flag(tmp_path: Path, method: str) -> None:
    """bool("false") is True."""
    with pytest.raises(ConfigError, match='symmetric cannot be "false"; it is true or false'):
        made(CLASSIFIER, recipe(method, symmetric="false"), None, tmp_path)


def test_an_unknown_metric_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='metric cannot be "bleu"; it is one of accuracy, mae, mse'):
        made(CLASSIFIER, recipe("int8-accuracy-control", metric="bleu"), images("evaluation.npz", 10), tmp_path)


def labelled_by_the_model(folder: Path, widths: tuple[int, ...] = (64, 32, 1)) -> Samples:
    """Labels that only the float32 model meets."""
    model = models.perceptron(folder / "model.onnx", widths)
    answers = [outputs[0][0] for outputs in reference(model, vectors(("batch", 64)))]
    return vectors(("batch", 64), labels=np.stack(answers) + np.float32(1e-3))


def test_int8_weights_leave_activations_alone(tmp_path: Path) -> None:
    made(models.perceptron(tmp_path / "model.onnx"), recipe("int8-weights"), None, tmp_path / "out")
    assert parameter_dtypes(tmp_path / "out/model.xml")["uint8"] >= 64 * 96 + 96 * 96 + 96 * 10
    assert b'type="FakeQuantize"' not in (tmp_path / "out/model.xml").read_bytes()


def test_int8_weights_of_nothing_are_a_failure(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed, match="no weight is eligible"):
        made(models.nothing_to_quantize(tmp_path / "model.onnx"), recipe("int8-weights"), None, tmp_path / "out")


def test_int4_that_is_partly_int8_is_noted(tmp_path: Path) -> None:
    """96 channels are no multiple of the group size; NNCF's default would fail on them."""
    notes = made(models.perceptron(tmp_path / "model.onnx"), recipe("int4-weights"), None, tmp_path / "out").notes
    assert parameter_dtypes(tmp_path / "out/model.xml")["int4"] == 64 * 96 + 96 * 96
    assert notes == ("int4 for 94% of the compressed weights, int8 for the rest",)


def test_int4_for_every_layer_needs_no_note(tmp_path: Path) -> None:
    model = models.perceptron(tmp_path / "model.onnx")
    assert made(model, recipe("int4-weights", all_layers=True), None, tmp_path / "out").notes == ()
    assert session(tmp_path / "out").infer({"x": np.ones((1, 64), np.float32)})[0].shape == (1, 10)


@pytest.mark.parametrize("widths", [None, (64, 10), (12, 12, 12)])
def test_int4_that_would_silently_be_int8_is_a_failure(tmp_path: Path, widths: tuple[int, ...] | None) -> None:
    """Convolutions, a single (so last) layer, too few channels."""
    model = CLASSIFIER if widths is None else models.perceptron(tmp_path / "model.onnx", widths)
    with pytest.raises(BackendFailed, match="int4 was asked for, but no weight is eligible"):
        made(model, recipe("int4-weights"), None, tmp_path / "out")


@pytest.mark.parametrize("method", ["as-is", "int8-ptq", "int4-weights"])
def test_the_same_model_gives_the_same_bytes_anywhere(tmp_path: Path, method: str) -> None:
    """OpenVINO writes the file's name and the numbers of its process-wide counter into the IR."""
    contents = []
    for name in ("one/model.onnx", "another/folder/renamed.onnx"):
        folder = (tmp_path / name).parent / "out"
        made(models.perceptron(tmp_path / name), recipe(method), vectors(("batch", 64)), folder)
        contents.append([(folder / file).read_bytes() for file in ("model.xml", "model.bin")])
    assert contents[0] == contents[1]
    assert str(tmp_path).encode() not in contents[0][0]


def test_renumbered_names_stay_unique(tmp_path: Path) -> None:
    import openvino as framework

    made(CLASSIFIER, recipe("int8-ptq"), images("calibration.npz", 10, labelled=False), tmp_path)
    names = [
        operation.get_friendly_name() for operation in framework.Core().read_model(tmp_path / "model.xml").get_ops()
    ]
    assert len(set(names)) == len(names)


def test_a_model_that_converts_only_with_static_shapes_gets_an_items(tmp_path: Path) -> None:
    model = models.only_static_shapes(tmp_path / "model.onnx")
    samples = vectors(("batch", 3, "length"), count=2)
    note, *_ = made(model, recipe("as-is"), samples, tmp_path / "out").notes
    assert note.startswith("static shapes (x 1x3x8), as with dynamic ones OpenVINO cannot convert ")
    running = session(tmp_path / "out")
    for feeds, expected in zip(samples, reference(model, samples), strict=True):
        np.testing.assert_allclose(running.infer(feeds)[0], expected[0], atol=1e-5)


def test_an_accident_while_converting_makes_no_other_candidate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def interrupted(*arguments: object, **options: object) -> None:
        calls.append(options)
        raise RuntimeError("std::bad_alloc")

    model = models.only_static_shapes(tmp_path / "model.onnx")
    monkeypatch.setattr("openvino.convert_model", interrupted)
    with pytest.raises(RuntimeError, match="bad_alloc"):
        made(model, recipe("as-is"), vectors(("batch", 3, "length"), count=2), tmp_path / "out")
    assert calls == [{}], "it was not tried with static shapes"


def test_a_model_that_cannot_be_converted_names_the_remedy(tmp_path: Path) -> None:
    model = models.only_static_shapes(tmp_path / "model.onnx")
    with pytest.raises(BackendFailed, match=r"InstanceNormalization.*set data\.calibration"):
        made(model, recipe("as-is"), None, tmp_path / "out")
