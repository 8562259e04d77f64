/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#ifndef KS_TESTS_WIPE_SUITES_H
#define KS_TESTS_WIPE_SUITES_H

#include <check.h>

/* The search itself: what is planted is found, everywhere. */
TCase *make_search_case(void);

/* The end of a key: destroyed, closed, replaced, purged, and the library stopped. */
TCase *make_end_case(void);

/* Creations and uses that fail, and copies. */
TCase *make_failure_case(void);

/* Destruction and replacement while other threads use the key. */
TCase *make_race_case(void);

/* Multi-part operations that stay open. */
TCase *make_parts_case(void);

#endif
