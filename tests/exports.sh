#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Compares what the library exports with the version script, the headers and the documents, and
# looks at what the linker made of it. Run by make check in the build folder.
set -euo pipefail

source=${srcdir:-.}
library=.libs/libkeyshard.so
map=$source/src/libkeyshard.map
document=$source/docs/compatibility.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# same TITLE A B: the two lists of names are the same.
same() {
    if ! diff "$2" "$3" >"$work/diff"; then
        printf '%s:\n' "$1"
        cat "$work/diff"
        failed=1
    fi
}

# within TITLE A B: each name of the first list is in the second.
within() {
    comm -23 "$2" "$3" >"$work/extra"
    if [ -s "$work/extra" ]; then
        printf '%s:\n' "$1"
        cat "$work/extra"
        failed=1
    fi
}

psa_headers() {
    printf '#include <psa/crypto.h>\n' | ${CC:-cc} -E -x c -
}

nm -D --defined-only "$library" | awk '$2 ~ /[TDB]/ { sub(/@.*/, "", $3); print $3 }' |
    grep -v '^KEYSHARD_' | sort -u >"$work/exported"
sed -n -E 's/^ +([a-z_0-9]+);.*/\1/p' "$map" | sort -u >"$work/map"
grep -oE '\bkeyshard_[a-z_]+\(' "$source/include/keyshard/keyshard.h" | tr -d '(' |
    sort -u >"$work/header"
grep -E '^keyshard_' "$work/exported" >"$work/extensions"

# Functions declared, not defined, in the headers of the installed Mbed TLS.
result='\b(psa_status_t|void|size_t|u?int[0-9_t]*)'
psa_headers | grep -v '^#' | tr '\n' ' ' | sed 's/[;{}]/&\n/g' | grep -vE 'static|typedef' |
    sed -n -E "s/^.*$result +((mbedtls_)?psa_[a-z_0-9]+) *\\(.*;\$/\\2/p" |
    sort -u >"$work/declared"

# The names in one section of the document.
listed() {
    awk -v title="## $1" '/^## / { within = $0 == title } within' "$document" | sed 's/`/\n/g' |
        { grep -xE '(mbedtls_)?psa_[a-z_0-9]+' || true; } | sort -u
}
listed 'Functions that are served' >"$work/served"
listed 'Functions that are not served yet' >"$work/unserved"
listed 'Functions that stay with Mbed TLS' >"$work/staying"
sort -u "$work/served" "$work/unserved" >"$work/ours"

within 'exported, but not in the version script' "$work/exported" "$work/map"
same 'extensions exported (<) and declared in keyshard.h (>)' "$work/extensions" "$work/header"

# What the version script names and this Mbed TLS does not have is not exported; all else must be.
comm -13 "$work/exported" "$work/map" | sort -u >"$work/absent"
comm -12 "$work/absent" "$work/declared" >"$work/lost"
within 'declared by Mbed TLS and in the version script, but not exported' "$work/lost" /dev/null

grep -E 'psa_' "$work/exported" >"$work/psa"
sort -u "$work/psa" "$work/staying" >"$work/known"
within 'declared by Mbed TLS, neither exported nor said to stay in docs/compatibility.md' \
    "$work/declared" "$work/known"
within 'exported, but in no list of docs/compatibility.md' "$work/psa" "$work/ours"
comm -12 "$work/ours" "$work/declared" >"$work/promised"
within 'served or refused in docs/compatibility.md, but not exported' "$work/promised" "$work/psa"

grep -ohE '\bpsa_[a-z_0-9]+\(' "$source"/tests/api/unserved*.c | tr -d '(' | sort -u >"$work/called"
within 'not served, and called by no test in tests/api/unserved*.c' "$work/unserved" "$work/called"

# Nothing within the library reaches an exported function through the dynamic linker, which could
# find another library's: no relocation names one.
readelf -rW "$library" | awk '$5 ~ /^[a-z_]/ { sub(/@.*/, "", $5); print $5 }' |
    sort -u >"$work/relocated"
[ -s "$work/relocated" ] || { echo 'no relocation was read'; failed=1; }
comm -12 "$work/relocated" "$work/exported" >"$work/through"
within 'reached through the dynamic linker within the library' "$work/through" /dev/null
dynamic=$(readelf -d "$library")
for flag in NOW NODELETE; do
    if ! grep -q "$flag" <<<"$dynamic"; then
        echo "linked without -z ${flag,,}"
        failed=1
    fi
done
if grep -q TEXTREL <<<"$dynamic"; then
    echo 'code is relocated'
    failed=1
fi
if ! readelf -lW "$library" | grep -q GNU_RELRO; then
    echo 'linked without -z relro'
    failed=1
fi
[ "$(wc -l <"$work/psa")" -ge 60 ] || { echo 'hardly anything is exported'; failed=1; }
[ "$(wc -l <"$work/declared")" -ge 60 ] || { echo 'hardly anything is declared'; failed=1; }
[ "$failed" -eq 0 ] && echo "$(wc -l <"$work/exported") names exported," \
    "$(wc -l <"$work/declared") declared by Mbed TLS, all accounted for"
exit "$failed"
