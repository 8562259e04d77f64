/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The PSA status for what a function of Mbed TLS returned. */
#ifndef KS_CRYPTO_ERROR_H
#define KS_CRYPTO_ERROR_H

#include "base/common.h"

#include <psa/crypto.h>

/* What is 0 is PSA_SUCCESS; what is unknown, PSA_ERROR_GENERIC_ERROR. */
psa_status_t ks_mbed_error(int ret) KS_MUST_CHECK;

static inline psa_status_t ks_mbed_status(int ret)
{
    return ks_likely(ret == 0) ? PSA_SUCCESS : ks_mbed_error(ret);
}

#endif
