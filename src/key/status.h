/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The one place where results of the store become PSA statuses. */
#ifndef KS_KEY_STATUS_H
#define KS_KEY_STATUS_H

#include "store/status.h"

#include <psa/crypto.h>

static inline psa_status_t ks_psa_status(enum ks_status status)
{
    static const psa_status_t psa[] = {
        [KS_OK] = PSA_SUCCESS,
        [KS_NOT_FOUND] = PSA_ERROR_INVALID_HANDLE,
        [KS_CHANGED] = PSA_ERROR_CORRUPTION_DETECTED, /* callers read again instead */
        [KS_NO_MEMORY] = PSA_ERROR_INSUFFICIENT_MEMORY,
        [KS_BAD_STATE] = PSA_ERROR_BAD_STATE,
        [KS_UNKNOWN] = PSA_ERROR_INVALID_ARGUMENT,
        [KS_ENDED] = PSA_ERROR_DOES_NOT_EXIST,
    };

    return psa[status];
}

#endif
