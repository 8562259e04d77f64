#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Runs the tests of the token server, or those of the modules named as arguments. Without
# python3-jwt or python3-cryptography the tests that need them are left out, and the result is
# "skipped" if all others pass.
set -u

here=${srcdir:-$(dirname "$0")/../..}/tests/server
TOKEN_SERVER=$(cd "${builddir:-.}" && pwd)/examples/token-server/token-server
export TOKEN_SERVER
# Debian's own: the modules that are used are Debian's, whatever other python3 is first in PATH.
python=/usr/bin/python3
if [ ! -x "$python" ]; then
    echo "python3 is missing; on Debian: apt-get install python3"
    exit 77
fi
result=0
if [ $# -eq 0 ]; then
    set -- test_endpoints test_algorithms test_tokens test_bad_http test_metrics test_races \
        test_process test_secrets
    if "$python" -c 'import jwt' 2>/dev/null; then
        set -- "$@" test_interop
    else
        echo "python3-jwt is missing; on Debian: apt-get install python3-jwt"
        result=77
    fi
    if "$python" -c 'import jwt, cryptography' 2>/dev/null; then
        set -- "$@" test_es256
    else
        echo "python3-cryptography is missing; on Debian: apt-get install python3-cryptography"
        result=77
    fi
fi
# No byte code: the source folder may be read-only.
PYTHONPATH=$here "$python" -B -m unittest -v "$@" 2>&1 || exit 1
exit $result
