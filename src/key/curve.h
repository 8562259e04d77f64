/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Elliptic curves and the formats of their keys in the PSA API: which lengths there are, and which
 * bits stand for nothing. Whether a scalar or a point is one of its curve takes arithmetic and is
 * src/crypto/ecc.c's. Pure functions of their arguments: any thread may call them at any time. */
#ifndef KS_KEY_CURVE_H
#define KS_KEY_CURVE_H

#include "base/common.h"

#include <psa/crypto.h>

/* Family and bits of the curves that PSA names and Mbed TLS may have. */
#define KS_CURVE_LIST(CURVE)    \
    CURVE(SECP_R1, 256)         \
    CURVE(SECP_R1, 384)         \
    CURVE(SECP_R1, 521)         \
    CURVE(SECP_R1, 224)         \
    CURVE(SECP_R1, 192)         \
    CURVE(MONTGOMERY, 255)      \
    CURVE(MONTGOMERY, 448)      \
    CURVE(BRAINPOOL_P_R1, 256)  \
    CURVE(BRAINPOOL_P_R1, 384)  \
    CURVE(BRAINPOOL_P_R1, 512)  \
    CURVE(SECP_K1, 256)         \
    CURVE(SECP_K1, 192)

#define KS_CURVE_INDEX(family, bits) KS_CURVE_##family##_##bits,
enum ks_curve { KS_CURVE_LIST(KS_CURVE_INDEX) KS_CURVES };
#undef KS_CURVE_INDEX

#define KS_CURVE_MAX_SCALAR 66                        /* bytes: secp521r1 */
#define KS_CURVE_MAX_POINT (1 + 2 * KS_CURVE_MAX_SCALAR)

/* The curve of a key type with a size; KS_CURVES if there is none. */
enum ks_curve ks_curve_find(psa_key_type_t type, size_t bits);

/* Bytes of a scalar, of a coordinate, of half a signature. */
static inline size_t ks_curve_bytes(size_t bits)
{
    return (bits + 7) / 8;
}

static inline bool ks_curve_is_montgomery(psa_key_type_t type)
{
    return PSA_KEY_TYPE_ECC_GET_FAMILY(type) == PSA_ECC_FAMILY_MONTGOMERY;
}

/* Whether a string has the form of a private key (a scalar of fixed length) or a public one (an
 * uncompressed point; of Montgomery curves, a coordinate); *bits becomes the size of its curve.
 * declared_bits is 0 or the size that it must have. PSA_ERROR_INVALID_ARGUMENT; *bits is then as it
 * was. */
psa_status_t ks_curve_check_format(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                   size_t length, size_t *bits) KS_MUST_CHECK;

/* Gives the bits that RFC 7748, section 5, fixes in keys of Montgomery curves their value. */
void ks_curve_mask(psa_key_type_t type, uint8_t *data, size_t length);

#endif
