"""A framework's own words, with our sentence before them: what was tried, what they mean, what helps."""

import pytest

from edgeci.accidents import doing, error_of
from edgeci.framework_words import explained

OPENVINO = """Check 'false' failed at src/frontends/common_translators/src/unconverted_ops_report.cpp:151:
FrontEnd API failed with OpConversionFailure:
Model wasn't fully converted. Summary:
-- No conversion rule found for operations: com.microsoft.SampleOp
"""
WORDS = {
    "Fatal error: com.example:Wavelet(-1) is not a registered function/op": (
        "it has no operator Wavelet of the domain com.example; export the model without it"
    ),
    OPENVINO: "it has no operator com.microsoft.SampleOp; export the model without it",
    "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for Relu(1) node with name ''": (
        "it has operator Relu of opset 1 not for these types"
    ),
    "ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is "
    "under development and support for this is limited. Official support for domain ai.onnx is till opset 26.": (
        "the model's opset is newer than it knows (26)"
    ),
    "Unsupported model IR version: 13, max supported IR version: 11": "the file is of ONNX IR version 13",
    "Got invalid dimensions for input: image for the following indices": "the input image takes another shape",
    "Non-zero status code returned while running Conv node. Name:'stem/conv' Status Message: x": (
        "its operator Conv fails at the node 'stem/conv'"
    ),
    "This is an invalid model. In Node, Error No Op registered for Bessel with domain_version of 17": (
        "it has no operator Bessel in opset 17"
    ),
    "INVALID_GRAPH : This is an invalid model. Type Error: Type 'tensor(float)'": "it finds the graph invalid",
    "No module named 'torch'": "its environment lacks the package torch",
}


@pytest.mark.parametrize("words", WORDS)
def test_words_that_are_known_are_explained_with_the_remedy(words: str) -> None:
    said = explained("onnxruntime does not load it", "Fail", words)
    assert said.startswith(f"onnxruntime does not load it: {WORDS[words]}")
    assert "\n" not in said and len(said) < 500


def test_the_line_that_tells_is_kept_and_no_other() -> None:
    said = explained("openvino cannot make as-is of this model", "OpConversionFailure", OPENVINO)
    assert said.endswith("(OpConversionFailure: -- No conversion rule found for operations: com.microsoft.SampleOp)")


def test_words_that_nobody_knows_come_after_what_was_tried() -> None:
    assert explained("it does not run", "RuntimeError", "\n\nfirst line\nsecond line") == (
        "it does not run (RuntimeError: first line)"
    )
    assert explained("it does not run", "RuntimeError", " \n") == "it does not run (RuntimeError, without a word)"


def test_words_are_cut_and_name_no_folder() -> None:
    said = explained("it does not load", "Fail", f"Load model from /tmp/edgeci-1/made/model.onnx failed: {'x' * 900}")
    assert "Load model from model.onnx failed: xxx" in said
    assert len(said) < 250 and said.endswith("...)")


def test_who_was_nearest_says_what_was_tried() -> None:
    with pytest.raises(ValueError, match="bad") as caught, doing("the whole"), doing("the part"):
        raise ValueError("bad")
    assert str(error_of(caught.value, 100)) == "the part (ValueError: bad)"


def test_a_note_of_a_framework_is_not_taken_for_ours() -> None:
    problem = ValueError("bad")
    problem.add_note("While validating")
    assert str(error_of(problem, 100)) == "a worker failed at its task (ValueError: bad)"
