/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mbed TLS's own PSA core, which stands behind keyshard's: psa_hash_*, psa_can_do_* and
 * mbedtls_psa_get_random stay there, so it is initialised and freed with keyshard. libmbedcrypto
 * calls its own psa_* functions through the PLT, so calls that it makes meanwhile come back to
 * keyshard; ks_thread.in_core tells them. */
#ifndef KS_CRYPTO_CORE_H
#define KS_CRYPTO_CORE_H

#include "base/common.h"

#include <psa/crypto.h>

/* Checks that keyshard's functions stand in front of Mbed TLS's (own: the address of keyshard's
 * psa_import_key); if not, says so once on stderr and gives PSA_ERROR_BAD_STATE, because two stores
 * would be mixed. */
psa_status_t ks_core_check_order(const void *own) KS_MUST_CHECK;

/* Initialises Mbed TLS's core, and forces its tables that are made lazily and its CPU checks, which
 * have no barrier of their own; finds what hash contexts have in common (hash.h). With the init
 * mutex held; publishes nothing. */
psa_status_t ks_core_start(void) KS_MUST_CHECK;

/* Frees Mbed TLS's core. */
void ks_core_stop(void);

#endif
