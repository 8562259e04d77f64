/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "key/type.h"
#include "key/curve.h"
#include "key/rsa.h"

struct rule {
    psa_key_type_t type;
    uint16_t min; /* bits */
    uint16_t max; /* bits */
    uint8_t step; /* bits from one size to the next; a power of two */
};

/* The symmetric types served, which are those that the installed Mbed TLS serves, frequent ones
 * first.
 * PSA_KEY_TYPE_PEPPER is not among them: Mbed TLS 3.6 names it and refuses it. */
static const struct rule rules[] = {
    { PSA_KEY_TYPE_HMAC, 8, PSA_MAX_KEY_BITS, 8 },
    { PSA_KEY_TYPE_AES, 128, 256, 64 },
    { PSA_KEY_TYPE_RAW_DATA, 8, PSA_MAX_KEY_BITS, 8 },
    { PSA_KEY_TYPE_DERIVE, 8, PSA_MAX_KEY_BITS, 8 },
#ifdef PSA_WANT_KEY_TYPE_CHACHA20
    { PSA_KEY_TYPE_CHACHA20, 256, 256, 8 },
#endif
#ifdef PSA_WANT_KEY_TYPE_PASSWORD
    { PSA_KEY_TYPE_PASSWORD, 8, PSA_MAX_KEY_BITS, 8 },
#endif
#ifdef PSA_WANT_KEY_TYPE_PASSWORD_HASH
    { PSA_KEY_TYPE_PASSWORD_HASH, 8, PSA_MAX_KEY_BITS, 8 },
#endif
#ifdef PSA_WANT_KEY_TYPE_ARIA
    { PSA_KEY_TYPE_ARIA, 128, 256, 64 },
#endif
#ifdef PSA_WANT_KEY_TYPE_CAMELLIA
    { PSA_KEY_TYPE_CAMELLIA, 128, 256, 64 },
#endif
#ifdef PSA_WANT_KEY_TYPE_DES
    { PSA_KEY_TYPE_DES, 64, 192, 64 },
#endif
#ifdef PSA_WANT_KEY_TYPE_ARC4
    { PSA_KEY_TYPE_ARC4, 8, 2048, 8 },
#endif
};

static const struct rule *find_rule(psa_key_type_t type)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].type == type)
            return &rules[i];
    return NULL;
}

static psa_status_t check_size(const struct rule *rule, size_t bits)
{
    /* What only the limit of the attributes keeps from being a size is not supported; what the type
     * itself does not have is invalid. */
    if (bits > rule->max)
        return rule->max == PSA_MAX_KEY_BITS ? PSA_ERROR_NOT_SUPPORTED : PSA_ERROR_INVALID_ARGUMENT;
    if (bits < rule->min || ((bits - rule->min) & (rule->step - 1u)) != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

psa_status_t ks_type_check_material(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                    size_t length, size_t *bits)
{
    const struct rule *rule = find_rule(type);
    size_t found = length <= PSA_MAX_KEY_BITS / 8 ? length * 8 : (size_t) PSA_MAX_KEY_BITS + 1;

    if (length == 0 || data == NULL)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (rule == NULL && PSA_KEY_TYPE_IS_ECC(type))
        return ks_curve_check_format(type, declared_bits, data, length, bits);
    if (rule == NULL && PSA_KEY_TYPE_IS_RSA(type))
        return ks_rsa_check_format(type, declared_bits, data, length, bits);
    if (rule == NULL || declared_bits > PSA_MAX_KEY_BITS)
        return PSA_ERROR_NOT_SUPPORTED;
    psa_status_t status = check_size(rule, found);
    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    if (declared_bits != 0 && declared_bits != found)
        return PSA_ERROR_INVALID_ARGUMENT;
    *bits = found;
    return PSA_SUCCESS;
}

psa_status_t ks_type_check_exponent(psa_key_type_t type, const uint8_t *data, size_t length,
                                    const uint8_t *exponent, size_t exponent_length)
{
    struct ks_rsa_parts parts;

    if (!PSA_KEY_TYPE_IS_RSA(type) || ks_rsa_parse(type, data, length, &parts) != PSA_SUCCESS
        || !ks_rsa_has_exponent(&parts, exponent, exponent_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

psa_status_t ks_type_check_bits(psa_key_type_t type, size_t bits)
{
    const struct rule *rule = find_rule(type);

    if (bits == 0 || PSA_KEY_TYPE_IS_PUBLIC_KEY(type))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (PSA_KEY_TYPE_IS_ECC(type))
        return ks_curve_find(type, bits) != KS_CURVES ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
    if (PSA_KEY_TYPE_IS_RSA(type))
        return ks_rsa_check_generation(bits);
    if (rule == NULL || bits > PSA_MAX_KEY_BITS)
        return PSA_ERROR_NOT_SUPPORTED;
    return check_size(rule, bits);
}

size_t ks_type_length(psa_key_type_t type, size_t bits)
{
    if (PSA_KEY_TYPE_IS_RSA(type))
        return PSA_KEY_EXPORT_RSA_KEY_PAIR_MAX_SIZE(bits);
    return (bits + 7) / 8;
}

void ks_type_finish_generated(psa_key_type_t type, uint8_t *data, size_t length)
{
    if (type != PSA_KEY_TYPE_DES)
        return;
    /* The lowest bit of each byte makes its number of ones odd. */
    for (size_t i = 0; i < length; i++)
        data[i] = (uint8_t) ((data[i] & 0xfe) | !__builtin_parity(data[i] & 0xfe));
}
