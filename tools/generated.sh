#!/usr/bin/env bash
# Fails when committed generated files are not what their sources make: rebuilds
# them with "make web" and compares the tree before and after.
set -euo pipefail
cd "$(dirname "$0")/.."

# state lists every file that is not ignored, with a hash of its content. A deleted
# file has no hash; git status names it.
state() {
    git status --porcelain
    git ls-files -z --cached --others --exclude-standard | xargs -0 sha256sum 2>/dev/null || true
}

before=$(state)
make --no-print-directory web
after=$(state)
if [ "$before" != "$after" ]; then
    diff <(echo "$before") <(echo "$after") >&2 || true
    echo "error: generated files were not up to date; they are now" >&2
    echo "hint: commit the files that make web has changed" >&2
    exit 1
fi
