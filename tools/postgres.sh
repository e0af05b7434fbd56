#!/usr/bin/env bash
# Makes sure that there is a PostgreSQL for the tests of internal/store, which start
# a server of their own. Installs Debian's where this user may; elsewhere says what
# is missing and goes on, since the tests themselves then skip aloud, or fail in a
# continuous integration.
set -euo pipefail

missing() {
    echo "postgres: $1; the tests on PostgreSQL cannot run" >&2
    echo "hint: install it (apt-get install postgresql), or set COVEY_POSTGRES to the folder of its programs or COVEY_TEST_DATABASE to the URL of a database" >&2
    exit 0
}

# there tells whether the tests will find the programs; see internal/testenv.
there() {
    if [ -n "${COVEY_POSTGRES:-}" ]; then
        [ -x "$COVEY_POSTGRES/initdb" ]
        return
    fi
    { command -v initdb && command -v postgres; } >/dev/null && return
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

[ -z "${COVEY_TEST_DATABASE:-}" ] || exit 0
there && exit 0
[ -z "${COVEY_POSTGRES:-}" ] || missing "COVEY_POSTGRES=$COVEY_POSTGRES holds no initdb"
command -v apt-get >/dev/null || missing "not installed, and there is no apt-get"
[ "$(id -u)" = 0 ] || missing "not installed, and only root may install it"

echo "postgres: installing with apt-get" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    # The package would start a server for the whole machine, which nobody needs.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    apt-get install -y -q --no-install-recommends postgresql </dev/null >&2
}
install || { apt-get update -q >&2 && install; } || missing "apt-get could not install it"
there || missing "apt-get installed no such programs"
