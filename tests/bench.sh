#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Ensures that the benchmark runs everything it has, on every side that is there, with results that
# agree, and that a page can be made of its figures. The figures themselves are not looked at.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ! ./bench/keyshard-bench --smoke --json "$folder/bench.json" > "$folder/bench.txt" 2>&1; then
    if grep -q 'built without libjansson' "$folder/bench.txt"; then
        echo "needs jansson"
        exit 77
    fi
    cat "$folder/bench.txt"
    exit 1
fi
if grep FAILED "$folder/bench.txt"; then
    exit 1
fi
command -v python3 > /dev/null || { echo "needs python3"; exit 77; }
python3 - "$folder/bench.json" << 'EOF_PYTHON'
import json
import sys

data = json.load(open(sys.argv[1]))
sides = {side for result in data["results"] for side in result["sides"]}
wanted = {"keyshard", "raw", "floor", "global lock", "slot states", "Mbed TLS PSA"}
assert wanted <= sides, f"missing: {wanted - sides}"
assert len(data["results"]) >= 26 and all(r["ok"] for r in data["results"])
for result in data["results"]:
    for side in result["sides"].values():
        assert all(s["median"] > 0 for s in side["ns"]), result["name"]
for latency in data["latencies"]:
    assert latency["ok"] and latency["lookups"] > 0
    assert latency["ns"] == sorted(latency["ns"]), latency
assert any(b["ok"] and b["store"] == "keyshard" for b in data["bulks"])
print(len(data["results"]), "works,", len(data["latencies"]), "latencies,", len(data["bulks"]),
      "sets of keys;", ", ".join(sorted(sides)))
EOF_PYTHON
if command -v gnuplot > /dev/null; then
    python3 "${srcdir:-.}/bench/report.py" "$folder" > /dev/null
    test -s "$folder/index.html" && test -s "$folder/memory.svg"
else
    echo "no gnuplot: no page made"
fi
