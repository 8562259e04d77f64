#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Checks rules that no compiler checks. Each rule prints what breaks it, as file:line: text.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: tests/lint.sh

Checks the source in $srcdir (the folder above this script): which layer includes which, where
secrets are wiped and compared, licence headers, length of lines and files, shell scripts.
EOF
}

case ${1:-} in
'') ;;
--help | -h) usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac

cd "${srcdir:-$(dirname "$0")/..}"
shopt -s lastpipe # rule, at the end of a pipe, counts in this shell
broken=0
columns=100

# rule TEXT: reads the offences from standard input; none means that the rule holds.
rule() {
    local offences
    offences=$(cat)
    [ -n "$offences" ] || return 0
    broken=$((broken + 1))
    printf 'rule broken: %s\n%s\n\n' "$1" "$offences"
}

# Prints lines that match, like grep -n, but finding none is no failure.
lines() {
    grep -nE "$@" /dev/null || true
}

mapfile -t sources < <(find src include -name '*.[ch]' | sort)
mapfile -t c_files < <(find src include tests examples bench -name '*.[ch]' | sort)
mapfile -t scripts < <(find scripts tests models examples bench .ci -type f -perm -u+x | sort |
    while IFS= read -r file; do
        head -n 1 "$file" | grep -qE '^#!.*sh$' && printf '%s\n' "$file"
    done)
mapfile -t text_files < <(find src include tests examples bench models scripts .ci m4 docs \
    configure.ac Makefile.am README.md NEWS -type f ! -name 'l*.m4' 2>/dev/null |
    grep -vE '\.(o|lo|la|log|trs|so|gz|xz)$|/\.(libs|deps)/|\.dirstamp$' | sort)
mapfile -t headed < <(printf '%s\n' "${text_files[@]}" |
    grep -E '\.(c|h|ac|am|sh|py|pml|lua|map)$|^scripts/[^.]*$|^\.ci/|^models/[^.]*$')
if [ ${#sources[@]} -lt 10 ] || [ ${#scripts[@]} -lt 3 ]; then
    echo 'no source found here'
    exit 1
fi

# --- layers ---

# Prints the layer's rank; a folder may include headers of its own rank or a lower one.
rank() {
    case $1 in
    base) echo 1 ;;
    store) echo 2 ;;
    key) echo 3 ;;
    crypto) echo 4 ;;
    api) echo 5 ;;
    *) echo 0 ;;
    esac
}

for file in "${sources[@]}"; do
    case $file in src/*/*) ;; *) continue ;; esac
    layer=${file#src/}
    layer=${layer%%/*}
    own=$(rank "$layer")
    [ "$own" -gt 0 ] || echo "$file: $layer is no layer"
    while IFS=: read -r line text; do
        header=${text#*\"}
        header=${header%%\"*}
        case $header in
        config.h) continue ;;
        */*) ;;
        *) echo "$file:$line: \"$header\" has no folder"; continue ;;
        esac
        other=$(rank "${header%%/*}")
        if [ "$other" -eq 0 ] || [ "$other" -gt "$own" ]; then
            echo "$file:$line: $layer includes $header"
        fi
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' "$file" || true)
done | rule 'a layer includes its own headers and those of lower layers only'

lines '#[[:space:]]*include[[:space:]]+<mbedtls/' "${sources[@]}" |
    { grep -v '^src/crypto/' || true; } |
    rule 'only src/crypto includes <mbedtls/...>'
lines '#[[:space:]]*include[[:space:]]+<psa/' "${sources[@]}" |
    { grep -E '^src/(base|store)/' || true; } |
    rule 'src/base and src/store know nothing of the PSA API'
lines 'MBEDTLS_VERSION' "${sources[@]}" | { grep -v '^src/crypto/mbed\.h:' || true; } |
    rule 'differences between versions of Mbed TLS live in src/crypto/mbed.h'

# --- secrets ---

# A call that touches no secret says so in the same line: /* lint: no secret */
lines '\b(memset|memcmp|bzero|explicit_bzero|strcmp)[[:space:]]*\(' "${sources[@]}" |
    { grep -vE '^src/base/|/\* lint: no secret \*/' || true; } |
    rule 'secrets are wiped and compared by src/base/wipe.c alone'

# --- every file ---

for file in "${headed[@]}"; do
    head -n 4 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || echo "$file"
done | rule 'a source file opens with the licence identifier'
for file in "${c_files[@]}"; do
    count=$(wc -l <"$file")
    [ "$count" -le 800 ] || echo "$file: $count lines"
done | rule 'a file has at most 800 lines'
# In characters, not bytes.
LC_ALL=C.UTF-8 lines "^.{$((columns + 1)),}" "${c_files[@]}" "${scripts[@]}" |
    rule "a line has at most $columns columns"
lines '[[:space:]]+$' "${c_files[@]}" "${scripts[@]}" | rule 'no white space ends a line'
lines $'\t' "${c_files[@]}" "${scripts[@]}" | rule 'no tab indents code'
lines "\\b(TO""DO|FIX""ME|XX""X)\\b" "${text_files[@]}" | rule 'no note of work left to do'

# --- scripts ---

for file in "${scripts[@]}"; do
    case $(head -n 1 "$file") in
    *bash) bash -n "$file" 2>&1 || true ;;
    *) sh -n "$file" 2>&1 || true ;;
    esac
done | rule 'a shell script parses'
if command -v shellcheck >/dev/null; then
    shellcheck -f gcc "${scripts[@]}" | rule 'shellcheck has nothing to say'
else
    echo 'shellcheck is not installed: shell scripts were only parsed'
fi

echo "${#sources[@]} files of the library, ${#scripts[@]} scripts, ${#text_files[@]} files in all"
if [ "$broken" -gt 0 ]; then
    echo "$broken rules broken"
    exit 1
fi
