#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Fails if the rows of docs/compatibility.md and the tests in tests/api/compatibility*.c differ:
# each row has one test of its name, each test a row, and each test is added to the suite.
set -eu

srcdir=${srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2016 # the backquotes are the document's
sed -n 's/^| `\([a-z0-9_]*\)` |.*/\1/p' "$srcdir/docs/compatibility.md" | sort >"$work/rows"
cat "$srcdir"/tests/api/compatibility*.c >"$work/source"
sed -n 's/^START_TEST(\([a-z0-9_]*\))$/\1/p' "$work/source" | sort >"$work/tests"
sed -n 's/^ *tcase_add_test([a-z]*, \([a-z0-9_]*\));$/\1/p' "$work/source" | sort >"$work/added"

[ "$(wc -l <"$work/rows")" -ge 20 ] || { echo "no rows found in docs/compatibility.md"; exit 1; }
for list in rows tests added; do
    uniq -d "$work/$list" >"$work/double"
    [ ! -s "$work/double" ] || { echo "twice among the $list:"; cat "$work/double"; exit 1; }
done
for list in tests added; do
    diff -u --label "rows of docs/compatibility.md" --label "$list in tests/api" \
        "$work/rows" "$work/$list"
done
echo "$(wc -l <"$work/rows") rows, each with its test"
