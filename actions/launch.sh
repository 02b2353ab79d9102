#!/usr/bin/env bash
# Run this very ref's edgeci with the Python that install.sh made, and record the step output `exit-code`.
#
# Options come as EDGECI_<COMMAND>_<OPTION>. Nothing is imported from the caller's folder or PYTHONPATH: a pull request
# may hold a file named like a module.
set -euo pipefail

: "${EDGECI_PYTHON:?is the step output of install.sh}"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

unset PYTHONHOME PYTHONSTARTUP
export PYTHONPATH=$root PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1

status=0
"$EDGECI_PYTHON" -m edgeci.cli "$@" || status=$?
if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf 'exit-code=%s\n' "$status" >>"$GITHUB_OUTPUT"
fi
exit "$status"
