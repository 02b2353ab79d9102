# Where models and packages of the examples are: in the user's cache, in a folder for each version of what makes them.
digest() { python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:12])'; }
version=$({ python3 --version && cat examples/smollm2/prepare.py examples/minilm/prepare.py .ci/sections/models; } | digest)
models="${XDG_CACHE_HOME:-$HOME/.cache}/edgeci/ci/models-$version"

# Tests look there for them, and for the package that one of them comes in: a real GGUF file for its reader.
use_models() {
  export EDGECI_SMOLLM2="$models/smollm2/model" EDGECI_MINILM="$models/minilm/model" PYTHONPATH="$models/packages"
}
