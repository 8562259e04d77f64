/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations by the psa_ API alone: results however the message is cut, statuses and the
 * order of calls, what becomes of operation objects and of operations whose key ends. Vectors are
 * in tests/kat; threads in tests/concurrent/parts.c. */

#include "../runner.h"
#include "parts.h"

int main(void)
{
    Suite *suite = suite_create("multi-part operations");

    suite_add_tcase(suite, make_parts_mac_case());
    suite_add_tcase(suite, make_parts_cipher_case());
    suite_add_tcase(suite, make_parts_aead_case());
    suite_add_tcase(suite, make_parts_order_case());
    suite_add_tcase(suite, make_parts_life_case());
    suite_add_tcase(suite, make_parts_object_case());
    return run_suite(suite);
}
