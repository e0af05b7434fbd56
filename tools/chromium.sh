#!/usr/bin/env bash
# Makes sure that there is a browser for the tests in e2e. Installs Debian's
# Chromium where this user may; elsewhere says what is missing and goes on, since
# the tests themselves then skip aloud, or fail in a continuous integration.
set -euo pipefail

missing() {
    echo "chromium: $1; the browser tests cannot run" >&2
    echo "hint: install it (apt-get install chromium) or set COVEY_CHROMIUM to its path" >&2
    exit 0
}

if [ -n "${COVEY_CHROMIUM:-}" ]; then
    command -v "$COVEY_CHROMIUM" >/dev/null || missing "COVEY_CHROMIUM=$COVEY_CHROMIUM is no program"
    exit 0
fi
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
command -v apt-get >/dev/null || missing "not installed, and there is no apt-get"
[ "$(id -u)" = 0 ] || missing "not installed, and only root may install it"

echo "chromium: installing with apt-get" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    apt-get install -y -q --no-install-recommends chromium fonts-liberation </dev/null >&2
}
install || { apt-get update -q >&2 && install; } || missing "apt-get could not install it"
command -v chromium >/dev/null || missing "apt-get installed no program of that name"
