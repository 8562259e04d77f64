/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The padding of PKCS#7: n bytes of value n, 1 to a whole block of them. */
#ifndef KS_CRYPTO_PADDING_H
#define KS_CRYPTO_PADDING_H

#include "base/common.h"

#include <psa/crypto.h>

/* Pads a block whose first used bytes are there already; used < size, size < 256. */
void ks_padding_add(uint8_t *block, size_t used, size_t size);

/* Looks for the padding at the end of a text of whole blocks, zeroes it and gives the number of
 * bytes before it; if it is wrong, zeroes the last block and gives 0 bytes and
 * PSA_ERROR_INVALID_PADDING. The instructions executed and the memory touched are the same
 * whatever the text holds, so that their time tells nothing (a caller who tells an attacker the
 * status gives away as much). length is not 0. */
psa_status_t ks_padding_remove(uint8_t *text, size_t length, size_t size,
                               size_t *used) KS_MUST_CHECK;

#endif
