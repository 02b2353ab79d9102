# What every section starts with: the folder, and the environment of the installation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

development=$PWD/build/ci/development
export PATH="$development/bin:$PATH"

quietly() { pip install --quiet --disable-pip-version-check "$@"; }
