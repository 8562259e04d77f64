/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Wiping: keys of unique random material are destroyed at every point of their lives while the
 * threads that used them stay, idle; then all writable memory is searched for the material and for
 * what Mbed TLS makes of it. The tests first show that the search finds what it looks for.
 *
 * The material comes straight from the kernel, so no seed gives it again; what is asserted does not
 * depend on it. */

#include "runner.h"
#include "wipe/suites.h"

int main(void)
{
    Suite *suite = suite_create("wipe");
    suite_add_tcase(suite, make_search_case());
    suite_add_tcase(suite, make_end_case());
    suite_add_tcase(suite, make_failure_case());
    suite_add_tcase(suite, make_race_case());
    suite_add_tcase(suite, make_parts_case());
    return run_suite(suite);
}
