/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/**
 * \file keyshard.h
 * \brief The extensions of keyshard to the PSA Crypto API.
 *
 * keyshard serves the functions of <psa/crypto.h> under their own names; this header adds what that
 * API has no name for. Every function here may be called by any number of threads at once. None may
 * be called from a signal handler.
 *
 * Functions marked *blocking* may wait for a mutex or for a grace period. Called inside a read-side
 * section of the liburcu flavour "bp" they return #PSA_ERROR_BAD_STATE and do nothing.
 *
 * fork() waits for a grace period that is under way, and so must not be called inside such a
 * section either; and a program that uses liburcu itself must not call urcu_bp_before_fork() and
 * its partners, for keyshard's fork handlers do.
 */
#ifndef KEYSHARD_KEYSHARD_H
#define KEYSHARD_KEYSHARD_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define KEYSHARD_API __attribute__((visibility("default")))
#else
#define KEYSHARD_API
#endif

/** Names one thread's time in a shard (a tenancy). 0 is no shard.
 *
 * The low 16 bits number the shard, the high 16 bits count its tenancies modulo 65,536. */
typedef uint32_t keyshard_shard_t;

/** What the store holds and has done, all threads taken together.
 *
 * The fields are summed without stopping anybody: each is exact when no call is under way. New
 * fields are only ever added at the end; see keyshard_get_stats(). */
typedef struct keyshard_stats {
    uint64_t keys;               /**< keys that exist now */
    uint64_t keys_created;       /**< keys ever created: imported, generated, copied */
    uint64_t keys_destroyed;     /**< keys ever destroyed: by id, or by mbedtls_psa_crypto_free() */
    uint64_t keys_replaced;      /**< successful calls of keyshard_replace_key() */
    uint64_t lookups;            /**< calls that looked for a key by id */
    uint64_t lookup_misses;      /**< of these, how many found none */
    uint64_t retirements;        /**< objects taken out of service, waited for and wiped */
    uint64_t grace_periods;      /**< grace periods run; several waiters share one */
    uint64_t objects_dying;      /**< objects that have left their slot and are not wiped yet */
    uint64_t shards;             /**< shards made: the most threads attached at one time */
    uint64_t shards_parked;      /**< shards without a thread now */
    uint64_t slots;              /**< slots of the slot table, in use or not */
    uint64_t records;            /**< prepared contexts held; one of a destroyed key, wiped,
                                  *   counts until its shard makes another */
    uint64_t record_bytes;       /**< bytes they are charged with against the budget */
    uint64_t record_makes;       /**< prepared contexts ever made */
    uint64_t record_evictions;   /**< of these, how many were dropped for the budget */
    uint64_t secret_bytes;       /**< bytes of secret memory in use for key material and contexts */
    uint64_t secret_mapped_bytes;/**< bytes of secret memory mapped */
    uint64_t secret_locked_bytes;/**< of these, how many are locked against swap */
    uint64_t random_reseeds;     /**< times that a random generator was seeded or reseeded */
} keyshard_stats_t;

/** Gives the calling thread's shard; on the thread's first call one is adopted or made. Blocking.
 *
 * \return the shard's number; 0 where none could be made: memory is exhausted, the thread is
 *         inside a read-side section, or 65,535 threads are attached already. */
KEYSHARD_API keyshard_shard_t keyshard_self(void);

/** Tells which shard owns a key. Blocking on a thread's first call only.
 *
 * \param key    the key's id.
 * \param owner  out: the owner's number. If its thread has ended, the number of that thread's
 *               tenancy, until another thread adopts the shard. 0 on failure.
 *
 * \retval PSA_SUCCESS              \p owner is set; it was so at one instant during the call.
 * \retval PSA_ERROR_INVALID_HANDLE there is no such key.
 * \retval PSA_ERROR_BAD_STATE      the library is not initialised.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread. */
KEYSHARD_API psa_status_t keyshard_owner(psa_key_id_t key, keyshard_shard_t *owner);

/** Gives an id new material without a gap. Blocking: waits for a grace period and for the
 * operations that still use the old material, and for no others.
 *
 * Each one-shot operation uses wholly the old or wholly the new material, and none fails because
 * of the replacement. When the call returns success the old material is wiped, prepared contexts
 * included. Type, lifetime, usage and algorithms stay; the size may change where the type has
 * several. Takes effect at the instant at which the new object is published.
 *
 * \param key     the key's id.
 * \param data    the new material, in the format of psa_import_key() for the key's type. It stays
 *                the caller's; keyshard keeps a copy.
 * \param length  its length in bytes.
 *
 * \retval PSA_SUCCESS                     the key has the new material, the old is wiped.
 * \retval PSA_ERROR_INVALID_HANDLE        there is no such key.
 * \retval PSA_ERROR_INVALID_ARGUMENT      the material does not fit the key's type.
 * \retval PSA_ERROR_NOT_SUPPORTED         the material's size is not supported for the type.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY   memory is exhausted.
 * \retval PSA_ERROR_BAD_STATE             the library is not initialised, or the caller is in a
 *                                         read-side section.
 * On failure the key is as it was. */
KEYSHARD_API psa_status_t keyshard_replace_key(psa_key_id_t key, const uint8_t *data,
                                               size_t length);

/** Calls \p visit once for each key. Blocking on a thread's first call only.
 *
 * A key that exists from before the call until after it is visited exactly once; one created or
 * destroyed meanwhile is visited once or not at all. The attributes are those of one instant. No
 * lock, mark or read-side section is held while \p visit runs: it may call any function, also
 * destroy the key.
 *
 * \param visit    gets the key's attributes (valid during the call) and \p context; a result other
 *                 than 0 ends the walk.
 * \param context  passed on.
 *
 * \retval PSA_SUCCESS          all keys were visited, or \p visit ended the walk.
 * \retval PSA_ERROR_INVALID_ARGUMENT \p visit is NULL.
 * \retval PSA_ERROR_BAD_STATE  the library is not initialised.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread. */
KEYSHARD_API psa_status_t
keyshard_for_each_key(int (*visit)(const psa_key_attributes_t *attributes, void *context),
                      void *context);

/** Reads the statistics. Waits for nobody, but that a thread's first call attaches it; works before
 * psa_crypto_init() too.
 *
 * \param stats  out: the first \p size bytes of the structure are filled in; bytes of a newer
 *               structure than the library's are set to zero. So a program may run with an older
 *               or a newer library.
 * \param size   sizeof(keyshard_stats_t) of the program.
 *
 * \retval PSA_SUCCESS                 \p stats is filled in.
 * \retval PSA_ERROR_INVALID_ARGUMENT  \p stats is NULL or \p size is 0. */
KEYSHARD_API psa_status_t keyshard_get_stats(keyshard_stats_t *stats, size_t size);

/** \return the library's version, such as "0.1.0"; a constant string. */
KEYSHARD_API const char *keyshard_version(void);

#ifdef __cplusplus
}
#endif

#endif
