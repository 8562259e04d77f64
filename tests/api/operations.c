/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* One-shot operations by the psa_ API alone: statuses, lengths, what is left in the outputs,
 * overlapping buffers, and results against the definitions of MACs and modes. Vectors are in
 * tests/kat; what a policy permits, and ids, in tests/api/status.c. */

#include "../runner.h"
#include "operations.h"

int main(void)
{
    Suite *suite = suite_create("operations");

    suite_add_tcase(suite, make_mac_case());
    suite_add_tcase(suite, make_cipher_case());
    suite_add_tcase(suite, make_aead_case());
    return run_suite(suite);
}
