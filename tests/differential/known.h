/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Differences that are meant. Each has the name under which docs/compatibility.md gives the reason;
 * each that the installed Mbed TLS has must be met in a run of the usual size. */
#ifndef TESTS_DIFFERENTIAL_KNOWN_H
#define TESTS_DIFFERENTIAL_KNOWN_H

#include "call.h"

#define ANY_STATUS 1     /* no status is positive */
#define ANY_ERROR 2      /* whatever is not PSA_SUCCESS */
#define ARGUMENT_ERROR 3 /* INVALID_ARGUMENT, NOT_SUPPORTED or BUFFER_TOO_SMALL */
#define SAME_STATUS 4    /* both have the same, whichever it is */
#define TEXT_ERROR 5     /* of a decryption: BUFFER_TOO_SMALL or INVALID_PADDING */

enum { MBED_2 = 1, MBED_3 = 2, MBED_ALL = 3 };

struct diff_known {
    const char *name;
    unsigned versions;     /* of Mbed TLS, on which it is met */
    const char *functions; /* how the names of the functions begin, with | between them */
    uint32_t facts;        /* all of these */
    psa_status_t keyshard;
    psa_status_t stock;
    const char *results;   /* these may differ, each name followed by a comma */
    bool ends;             /* afterwards the two have different keys: the episode ends here */
};

/* The row that explains the difference between two records of one call, or -1. */
int diff_explain(const struct diff_record *keyshard, const struct diff_record *stock);

extern const struct diff_known diff_known[];
extern const unsigned diff_known_count;

/* The version built against, as a bit. */
unsigned diff_version(void);

#endif
