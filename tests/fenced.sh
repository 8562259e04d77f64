#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
#
# Tests of the concurrency once more, as on a kernel without membarrier.
set -eu

for test in unit/readers unit/own concurrent/kept concurrent/handoff; do
    echo "fenced tests/$test"
    tests/fenced "tests/$test"
done
