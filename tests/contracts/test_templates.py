"""What holds for every packaged template: real schemas accept it, hostile strings come out as themselves."""

import json
import re
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeci.rendering.catalogue import packaged_templates, template_names
from edgeci.rendering.context import Context, context
from edgeci.rendering.filling import documents
from edgeci.stages.render import render
from tests.stages.builders import scene

TEMPLATES = template_names(Path("nowhere"))
VERSIONS = ("1.29", kubernetes_validate.latest_version())
HOSTILE = "a: b\n- *c {{ d }} {% e %} \"f\" 'g' #h &i !j %k `l` $(m) ${n} \x00\x1b[31m\x85\u2028\U0001f600 null"
LABEL = r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
TARGETS = ("cpu", "9-lives", "Jetson_Orin.Nano-", "x" * 63)
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@cache
def compose_schema() -> Any:
    return json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())


def check(name: str, content: bytes) -> None:
    """By the schema of whoever will read the document; one that nobody reads here must be none of theirs."""
    for document in yaml.safe_load_all(content) if name.endswith((".yaml", ".yml")) else ():
        if "compose" in name:
            jsonschema.validate(document, compose_schema())
        elif document.get("kind") == "Kustomization":
            assert document["apiVersion"] == "kustomize.config.k8s.io/v1beta1"
        elif "apiVersion" in document:
            for version in VERSIONS:
                kubernetes_validate.validate(document, version, strict=True)


def hostile_context(folder: Path, text: str) -> Context:
    """Every string that comes from outside, replaced."""
    made = scene(folder)
    [release] = made.release()
    verdict = release.verdicts[0].model_copy(update={"reason": text})
    assessment = release.assessment.model_copy(update={"producer": text})
    release = release.model_copy(update={"verdicts": (verdict,), "assessment": assessment, "edgeci": text})
    strange = {"image": text, "model_path": f"/models/{text}", "target": text}
    return context(made.workspace, made.loaded, release).model_copy(update=strange)


def shape(value: Any) -> Any:
    """Keys, lengths and types, without the strings."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_real_schemas_accept_every_document(tmp_path, template, target):
    made = scene(tmp_path, targets=({"name": target, "threads": 2},), render={"templates": [template]})
    written = render(made.workspace, made.loaded, made.release(), made.said.append)
    assert written
    for path in written:
        check(path.name, path.read_bytes())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_kubernetes_schemas_refuse_a_wrong_document(version):
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_the_compose_specification_accepts_the_file_and_refuses_a_wrong_one(tmp_path):
    made = scene(tmp_path)
    render(made.workspace, made.loaded, made.release(), made.said.append)
    right = made.workspace.manifests / "cpu/compose/compose.yaml"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(right.read_text().replace("mem_limit:", "memory_limit:"))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert subprocess.run([*command, right], capture_output=True, check=False).returncode == 0
    assert subprocess.run([*command, wrong], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_hostile_strings_come_out_as_themselves(tmp_path, template):
    tame = dict(documents(packaged_templates() / template, hostile_context(tmp_path, "plain")))
    for name, content in documents(packaged_templates() / template, hostile_context(tmp_path, HOSTILE)):
        written, expected = yaml.safe_load(content), yaml.safe_load(tame[name])
        undone = json.dumps(written).replace("$$", "$")
        assert json.loads(undone.replace(json.dumps(HOSTILE)[1:-1], "plain")) == expected
        check(name, content)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return hostile_context(tmp_path_factory.mktemp("plain"), "plain")


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_changes_the_shape_of_a_document(plain, template, text):
    strings = ("image", "model_path", "target", "verdict", "edgeci_version")
    changed = plain.model_copy(update=dict.fromkeys(strings, text))
    expected = dict(documents(packaged_templates() / template, plain))
    for name, content in documents(packaged_templates() / template, changed):
        assert shape(yaml.safe_load(content)) == shape(yaml.safe_load(expected[name]))


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_value_in_a_yaml_template_goes_through_the_quoting_filter(template):
    for path in (packaged_templates() / template).rglob("*.yaml.j2"):
        for expression in EXPRESSION.findall(path.read_text()):
            assert expression.endswith("| to_yaml "), f"{path.name}: {expression}"


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_value_a_template_reads_is_documented(template):
    documented = (packaged_templates().parent / "docs/render.md").read_text()
    for path in (packaged_templates() / template).rglob("*.j2"):
        for key in re.findall(r"values\.(\w+)", path.read_text()):
            assert f"| `{key}` |" in documented, f"{path.name}: values.{key}"


@pytest.mark.parametrize("target", TARGETS)
def test_names_and_labels_are_what_a_cluster_accepts(tmp_path, target):
    made = scene(tmp_path, targets=({"name": target},), render={"templates": ["kubernetes"]})
    for path in render(made.workspace, made.loaded, made.release(), made.said.append):
        metadata = yaml.safe_load(path.read_text()).get("metadata", {"name": "a"})
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", metadata["name"])
        assert all(re.fullmatch(LABEL, value) for value in metadata.get("labels", {}).values())


def test_the_kustomization_names_every_other_document_and_the_selectors_meet(tmp_path):
    made = scene(tmp_path)
    render(made.workspace, made.loaded, made.release(), made.said.append)
    folder = made.workspace.manifests / "cpu/kubernetes"
    manifests = {path.name: yaml.safe_load(path.read_text()) for path in folder.iterdir()}
    assert sorted(manifests["kustomization.yaml"]["resources"]) == sorted(manifests.keys() - {"kustomization.yaml"})
    deployment = manifests["deployment.yaml"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        manifests["service.yaml"]["spec"]["selector"],
        manifests["poddisruptionbudget.yaml"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert manifests["horizontalpodautoscaler.yaml"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]


def test_the_pod_may_do_no_more_than_serve(tmp_path):
    made = scene(tmp_path)
    render(made.workspace, made.loaded, made.release(), made.said.append)
    pod = yaml.safe_load((made.workspace.manifests / "cpu/kubernetes/deployment.yaml").read_text())
    pod = pod["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]
    probes = {name: container[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe")}
    assert probes == {"livenessProbe": "/v2/health/live", "readinessProbe": "/v2/health/ready"}
