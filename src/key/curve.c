/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "key/curve.h"

#define UNCOMPRESSED 0x04 /* SEC 1, 2.3.3 */

#define CURVE25519_BYTES 32
#define CURVE448_BYTES 56

#define DESCRIBE(family, bits) { PSA_ECC_FAMILY_##family, bits },

static const struct {
    psa_ecc_family_t family;
    uint16_t bits;
} curves[KS_CURVES] = { KS_CURVE_LIST(DESCRIBE) };

enum ks_curve ks_curve_find(psa_key_type_t type, size_t bits)
{
    psa_ecc_family_t family = PSA_KEY_TYPE_ECC_GET_FAMILY(type);

    for (unsigned i = 0; i < KS_CURVES; i++)
        if (curves[i].family == family && curves[i].bits == bits)
            return (enum ks_curve) i;
    return KS_CURVES;
}

/* The size of the family's curve whose scalars and coordinates have so many bytes, or 0. */
static size_t bits_of(psa_ecc_family_t family, size_t bytes)
{
    for (size_t i = 0; i < KS_CURVES; i++)
        if (curves[i].family == family && ks_curve_bytes(curves[i].bits) == bytes)
            return curves[i].bits;
    return 0;
}

psa_status_t ks_curve_check_format(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                   size_t length, size_t *bits)
{
    bool is_point = PSA_KEY_TYPE_IS_PUBLIC_KEY(type) && !ks_curve_is_montgomery(type);
    size_t found = bits_of(PSA_KEY_TYPE_ECC_GET_FAMILY(type), is_point ? length / 2 : length);

    if (found == 0 || (declared_bits != 0 && declared_bits != found))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (is_point && (length % 2 == 0 || data[0] != UNCOMPRESSED))
        return PSA_ERROR_INVALID_ARGUMENT;
    *bits = found;
    return PSA_SUCCESS;
}

void ks_curve_mask(psa_key_type_t type, uint8_t *data, size_t length)
{
    bool is_public = PSA_KEY_TYPE_IS_PUBLIC_KEY(type);

    if (!ks_curve_is_montgomery(type))
        return;
    if (length == CURVE25519_BYTES) {
        data[CURVE25519_BYTES - 1] &= 0x7f;
        if (!is_public) {
            data[0] &= 0xf8;
            data[CURVE25519_BYTES - 1] |= 0x40;
        }
    } else if (length == CURVE448_BYTES && !is_public) {
        data[0] &= 0xfc;
        data[CURVE448_BYTES - 1] |= 0x80;
    }
}
