#!/usr/bin/env bash
# Fails when a function is reached by no command and no test. The tool itself only
# prints what it finds.
set -euo pipefail
cd "$(dirname "$0")/.."

found=$(go tool -modfile=tools/go.mod deadcode -test ./...)
if [ -n "$found" ]; then
    echo "$found" >&2
    echo "error: these functions are never called" >&2
    echo "hint: delete them, or write the test that they lack" >&2
    exit 1
fi
