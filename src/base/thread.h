/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The library's thread-local words: all of them, in one line. The library is built with the
 * initial-exec model, so that reaching them takes one load. */
#ifndef KS_BASE_THREAD_H
#define KS_BASE_THREAD_H

#include "base/common.h"

struct ks_shard;

#define KS_NO_READER ((uintptr_t) 1) /* no reader's address */

struct ks_thread {
    struct ks_shard *shard; /* the thread's; NULL before its first call and after its last */
    uintptr_t fenceless;    /* the same as reader where the kernel has membarrier, so that sections
                             * need no fence; else KS_NO_READER */
    uintptr_t reader;       /* liburcu's, as it was listed (readers.h); sanitized builds: 0 */
    bool ending;            /* its exit destructor has run: a shard is taken for one call */
    uint8_t rounds;         /* of exit destructors that ours has run in */
    bool watched;           /* the thread's end will be noticed */
    bool exiting;           /* it has begun to end, and its exit destructor has not run yet */
    bool forking;           /* between fork's handlers: holds every lock */
    bool in_core;           /* inside Mbed TLS's own psa_crypto_init or mbedtls_psa_crypto_free */
    unsigned locks;         /* debug builds: number of mutexes held */
};

extern __thread struct ks_thread ks_thread;

#endif
