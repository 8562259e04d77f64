/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mbed TLS 2.28's PSA functions are not thread-safe: a program with threads has to call them under
 * a mutex. The linker is told (--wrap) to send keyshard-bench-psa's calls here. */

#include "config.h"

#include "bench.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static psa_status_t unlock(psa_status_t status)
{
    pthread_mutex_unlock(&mutex);
    return status;
}

psa_status_t __real_psa_get_key_attributes(psa_key_id_t key, psa_key_attributes_t *attributes);
psa_status_t __wrap_psa_get_key_attributes(psa_key_id_t key, psa_key_attributes_t *attributes);
psa_status_t __real_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t length, psa_key_id_t *key);
psa_status_t __wrap_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t length, psa_key_id_t *key);
psa_status_t __real_psa_destroy_key(psa_key_id_t key);
psa_status_t __wrap_psa_destroy_key(psa_key_id_t key);
psa_status_t __real_psa_generate_random(uint8_t *output, size_t size);
psa_status_t __wrap_psa_generate_random(uint8_t *output, size_t size);
psa_status_t __real_psa_mac_compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                    size_t length, uint8_t *mac, size_t size, size_t *mac_length);
psa_status_t __wrap_psa_mac_compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                    size_t length, uint8_t *mac, size_t size, size_t *mac_length);
psa_status_t __real_psa_aead_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *nonce,
                                     size_t nonce_length, const uint8_t *data, size_t data_length,
                                     const uint8_t *text, size_t length, uint8_t *output,
                                     size_t size, size_t *output_length);
psa_status_t __wrap_psa_aead_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *nonce,
                                     size_t nonce_length, const uint8_t *data, size_t data_length,
                                     const uint8_t *text, size_t length, uint8_t *output,
                                     size_t size, size_t *output_length);

psa_status_t __real_psa_sign_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                  size_t hash_length, uint8_t *signature, size_t size,
                                  size_t *length);
psa_status_t __wrap_psa_sign_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                  size_t hash_length, uint8_t *signature, size_t size,
                                  size_t *length);
psa_status_t __real_psa_verify_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                    size_t hash_length, const uint8_t *signature, size_t length);
psa_status_t __wrap_psa_verify_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                    size_t hash_length, const uint8_t *signature, size_t length);

psa_status_t __wrap_psa_get_key_attributes(psa_key_id_t key, psa_key_attributes_t *attributes)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_get_key_attributes(key, attributes));
}

psa_status_t __wrap_psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                   size_t length, psa_key_id_t *key)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_import_key(attributes, data, length, key));
}

psa_status_t __wrap_psa_destroy_key(psa_key_id_t key)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_destroy_key(key));
}

psa_status_t __wrap_psa_generate_random(uint8_t *output, size_t size)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_generate_random(output, size));
}

psa_status_t __wrap_psa_mac_compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                    size_t length, uint8_t *mac, size_t size, size_t *mac_length)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_mac_compute(key, alg, input, length, mac, size, mac_length));
}

psa_status_t __wrap_psa_aead_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *nonce,
                                     size_t nonce_length, const uint8_t *data, size_t data_length,
                                     const uint8_t *text, size_t length, uint8_t *output,
                                     size_t size, size_t *output_length)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_aead_encrypt(key, alg, nonce, nonce_length, data, data_length, text,
                                          length, output, size, output_length));
}

psa_status_t __wrap_psa_sign_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                  size_t hash_length, uint8_t *signature, size_t size,
                                  size_t *length)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_sign_hash(key, alg, hash, hash_length, signature, size, length));
}

psa_status_t __wrap_psa_verify_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                    size_t hash_length, const uint8_t *signature, size_t length)
{
    pthread_mutex_lock(&mutex);
    return unlock(__real_psa_verify_hash(key, alg, hash, hash_length, signature, length));
}
