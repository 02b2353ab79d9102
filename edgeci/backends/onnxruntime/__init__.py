"""ONNX Runtime: models of tensors, and language models by onnxruntime-genai."""
