#!/usr/bin/env bash
# Install what this very ref of edgeci needs, once, into a virtual environment that later jobs find again.
#
# Reads EDGECI_EXTRAS (`onnxruntime` or `openvino`) and pip's own variables, so a wheelhouse works: PIP_FIND_LINKS,
# PIP_NO_INDEX. Writes the step output `python`, which launch.sh takes. edgeci itself is never installed: it runs from
# this checkout. The caller's Python, GITHUB_PATH and GITHUB_ENV stay as they are.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(dirname "$here")

fail() {
    local message=${1//\%/%25}
    message=${message//$'\r'/%0D}
    printf '::error title=edgeci cannot be installed::%s\n' "${message//$'\n'/%0A}"
    exit 4
}

# What pip says comes from an index or a wheelhouse: each line after a mark, so that none is a workflow command.
marked() {
    local line command='##['
    tr '\r' '\n' | while IFS= read -r line || [[ -n $line ]]; do
        printf 'pip: %s\n' "${line//"$command"/## [}"
    done
}

# Python 3.11 or newer that can make virtual environments: the caller's first, then others by name, then the runner's.
find_python() {
    local candidate
    for candidate in python3 python python3.13 python3.12 python3.11 python3.14 \
        "${RUNNER_TOOL_CACHE:-/nonexistent}"/Python/3.*/*/bin/python3; do
        if "$candidate" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

# <digest of all that decides the content>-<ABI>-<architecture>
identify='
import hashlib, platform, sys
from pathlib import Path

digest = hashlib.sha256(repr((sys.version, sys.base_prefix, platform.libc_ver())).encode())
for path in sys.argv[1:]:
    digest.update(Path(path).read_bytes())
print(digest.hexdigest()[:16], sys.implementation.cache_tag + sys.abiflags, platform.machine(), sep="-")
'

# Locks file descriptor 9, which this shell keeps open; a job that dies lets go of it.
lock='
import fcntl

try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("edgeci: another job is installing the same; waiting for it", flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
'

# Only the package's metadata is installed: versions and entry points. The code stays in the checkout.
describe='
import sysconfig, tempfile, zipfile
from hatchling.build import build_wheel

with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(f"{folder}/{build_wheel(folder)}") as wheel:
    wheel.extractall(sysconfig.get_path("purelib"), [name for name in wheel.namelist() if ".dist-info/" in name])
'

complete() {
    [[ -e $1/.complete ]] && "$1/bin/python" -I -c '' 2>/dev/null
}

case ${EDGECI_EXTRAS:-onnxruntime} in
    onnxruntime) requirements=$here/requirements.lock ;;
    openvino) requirements=$here/requirements-openvino.lock ;;
    *) fail "the input \`extras\` is neither \`onnxruntime\` nor \`openvino\`" ;;
esac

unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT \
    PIP_REQUIREMENT PIP_NO_BINARY

python=$(find_python) || fail "it needs Python 3.11 or newer with the venv module; add actions/setup-python with \
python-version: '3.12' before this step, or install python3 and python3-venv on the runner"

key=$("$python" -I -c "$identify" "$requirements" "$root/pyproject.toml" "$root/edgeci/__init__.py" "$here/install.sh")
cache=${RUNNER_TOOL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}}/edgeci
environment=$cache/$key

if ! complete "$environment"; then
    mkdir -p "$cache" || fail "$cache cannot be made; set RUNNER_TOOL_CACHE to a folder that can be written"
    exec 9>"$environment.lock"
    "$python" -I -c "$lock"
fi

if complete "$environment"; then
    printf 'edgeci: found its environment %s\n' "$key"
else
    printf 'edgeci: making its environment %s with %s (once)\n' "$key" "$("$python" -I --version)"
    partial=$environment.partial
    rm -rf "$partial"
    "$python" -I -m venv "$partial"
    printf 'edgeci: installing %s packages by their hashes\n' "$(grep -c '==' "$requirements")"
    "$partial/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-deps --requirement "$requirements" 2>&1 | marked ||
        fail "pip could not install $(basename "$requirements"); its own message is above"
    (cd "$root" && "$partial/bin/python" -I -c "$describe")
    touch "$partial/.complete"
    rm -rf "$environment"
    mv "$partial" "$environment"
    printf 'edgeci: ready\n'
fi

if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf 'python=%s\n' "$environment/bin/python" >>"$GITHUB_OUTPUT"
else
    printf '%s\n' "$environment/bin/python"
fi
