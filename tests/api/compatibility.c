/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* docs/compatibility.md, line by line: each test has the name of a row of its tables. */

#include "../runner.h"
#include "compatibility.h"

int main(void)
{
    Suite *suite = suite_create("compatibility");

    add_creation(suite);
    add_ids(suite);
    add_life(suite);
    add_use(suite);
    add_extensions(suite);
    add_asymmetric(suite);
    add_asymmetric_use(suite);
    return run_suite(suite);
}
