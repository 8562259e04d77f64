/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* How functions of the PSA API that are not served yet refuse. */
#ifndef KS_API_UNSERVED_H
#define KS_API_UNSERVED_H

#include "base/common.h"

#include <psa/crypto.h>

static inline psa_status_t ks_refuse_output(size_t *length)
{
    if (length != NULL)
        *length = 0;
    return PSA_ERROR_NOT_SUPPORTED;
}

static inline psa_status_t ks_refuse_key(mbedtls_svc_key_id_t *key)
{
    if (key != NULL)
        *key = MBEDTLS_SVC_KEY_ID_INIT;
    return PSA_ERROR_NOT_SUPPORTED;
}

#endif
