/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The kinds of keys that are created, used and destroyed, and every operation that uses them. */
#ifndef KS_TESTS_WIPE_KINDS_H
#define KS_TESTS_WIPE_KINDS_H

#include <psa/crypto.h>

struct wipe_kind {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
    size_t length;  /* of the material, in bytes; of RSA, less than any encoding has */
    size_t bits;    /* of an asymmetric key */
    unsigned kept;  /* bit f: once used, its prepared contexts hold the key in form f */
};

extern const struct wipe_kind wipe_kinds[];
extern const unsigned wipe_kind_count;
extern const unsigned wipe_symmetric_count; /* the asymmetric kinds are the last */

/* Attributes for a key of this kind, permitted everything. */
psa_key_attributes_t wipe_attributes(const struct wipe_kind *kind);

/* Uses a key by all operations that its algorithm has, on a message of this many bytes (at most
 * WIPE_MESSAGE). Returns PSA_SUCCESS or the first status that is another. */
#define WIPE_MESSAGE 16384
psa_status_t wipe_use(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes);

/* Uses a key by operations that must fail: forged, short of room, with another algorithm. Returns
 * PSA_SUCCESS if each failed as it should, else PSA_ERROR_GENERIC_ERROR. */
psa_status_t wipe_misuse(const struct wipe_kind *kind, psa_key_id_t key);

/* The operations of a kind, one by one, as the last that a thread does with a key. Those that open
 * or verify need what wipe_seal made, in any thread. */
#define WIPE_OPERATED 64 /* bytes of the message, all 'm' */
enum wipe_operation {
    WIPE_MAKE,    /* encrypt, compute, sign, agree */
    WIPE_CHECK,   /* decrypt, verify */
    WIPE_REFUSE,  /* decrypt or verify a forgery; for a cipher, decrypt without room */
    WIPE_EXPORT,
    WIPE_OPERATIONS
};

psa_status_t wipe_seal(const struct wipe_kind *kind, psa_key_id_t key);

/* Returns PSA_SUCCESS if the operation ended as it should. */
psa_status_t wipe_operate(const struct wipe_kind *kind, psa_key_id_t key,
                          enum wipe_operation operation);

#endif
