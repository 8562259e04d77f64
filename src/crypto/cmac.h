/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* CMAC (NIST SP 800-38B) with a prepared cipher context. */
#ifndef KS_CRYPTO_CMAC_H
#define KS_CRYPTO_CMAC_H

#include "crypto/mbed.h"
#include "key/use.h"

/* The MAC, not truncated, of a message with the key in use; mac has room for a block of the cipher.
 * On failure nothing secret is left in mac. Statuses: PSA_ERROR_NOT_SUPPORTED (DES with one or two
 * keys), PSA_ERROR_INVALID_ARGUMENT (other ciphers that Mbed TLS has no CMAC for),
 * PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_cmac_compute(struct ks_use *use, const uint8_t *input, size_t length,
                             uint8_t *mac) KS_MUST_CHECK;

/* The same in parts, with a context of the operation's own, zeros before it is set up. */
psa_status_t ks_cmac_setup(mbedtls_cipher_context_t *context,
                           const struct ks_key *key) KS_MUST_CHECK;
psa_status_t ks_cmac_update(mbedtls_cipher_context_t *context, const uint8_t *input,
                            size_t length) KS_MUST_CHECK;
psa_status_t ks_cmac_finish(mbedtls_cipher_context_t *context, uint8_t *mac,
                            size_t block) KS_MUST_CHECK;

#endif
