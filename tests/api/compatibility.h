/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */
#ifndef TESTS_API_COMPATIBILITY_H
#define TESTS_API_COMPATIBILITY_H

#include "keys.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Each adds the tests of some sections of docs/compatibility.md, named as its rows are. */
void add_creation(Suite *suite);
void add_ids(Suite *suite);
void add_life(Suite *suite);
void add_use(Suite *suite);
void add_extensions(Suite *suite);
void add_asymmetric(Suite *suite);
void add_asymmetric_use(Suite *suite);

/* Checks that an id names no key for any function. */
void check_dead(psa_key_id_t id);

#endif
