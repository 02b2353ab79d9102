"""OpenVINO: models of tensors with NNCF, and models of text with optimum-intel."""
