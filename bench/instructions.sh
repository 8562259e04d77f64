#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Counts instructions an operation under valgrind's callgrind, with keyshard and raw: the difference
# of two runs, one with twice as many operations. The same on a busy machine as on a quiet one.
# Prints a table for docs/performance.md, and where keyshard's instructions go.
set -eu

case ${1:-} in
'') ;;
*) echo "usage: bench/instructions.sh, in the build folder"; exit 2 ;;
esac

count=2000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# collect WORK SIDE COUNT: instructions of the process, or nothing if it cannot be run.
collect() {
    ./libtool --mode=execute valgrind --tool=callgrind \
        --callgrind-out-file="$folder/out.$3" ./bench/keyshard-bench \
        --only "$1" --run "$2" "$3" > /dev/null 2> "$folder/err" || return 0
    sed -n 's/^summary: //p; s/^totals: //p' "$folder/out.$3" | head -n 1
}

# an_operation WORK SIDE
an_operation() {
    few=$(collect "$1" "$2" $count)
    many=$(collect "$1" "$2" $((2 * count)))
    if [ -n "$few" ] && [ -n "$many" ]; then
        echo $(((many - few) / count))
    else
        echo -
    fi
}

# by_function: of the last two runs, by function of keyshard's.
by_function() {
    for n in $count $((2 * count)); do
        callgrind_annotate --threshold=100 --auto=no "$folder/out.$n" |
            sed -En 's/^ *([0-9,]+) \([^)]*\) *[^:]*src\/[a-z]+\/[^:]*:([A-Za-z_0-9.]+).*/\2 \1/p' |
            tr -d , | awk '{ sum[$1] += $2 } END { for (f in sum) print f, sum[f] }' |
            sort > "$folder/functions.$n"
    done
    join "$folder/functions.$count" "$folder/functions.$((2 * count))" |
        awk -v n=$count '$3 - $2 >= n { printf "%s %d, ", $1, ($3 - $2) / n }'
}

echo "| instructions an operation | keyshard | raw | more | of keyshard's own functions |"
echo "| --- | --- | --- | --- | --- |"
for work in "attributes, one key" "HMAC-SHA-256, one key" "AES-128-GCM, one key" \
    "16 random bytes" "import and destroy"; do
    raw=$(an_operation "$work" raw)
    ours=$(an_operation "$work" keyshard)
    more=-
    [ "$raw" = - ] || more=$((ours - raw))
    echo "| $work | $ours | $raw | $more | $(by_function | sed 's/, $//') |"
done
