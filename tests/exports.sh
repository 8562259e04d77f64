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
sed 's/`/\n/g' "$document" | grep -xE '(mbedtls_)?psa_[a-z_0-9]+' | sort -u >"$work/documented"

within 'exported, but not in the version script' "$work/exported" "$work/map"
same 'extensions exported (<) and declared in keyshard.h (>)' "$work/extensions" "$work/header"

# What the version script names and this Mbed TLS does not have is not exported; all else must be.
comm -13 "$work/exported" "$work/map" | sort -u >"$work/absent"
comm -12 "$work/absent" "$work/declared" >"$work/lost"
within 'declared by Mbed TLS and in the version script, but not exported' "$work/lost" /dev/null

grep -E 'psa_' "$work/exported" >"$work/psa"
cat "$work/psa" "$work/documented" | sort -u >"$work/known"
within 'declared by Mbed TLS, neither exported nor named in docs/compatibility.md' \
    "$work/declared" "$work/known"
within 'exported, but not in docs/compatibility.md' "$work/psa" "$work/documented"

# No call within the library goes through the PLT, where another library could stand in between.
objdump -d "$library" | sed -n -E 's/.*<([a-z_0-9]+)@plt>.*/\1/p' | sort -u >"$work/plt"
comm -12 "$work/plt" "$work/exported" >"$work/through"
within 'called through the PLT within the library' "$work/through" /dev/null
dynamic=$(readelf -d "$library")
for flag in NOW NODELETE; do
    if ! grep -q "$flag" <<<"$dynamic"; then
        echo "linked without -z ${flag,,}"
        failed=1
    fi
done
[ "$(wc -l <"$work/psa")" -ge 60 ] || { echo 'hardly anything is exported'; failed=1; }
[ "$(wc -l <"$work/declared")" -ge 60 ] || { echo 'hardly anything is declared'; failed=1; }
[ "$failed" -eq 0 ] && echo "$(wc -l <"$work/exported") names exported," \
    "$(wc -l <"$work/declared") declared by Mbed TLS, all accounted for"
exit "$failed"
