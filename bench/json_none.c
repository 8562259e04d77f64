/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

/* Stands in for json.c where configure has not found jansson. */
bool report_json(const struct report *report, const char *path)
{
    (void) report;
    fprintf(stderr, "cannot write %s: built without libjansson-dev\n", path);
    return false;
}
