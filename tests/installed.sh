#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Tests the library as it is installed: a program linked against it, the same program without it and
# with it preloaded, and what happens where Mbed TLS stands in front.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: tests/installed.sh

Installs the build in $builddir (the current folder) below a temporary folder of it, compiles
tests/installed/hello.c of $srcdir with $CC and runs it in every way, then runs the known-answer
tests with the library preloaded.
EOF
}

case ${1:-} in
'') ;;
--help | -h) usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac

build=$(cd "${builddir:-.}" && pwd)
source=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
read -r -a compiler <<<"${CC:-cc}"
passed=0
skipped=0
stage=$(mktemp -d "$build/installed.XXXXXX")
trap 'rm -rf "$stage"' EXIT

fail() {
    printf 'failed: %s\n' "$*"
    exit 1
}

# Make's own flags would start it in the mode of the make that runs this test.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
"${MAKE:-make}" -C "$build" install DESTDIR="$stage" >"$stage/install.log" 2>&1 || {
    tail -n 20 "$stage/install.log"
    fail 'make install'
}

one() {
    local found
    found=$(find "$stage" -name "$1")
    if [ -z "$found" ] || [ "$(printf '%s\n' "$found" | wc -l)" != 1 ]; then
        fail "one $1, not: $found"
    fi
    printf '%s\n' "$found"
}
pc=$(one keyshard.pc)
library=$(one 'libkeyshard.so.[0-9]')
folder=$(dirname "$library")
[ -e "$folder/libkeyshard.so" ] || fail 'libkeyshard.so for linking'
[ -z "$(find "$stage" -name 'libkeyshard*.a')" ] || fail 'no static library'

# The compiler would look into /usr/local by itself, but not into the temporary folder's.
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$stage
PKG_CONFIG_PATH=$(dirname "$pc")
read -r -a flags <<<"$(pkg-config --cflags keyshard)"
read -r -a libraries <<<"$(pkg-config --libs keyshard)"

compile() { # OUTPUT SOURCE LIBRARY-ARGUMENT...
    local output=$1 input=$2
    shift 2
    "${compiler[@]}" -Wall -Werror "${flags[@]}" -o "$stage/$output" "$input" "$@" ||
        fail "compiling $output"
}
hello=$source/tests/installed/hello.c
compile linked "$hello" "${libraries[@]}"
compile plain "$hello" -lmbedcrypto
compile wrong "$hello" -Wl,--no-as-needed -lmbedcrypto "-L$folder" -lkeyshard
printf '#include <keyshard/keyshard.h>\n#include <stdio.h>\nint main(void) { %s }\n' \
    'return puts(keyshard_version()) < 0;' >"$stage/version.c"
compile version "$stage/version.c" "${libraries[@]}"

# try NAME COMMAND...: the command must succeed; its stderr goes to $stage/errors.
try() {
    local name=$1
    shift
    "$@" 2>"$stage/errors" || {
        cat "$stage/errors"
        fail "$name"
    }
    passed=$((passed + 1))
    printf 'passed: %s\n' "$name"
}

silent() {
    [ ! -s "$stage/errors" ] || fail "silence, not: $(cat "$stage/errors")"
}

# One line on stderr, which names the library.
one_line() {
    if [ "$(wc -l <"$stage/errors")" != 1 ] || ! grep -q '^keyshard: ' "$stage/errors"; then
        fail "one line that starts with keyshard:, not: $(cat "$stage/errors")"
    fi
}

with=(env "LD_LIBRARY_PATH=$folder")
try 'the header and keyshard.pc serve a program that includes it' "${with[@]}" "$stage/version"
try 'linked: keyshard serves' "${with[@]}" "$stage/linked" keyshard
silent
try 'neither linked nor preloaded: Mbed TLS serves' "$stage/plain" mbedtls
silent
try 'preloaded: keyshard serves' env "LD_PRELOAD=$library" "$stage/plain" keyshard
silent
try 'wrong link order: Mbed TLS serves, keyshard stays out of it' \
    "${with[@]}" "$stage/wrong" mbedtls
silent
try 'wrong link order: keyshard refuses to start' \
    "${with[@]}" "$stage/wrong" refused "$library"
one_line
try 'opened with local binding: keyshard refuses to start' "$stage/plain" refused "$library"
one_line

# This program is not linked with keyshard: only preloading can have it served.
answers=$build/tests/kat/kat_preload
[ -x "$answers" ] || fail "$answers is built"
if readelf -d "$answers" | grep -q libkeyshard; then
    fail 'kat_preload is linked without keyshard'
fi
status=0
env "LD_PRELOAD=$library" "$answers" >"$stage/answers.log" 2>&1 || status=$?
cat "$stage/answers.log"
case $status in
0) passed=$((passed + 1)) ;;
77) skipped=$((skipped + 1)) ;;
*) fail 'known answers, preloaded' ;;
esac
printf '%d passed, 0 failed, %d skipped\n' "$passed" "$skipped"
