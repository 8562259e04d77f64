/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mbed TLS's context of an RSA key, for tests that work one out themselves. */
#ifndef TESTS_RSA_CONTEXT_H
#define TESTS_RSA_CONTEXT_H

#include <mbedtls/rsa.h>
#include <mbedtls/version.h>

static inline void init_rsa(mbedtls_rsa_context *rsa)
{
#if MBEDTLS_VERSION_MAJOR < 3
    mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V15, 0);
#else
    mbedtls_rsa_init(rsa);
#endif
}

#endif
