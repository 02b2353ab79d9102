"""The whole way for a language model: a small one, in NumPy, through the same verbs as everybody."""

import json
import math
from pathlib import Path

import pytest

from tests.models.bigram import TEXT, write_bigram
from tests.stages.project_folder import complaint, edgeci, measured

pytestmark = pytest.mark.alone

CONFIG = """\
model: model.gguf
data:
  evaluation: {path: evaluation.jsonl}
  calibration: {path: calibration.txt}
metric: cross_entropy
text: {window: 32, prompt_tokens: 8, output_tokens: 4}
targets:
  - name: cpu
    backends: [bigram]
propose: false
recipes:
  - {backend: bigram, method: rounded}
gates:
  rules:
    - {rule: at-most, metric: kl_divergence, limit: 0.05}
    - {rule: drop, metric: cross_entropy, limit: 0.05}
    - {rule: at-least, metric: same_top, limit: 0.8}
limits: {timeout_seconds: 60, memory_mb: 4096}
budget: {seconds: 1}
"""


def project(folder: Path, config: str = CONFIG, recipes: str = "") -> Path:
    write_bigram(folder / "model.gguf")
    rows = [{"text": TEXT}, {"text": "too short"}]
    rows += [{"prompt": "the quick b", "choices": ["rown", "zzzz"], "label": 0}] * 70
    rows += [{"prompt": "the q", "answer": "uick"}] * 5
    (folder / "evaluation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "calibration.txt").write_text("pack my box with five dozen liquor jugs and sell it to a wizard")
    (folder / "edgeci.yaml").write_text(config.replace("recipes:\n", f"recipes:\n{recipes}"))
    return folder


def test_a_language_model_goes_the_whole_way(tmp_path: Path) -> None:
    done = edgeci(project(tmp_path), "run")
    assert done.code == 0, done.err
    assert "PPL" in done.out and "tok/s" in done.out
    assert done.err.count("evaluation.jsonl: 1 of 2 texts have fewer than 32 tokens and are left out") == 1
    assert "| perplexity | KL | same top | TTFT | tokens/s |" in (tmp_path / ".edgeci" / "report.md").read_text()
    measurements = measured(tmp_path)
    rounded = measurements["bigram-rounded", "kl_divergence"]["samples"]
    assert len(rounded) == len(TEXT) // 32 and all(0 < sample < 0.05 for sample in rounded)
    own = measurements["bigram-as-is", "kl_divergence"]["samples"]
    assert max(own) < 1e-5, "the baseline's distance from itself is the rounding of what was stored"
    first = measurements["bigram-rounded", "ttft_cpu"]
    assert len(first["samples"]) == len(first["reference"]) >= 8
    assert first["conditions"]["text"]["output_tokens"] == 4
    record = json.loads((tmp_path / ".edgeci" / "release" / "cpu" / "edgeci.json").read_text())["records"][0]
    assert record["assessment"]["kind"] == "text"
    assert edgeci(tmp_path, "verify", ".edgeci/release/cpu").code == 0
    before = (tmp_path / ".edgeci" / "measurements.json").read_bytes()
    assert "measured in an earlier run" in edgeci(tmp_path, "run", "--verbose").err
    assert (tmp_path / ".edgeci" / "measurements.json").read_bytes() == before


def test_questions_and_exercises_are_judged_as_classes(tmp_path: Path) -> None:
    rules = "    - {rule: retained, metric: accuracy, limit: 0.95}\n"
    config = CONFIG.replace("metric: cross_entropy\n", "metric: accuracy\n", 1).replace(
        CONFIG[CONFIG.index("    - {rule: at-most") : CONFIG.index("limits:")], rules
    )
    assert edgeci(project(tmp_path, config), "run").code == 0
    accuracy = measured(tmp_path)["bigram-rounded", "accuracy"]
    assert accuracy["samples"] == [0.0] * 70 + [1.0] * 5 == accuracy["labels"]


def test_a_candidate_that_is_not_its_source_is_not_measured(tmp_path: Path) -> None:
    reasons = {
        "shuffled": "its answers are not its source's: mean KL divergence",
        "lossless-but-wrong": "KL divergence",
        "unnormalized": "probabilities sum to",
        "taciturn": "it was asked for two tokens and gave another number",
    }
    project(tmp_path, recipes="".join(f"  - {{backend: bigram, method: {method}}}\n" for method in reasons))
    for verb in ("assess", "plan", "optimize"):
        edgeci(tmp_path, verb)
    skipped = json.loads((tmp_path / ".edgeci" / "skipped.json").read_text())["records"]
    given = {record["recipe"]["method"]: record["reason"] for record in skipped}
    assert given.keys() == reasons.keys()
    assert all(reason in given[method] for method, reason in reasons.items()), given


def test_calibration_text_that_is_evaluation_text_too_is_refused(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "calibration.txt").write_text("xx" + TEXT[100:300])
    done = edgeci(tmp_path, "run")
    assert "a model must not be judged on what tuned it" in complaint(done, 2)


@pytest.mark.parametrize(
    ("metric", "row", "reason"),
    [
        ("accuracy", {"text": TEXT}, "accuracy needs questions"),
        ("cross_entropy", {"prompt": "a", "answer": "b"}, "cross_entropy needs running text"),
        ("mse", {"text": TEXT}, "mse is not measured of language models"),
    ],
)
def test_a_metric_without_items_is_a_mistake_found_before_any_work(
    tmp_path: Path, metric: str, row: dict[str, str], reason: str
) -> None:
    project(tmp_path, CONFIG.replace("metric: cross_entropy\n", f"metric: {metric}\n", 1))
    (tmp_path / "evaluation.jsonl").write_text(json.dumps(row) + "\n")
    done = edgeci(tmp_path, "run")
    assert reason in complaint(done, 2)


@pytest.mark.slow
def test_a_request_under_load_is_a_generation(tmp_path: Path) -> None:
    config = CONFIG + "load: {rate: 20, seconds: 3}\n"
    assert edgeci(project(tmp_path, config), "run").code == 0
    latency = measured(tmp_path)["bigram-rounded", "load_p50"]["samples"]
    assert min(latency) >= 4 * 1.0, "four tokens of a millisecond each"
    assert math.isclose(sum(measured(tmp_path)["bigram-rounded", "load_errors"]["samples"]), 0)
