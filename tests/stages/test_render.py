"""Manifests say exactly what was released and measured, and nothing half-written or stale is left."""

import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeci
from edgeci.config import Limits
from edgeci.errors import ConfigError, InputRejected, WorkspaceError
from edgeci.rendering.catalogue import packaged_templates, template_names
from edgeci.rendering.context import memory_mb, resource_name
from edgeci.rendering.filling import MOST_BYTES
from edgeci.rendering.filters import literal, to_yaml
from edgeci.stages.render import render
from tests.stages.builders import Scene, scene

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)
HOSTILE = ["a: b", "*x", "&x", "!!python/object:x", "{{ 1 }}", "{% x %}", "yes", "1e3", "0o17", "null", "~", "#", "-"]


def rendered(made: Scene) -> list[Path]:
    return render(made.workspace, made.loaded, made.release(), made.said.append)


def own_template(folder: Path, name: str, **files: str) -> None:
    for stem, text in files.items():
        path = folder / "templates" / name / f"{stem}.yaml.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def limited(made: Scene, **limits: float) -> Scene:
    config = made.loaded.config.model_copy(update={"limits": Limits(**limits)})
    return dataclasses.replace(made, loaded=dataclasses.replace(made.loaded, config=config))


def load(made: Scene, name: str, target: str = "cpu"):
    return yaml.safe_load((made.workspace.manifests / target / name).read_text())


def container(made: Scene):
    return load(made, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"][0]


def test_every_file_is_written_below_its_target_and_template(tmp_path):
    made = scene(tmp_path)
    written = rendered(made)
    assert [path.relative_to(made.workspace.manifests).as_posix() for path in written] == [
        "cpu/kubernetes/deployment.yaml",
        "cpu/kubernetes/horizontalpodautoscaler.yaml",
        "cpu/kubernetes/kustomization.yaml",
        "cpu/kubernetes/poddisruptionbudget.yaml",
        "cpu/kubernetes/service.yaml",
        "cpu/compose/compose.yaml",
    ]
    assert all(path.is_file() for path in written)


def test_the_same_release_gives_the_same_bytes(tmp_path):
    made = scene(tmp_path)
    first = [path.read_bytes() for path in rendered(made)]
    assert [path.read_bytes() for path in rendered(made)] == first


def test_manifests_carry_the_digests_of_what_is_released(tmp_path):
    made = scene(tmp_path)
    rendered(made)
    annotations = load(made, "kubernetes/deployment.yaml")["metadata"]["annotations"]
    model = (made.bundle() / "model/model.onnx").read_bytes()
    assert annotations["edgeci/model-sha256"] == hashlib.sha256(model).hexdigest()
    bundle = hashlib.sha256((made.bundle() / "checksums.txt").read_bytes()).hexdigest()
    assert annotations["edgeci/bundle-sha256"] == bundle
    assert annotations["edgeci/version"] == edgeci.__version__
    assert annotations["edgeci/verdict"].startswith("passed all 3 gates: keeps 100.0% of the baseline's accuracy")
    assert load(made, "compose/compose.yaml")["services"]["model-server"]["labels"]["edgeci.bundle-sha256"] == bundle


def test_memory_is_the_highest_peak_and_the_measured_runtime_rounded_up(tmp_path):
    made = scene(tmp_path, peak_mb=(20.0, 23.0, 21.0), runtime_mb=106.0)
    rendered(made)
    assert container(made)["resources"] == {"requests": {"cpu": "1", "memory": "192Mi"}, "limits": {"memory": "192Mi"}}
    assert load(made, "compose/compose.yaml")["services"]["model-server"]["mem_limit"] == "192m"


@pytest.mark.parametrize("runtime_mb", [None, True, -1.0, 0, float("nan"), float("inf")])
def test_without_a_measured_runtime_the_documented_allowance_counts(tmp_path, runtime_mb):
    made = scene(tmp_path, peak_mb=(20.0, 20.0, 20.0), runtime_mb=runtime_mb)
    [release] = made.release()
    assert memory_mb(release, {}) == (64 if runtime_mb is True else 320)


def test_without_a_measured_peak_there_is_no_guess(tmp_path):
    made = scene(tmp_path)
    [release] = made.release()
    unmeasured = release.model_copy(update={"measurements": release.measurements[:2]})
    with pytest.raises(WorkspaceError, match=r"no peak_memory was measured.*render\.values\.memory_mb"):
        render(made.workspace, made.loaded, [unmeasured], print)
    assert memory_mb(unmeasured, {"memory_mb": 300}) == 300


def test_the_processor_request_is_the_targets_threads(tmp_path):
    made = scene(tmp_path, targets=({"name": "cpu", "threads": 3},))
    rendered(made)
    assert container(made)["resources"]["requests"]["cpu"] == "3"
    assert load(made, "compose/compose.yaml")["services"]["model-server"]["cpus"] == 3


def test_the_compose_volume_leads_to_the_model_of_the_bundle(tmp_path):
    made = scene(tmp_path, files={"sub/model.xml": b"graph"})
    rendered(made)
    service = load(made, "compose/compose.yaml")["services"]["model-server"]
    [volume] = service["volumes"]
    folder = made.workspace.manifests / "cpu/compose" / volume["source"]
    assert folder.resolve() == (made.bundle() / "model").resolve()
    assert volume["read_only"]
    path = service["environment"]["MODEL_PATH"]
    assert (folder / Path(path).relative_to(volume["target"])).read_bytes() == b"graph"


def test_a_dollar_in_a_name_is_no_variable(tmp_path):
    made = scene(tmp_path, files={"$(HOME) $USER.onnx": b"graph"}, render={"image": "a/$B"})
    rendered(made)
    assert container(made)["env"][0]["value"] == "/models/$$(HOME) $$USER.onnx"
    assert container(made)["image"] == "a/$B"
    service = load(made, "compose/compose.yaml")["services"]["model-server"]
    assert service["environment"]["MODEL_PATH"] == "/models/$$(HOME) $$USER.onnx"
    assert service["image"] == "a/$$B"


def test_values_reach_the_manifests(tmp_path):
    values = {
        "min_replicas": 1,
        "max_replicas": 9,
        "cpu_percent": 55,
        "memory_mb": 777,
        "node_selector": {"kubernetes.io/arch": "arm64"},
        "published_port": 9000,
        "host_ip": "0.0.0.0",
        "healthcheck": ["CMD", "/probe"],
    }
    made = scene(tmp_path, render={"values": values})
    rendered(made)
    scaler = load(made, "kubernetes/horizontalpodautoscaler.yaml")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (1, 9)
    assert scaler["metrics"][0]["resource"]["target"]["averageUtilization"] == 55
    pod = load(made, "kubernetes/deployment.yaml")["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert pod["containers"][0]["resources"]["limits"]["memory"] == "777Mi"
    service = load(made, "compose/compose.yaml")["services"]["model-server"]
    assert service["ports"] == [{"target": 8080, "published": "9000", "host_ip": "0.0.0.0"}]
    assert service["healthcheck"]["test"] == ["CMD", "/probe"]


@pytest.mark.parametrize("value", ["three", 0, -1, 1.5, True, None])
def test_a_count_that_is_none_is_refused_before_a_cluster_sees_it(tmp_path, value):
    made = scene(tmp_path, render={"values": {"max_replicas": value}})
    with pytest.raises(ConfigError, match="whole number"):
        rendered(made)
    assert list(made.workspace.manifests.iterdir()) == []


def test_manifests_of_a_target_without_a_bundle_go(tmp_path):
    made = scene(tmp_path, targets=({"name": "cpu"}, {"name": "edge"}))
    rendered(made)
    with made.workspace.fresh_folder(made.workspace.manifests / "renamed"):
        pass
    releases = made.release()
    shutil.rmtree(made.bundle("cpu"))
    render(made.workspace, made.loaded, releases[1:], print)
    assert [path.name for path in made.workspace.manifests.iterdir()] == ["edge"]


def test_rendering_one_target_leaves_the_others_manifests(tmp_path):
    made = scene(tmp_path, targets=({"name": "cpu"}, {"name": "edge"}))
    rendered(made)
    render(made.workspace, made.loaded, made.release()[1:], print)
    assert sorted(path.name for path in made.workspace.manifests.iterdir()) == ["cpu", "edge"]


def test_manifests_of_a_template_that_is_no_longer_asked_for_go(tmp_path):
    rendered(scene(tmp_path))
    made = scene(tmp_path, render={"templates": ["compose"]})
    rendered(made)
    assert [path.name for path in (made.workspace.manifests / "cpu").iterdir()] == ["compose"]


def test_without_a_bundle_the_verb_to_run_is_named(tmp_path):
    made = scene(tmp_path)
    [release] = made.release()
    (made.bundle() / "checksums.txt").unlink()
    with pytest.raises(WorkspaceError, match="edgeci release"):
        render(made.workspace, made.loaded, [release], print)


def test_an_own_template_is_one_more(tmp_path):
    own_template(tmp_path, "mine", config="answer: {{ values.answer | to_yaml }}\n")
    (tmp_path / "templates/mine/logo.bin").write_bytes(b"\x00{{ }}")
    made = scene(tmp_path, render={"templates": ["mine"], "values": {"answer": "a: *b\n"}})
    rendered(made)
    assert load(made, "mine/config.yaml") == {"answer": "a: *b\n"}
    assert (made.workspace.manifests / "cpu/mine/logo.bin").read_bytes() == b"\x00{{ }}"
    assert template_names(tmp_path) == ["compose", "kubernetes", "mine"]


def test_an_own_template_takes_the_place_of_a_packaged_one(tmp_path):
    own_template(tmp_path, "compose", compose="services: {}\n")
    made = scene(tmp_path, render={"templates": ["compose"]})
    rendered(made)
    assert load(made, "compose/compose.yaml") == {"services": {}}


def test_hidden_folders_and_files_are_no_templates(tmp_path):
    for name in (".git", "_shared"):
        (tmp_path / "templates" / name).mkdir(parents=True)
    (tmp_path / "templates/README.md").write_text("")
    assert template_names(tmp_path) == ["compose", "kubernetes"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: {{ values.nothing | to_yaml }}", "nothing"),
        ("a: {{ nothing }}", "nothing"),
        ("a: {{ [nothing] | to_yaml }}", "nothing"),
        ("a: {{ release | to_yaml }}", "cannot represent an object"),
        ("a: 1\nb: {{", r"yaml\.j2:2: "),
        ("a: {{ 1 / 0 }}", "division"),
        ("a: {{ ''.__class__.__mro__ | to_yaml }}", "unsafe"),
        ("a: [", "gives no valid document"),
        ("- a", "expected a mapping, found list"),
        ("a: 1\n---\n", "expected a mapping, found NoneType"),
        ("a: !!python/object:os.system {}", "gives no valid document"),
    ],
)
def test_a_template_that_gives_no_document_writes_nothing_and_is_named(tmp_path, text, reason):
    own_template(tmp_path, "mine", fine="a: 1", wrong=text)
    made = scene(tmp_path, render={"templates": ["compose", "mine"]})
    with pytest.raises(ConfigError, match=reason) as caught:
        rendered(made)
    assert "mine/wrong.yaml.j2" in str(caught.value)
    assert str(caught.value).isprintable()
    assert list(made.workspace.manifests.iterdir()) == []


def test_a_folder_with_a_kustomization_gives_only_kubernetes_documents(tmp_path):
    own_template(tmp_path, "mine", kustomization="apiVersion: v1\nkind: Kustomization\n", wrong="kind: Service")
    made = scene(tmp_path, render={"templates": ["mine"]})
    with pytest.raises(ConfigError, match="'apiVersion' is missing"):
        rendered(made)


def test_a_template_file_that_leads_elsewhere_is_refused(tmp_path):
    (tmp_path / "secret").write_text("secret")
    own_template(tmp_path, "mine", fine="a: 1")
    (tmp_path / "templates/mine/leak.txt").symlink_to(tmp_path / "secret")
    made = scene(tmp_path, render={"templates": ["mine"]})
    with pytest.raises(InputRejected, match=r"leak\.txt: a symbolic link"):
        rendered(made)


@pytest.mark.parametrize("place", ["templates", "templates/mine"])
def test_a_template_folder_that_is_a_link_is_refused(tmp_path, place):
    own_template(tmp_path / "elsewhere", "mine", fine="a: 1")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).symlink_to(tmp_path / "elsewhere" / place)
    made = scene(tmp_path, render={"templates": ["mine"]})
    with pytest.raises(InputRejected, match=f"{place}: a symbolic link"):
        rendered(made)


def test_a_pipe_among_the_files_of_a_template_is_not_waited_for(tmp_path):
    own_template(tmp_path, "mine", fine="a: 1")
    os.mkfifo(tmp_path / "templates/mine/pipe.yaml.j2")
    made = scene(tmp_path, render={"templates": ["mine"]})
    with pytest.raises(InputRejected, match=r"pipe\.yaml\.j2: not a regular file"):
        rendered(made)


def test_a_template_larger_than_any_is_refused(tmp_path):
    own_template(tmp_path, "mine", fine="a: 1")
    with (tmp_path / "templates/mine/large.bin").open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    made = scene(tmp_path, render={"templates": ["mine"]})
    with pytest.raises(InputRejected, match=rf"large\.bin: {MOST_BYTES + 1} bytes, more than"):
        rendered(made)


def test_templates_see_each_other_and_nothing_outside_their_folder(tmp_path):
    own_template(tmp_path, "mine", part="b: 2", whole="{% include 'part.yaml.j2' %}")
    made = scene(tmp_path, render={"templates": ["mine"]})
    rendered(made)
    assert load(made, "mine/whole.yaml") == {"b": 2}
    own_template(tmp_path, "mine", whole="{% include '../../edgeci.yaml' %}")
    with pytest.raises(ConfigError, match=r"mine/whole\.yaml\.j2: "):
        rendered(made)


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            {"timeout_seconds": 2},
            "2 s",
        ),
        ("{% for a in range(99999) %}{{ 'a' * 9999 }}{% endfor %}", {}, f"more than {MOST_BYTES} bytes"),
        pytest.param(
            "{{ 'a' * 2000000000 }}",
            {"memory_mb": 500},
            "memory",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a worker's memory"),
        ),
    ],
    ids=["for ever", "without end", "all the memory"],
)
def test_a_template_that_takes_more_than_its_limits_is_named(tmp_path, text, limits, reason):
    own_template(tmp_path, "mine", hungry=text)
    made = limited(scene(tmp_path, render={"templates": ["mine"]}), **limits)
    with pytest.raises(ConfigError, match=reason) as caught:
        rendered(made)
    assert "templates/mine" in str(caught.value)
    assert list(made.workspace.manifests.iterdir()) == []


def test_a_template_that_went_away_after_the_configuration_was_read_is_named(tmp_path):
    own_template(tmp_path, "mine", fine="a: 1")
    made = scene(tmp_path, render={"templates": ["mine"]})
    (tmp_path / "templates").rename(tmp_path / "moved")
    with pytest.raises(ConfigError, match="unknown template 'mine'; known: compose, kubernetes"):
        rendered(made)


@given(NAMES)
def test_every_target_name_becomes_a_service_name(name):
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", resource_name(name))


@given(st.sets(NAMES, min_size=2))
def test_different_targets_never_share_a_name(names):
    assert len({resource_name(name) for name in names}) == len(names)


@pytest.mark.parametrize("names", [("a.b", "a_b", "a-b", "A-B", "a--b", "a-b-"), ("x" * 62, "x" * 63)])
def test_targets_that_differ_only_in_what_a_label_cannot_hold_keep_apart(names):
    assert len({resource_name(name) for name in names}) == len(names)


def test_a_plain_target_name_stays_readable():
    assert resource_name("rpi-5") == "edgeci-rpi-5"


@settings(max_examples=300)
@given(VALUES)
def test_any_value_comes_out_of_yaml_as_itself(value):
    text = to_yaml(value)
    assert "\n" not in text
    assert yaml.safe_load(f"key: {text}\nnext: 1\n") == {"key": value, "next": 1}
    assert yaml.safe_load(f"- [{text}, {text}]") == [[value, value]]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_is_always_quoted_so_that_no_reader_takes_it_for_something_else(text):
    assert to_yaml(text).startswith('"')


@given(TEXTS)
def test_a_reader_that_undoubles_dollars_reads_the_text_itself(text):
    assert literal(text).replace("$$", "$") == text
    assert literal({"a": [text, 1]}) == {"a": [literal(text), 1]}


def test_a_checkout_has_its_templates_beside_the_package():
    assert packaged_templates() == Path(edgeci.__file__).parent.parent / "templates"


@pytest.mark.slow
def test_an_installed_wheel_has_its_templates_inside(tmp_path):
    root = Path(edgeci.__file__).parent.parent
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, root], check=True)
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
        f"from {packaged_templates.__module__} import packaged_templates, template_names;"
        "print(packaged_templates(), *template_names(Path('nowhere')))"
    )
    command = [sys.executable, "-I", "-c", code, tmp_path / "installed"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [str(tmp_path / "installed/edgeci/templates"), "compose", "kubernetes"]
