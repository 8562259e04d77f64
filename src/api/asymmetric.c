/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric encryption and key agreement (PSA Certified Crypto API 1.1, sections 10.8, 10.9). */

#include "config.h"

#include "base/wipe.h"
#include "crypto/ecdh.h"
#include "crypto/random.h"
#include "crypto/rsa_crypt.h"
#include "key/status.h"
#include "store/lookup.h"

static psa_status_t run(psa_key_id_t key, psa_algorithm_t alg, bool encrypts,
                        const struct ks_rsa_input *input, uint8_t *output, size_t size,
                        size_t *length)
{
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    *length = 0;
    if (PSA_ALG_IS_RSA_OAEP(alg) || input->label_length == 0)
        status = ks_use_begin(&use, key, encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT,
                              alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = encrypts ? ks_rsa_encrypt(&use, alg, input, output, size, length)
                          : ks_rsa_decrypt(&use, alg, input, output, size, length);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_asymmetric_encrypt(psa_key_id_t key, psa_algorithm_t alg,
                                              const uint8_t *input, size_t input_length,
                                              const uint8_t *salt, size_t salt_length,
                                              uint8_t *output, size_t output_size,
                                              size_t *output_length)
{
    struct ks_rsa_input in = { input, input_length, salt, salt_length };

    return run(key, alg, true, &in, output, output_size, output_length);
}

KS_EXPORT psa_status_t psa_asymmetric_decrypt(psa_key_id_t key, psa_algorithm_t alg,
                                              const uint8_t *input, size_t input_length,
                                              const uint8_t *salt, size_t salt_length,
                                              uint8_t *output, size_t output_size,
                                              size_t *output_length)
{
    struct ks_rsa_input in = { input, input_length, salt, salt_length };

    return run(key, alg, false, &in, output, output_size, output_length);
}

/* What a failed agreement leaves: random bytes, as Mbed TLS does, so that a caller who ignores the
 * status gets no key that anybody knows; zeros, if there are none to be had. */
static void fill(uint8_t *output, size_t size)
{
    struct ks_shard *self;

    ks_wipe(output, size);
    if (ks_key_self(&self) != PSA_SUCCESS)
        return;
    if (ks_mark_store(self) == KS_OK) {
        if (ks_random_generate(self, output, size) != PSA_SUCCESS)
            ks_wipe(output, size);
        ks_mark_clear(&self->marks);
    }
    ks_shard_leave();
}

static psa_status_t agree(struct ks_use *use, psa_algorithm_t alg, const uint8_t *peer_key,
                          size_t peer_key_length, uint8_t *output, size_t size, size_t *length)
{
    size_t needed = PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE(use->key->type, use->key->bits);

    if (size < needed)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    return ks_ecdh(use, alg, peer_key, peer_key_length, output, length);
}

KS_EXPORT psa_status_t psa_raw_key_agreement(psa_algorithm_t alg, psa_key_id_t private_key,
                                             const uint8_t *peer_key, size_t peer_key_length,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    if (PSA_ALG_IS_KEY_AGREEMENT(alg))
        status = ks_use_begin(&use, private_key, PSA_KEY_USAGE_DERIVE, alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = agree(&use, alg, peer_key, peer_key_length, output, output_size, output_length);
        ks_use_end(&use);
    }
    if (ks_unlikely(status != PSA_SUCCESS)) {
        fill(output, output_size);
        *output_length = output_size;
    }
    return status;
}
