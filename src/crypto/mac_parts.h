/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* MACs of a message in parts: multi-part operations. The rules are those of crypto/mac.h, and the
 * MACs the same. */
#ifndef KS_CRYPTO_MAC_PARTS_H
#define KS_CRYPTO_MAC_PARTS_H

#include "crypto/mac.h"
#include "key/call.h"

#define KS_MAC_KIND 1u

/* Opens an operation on the key in use, which computes (signs) or verifies. Statuses as
 * ks_mac_compute, PSA_ERROR_BAD_STATE (ks_open_begin). */
psa_status_t ks_mac_open(struct ks_use *use, psa_algorithm_t alg, bool signs,
                         struct ks_place place) KS_MUST_CHECK;

/* The following take the context of an operation that the caller is inside of. */

/* Takes in the next part of the message. */
psa_status_t ks_mac_update(void *context, const uint8_t *input, size_t length) KS_MUST_CHECK;

/* Writes the MAC. PSA_ERROR_BAD_STATE (the operation verifies), PSA_ERROR_BUFFER_TOO_SMALL. On
 * failure nothing secret is left in mac and *mac_length is as it was. */
psa_status_t ks_mac_finish(void *context, uint8_t *mac, size_t size,
                           size_t *mac_length) KS_MUST_CHECK;

/* Compares it. PSA_ERROR_BAD_STATE (the operation computes), PSA_ERROR_INVALID_SIGNATURE. */
psa_status_t ks_mac_check(void *context, const uint8_t *mac, size_t mac_length) KS_MUST_CHECK;

#endif
