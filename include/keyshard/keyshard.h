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
 * Each thread that the library comes to know gets another name; a name comes back only after more
 * than 4,000 million others. So what is meant for a thread that has ended never reaches the next
 * one that uses its shard. */
typedef uint32_t keyshard_shard_t;

/** What becomes of a thread's keys when it ends: see keyshard_on_thread_exit(). */
typedef enum keyshard_exit {
    KEYSHARD_EXIT_PARK = 0,   /**< they live on; the next thread that needs a shard owns them */
    KEYSHARD_EXIT_DESTROY = 1 /**< the volatile ones of its tenancy are destroyed */
} keyshard_exit_t;

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
    uint64_t retirements;        /**< objects (states of a key) taken out of service and wiped */
    uint64_t grace_periods;      /**< grace periods run; several waiters share one */
    uint64_t objects_dying;      /**< objects that have left their slot and are not wiped yet */
    uint64_t shards;             /**< shards made: the most threads attached at one time */
    uint64_t shards_parked;      /**< shards without a thread now */
    uint64_t slots;              /**< slots of the slot table, in use or not */
    uint64_t records;            /**< prepared contexts kept, not counting each thread's one of
                                  *   the key that it has last used for the first time; one of a
                                  *   destroyed key, wiped, counts until its shard makes
                                  *   another */
    uint64_t record_bytes;       /**< bytes they are charged with against the budget */
    uint64_t record_makes;       /**< prepared contexts ever kept */
    uint64_t record_evictions;   /**< of these, how many were dropped for the budget */
    uint64_t secret_bytes;       /**< bytes of secret memory in use for key material and contexts */
    uint64_t secret_mapped_bytes;/**< bytes of secret memory mapped */
    uint64_t secret_locked_bytes;/**< of these, how many are locked against swap */
    uint64_t random_reseeds;     /**< times that a random generator was seeded or reseeded */
    uint64_t keys_handed_over;   /**< times that a key was handed to another shard */
    uint64_t objects_in_limbo;   /**< wiped objects whose memory is not given back yet */
    uint64_t limbo_bytes;        /**< the bytes of secret memory that they take; not in
                                  *   secret_bytes */
    uint64_t operations;         /**< multi-part operations open now, also those that their
                                  *   callers have forgotten */
} keyshard_stats_t;

/** Gives the calling thread's shard; on the thread's first call one is adopted or made. Blocking.
 *
 * \return the shard's name; 0 where none could be made: memory is exhausted, the thread is
 *         inside a read-side section, or 65,535 threads are attached already. */
KEYSHARD_API keyshard_shard_t keyshard_self(void);

/** Tells which shard owns a key. Blocking on a thread's first call only.
 *
 * \param key    the key's id.
 * \param owner  out: the owner's name. If its thread has ended, that of its tenancy, until another
 *               thread adopts the shard. 0 on failure.
 *
 * \retval PSA_SUCCESS              \p owner is set; it was so at one instant during the call.
 * \retval PSA_ERROR_INVALID_HANDLE there is no such key.
 * \retval PSA_ERROR_BAD_STATE      the library is not initialised.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread. */
KEYSHARD_API psa_status_t keyshard_owner(psa_key_id_t key, keyshard_shard_t *owner);

/* Makes another shard the owner of a key. Blocking, for other changes of keys of the two shards.
 *
 * The owner is the shard whose thread may create and destroy without waiting: a key that no other
 * thread has used is destroyed at once by its owner's thread, and by any other after a grace
 * period. Nobody notices a handoff: id, attributes, material and prepared contexts stay, operations
 * under way go on, and no look-up fails. A key that is handed over by its owner's thread before any
 * other has used it counts as unused with its new owner too. Takes effect when the owner changes.
 *
 * \param key  the key's id. \param to   the shard to own it, as its thread's keyshard_self() gave
 * it. If it is the owner
 *             already nothing is done.
 *
 * \retval PSA_SUCCESS                 \p to owns the key. \retval PSA_ERROR_INVALID_HANDLE    there
 * is no such key. \retval PSA_ERROR_INVALID_ARGUMENT  \p to names no shard and never has. \retval
 * PSA_ERROR_DOES_NOT_EXIST    the thread that \p to names has ended or is ending. \retval
 * PSA_ERROR_BAD_STATE         the library is not initialised, or the caller is in a read-side
 *                                     section.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread. On failure
 * nothing has changed. */
KEYSHARD_API psa_status_t keyshard_handoff(psa_key_id_t key, keyshard_shard_t to);

/** The same for many keys: all or none.
 *
 * Each key changes its owner at an instant of its own during the call; one that another thread
 * destroys meanwhile may go before or after that. Mutexes are let go of every 64 keys.
 *
 * \param keys   their ids; one may stand there twice. May be NULL if \p count is 0.
 * \param count  number of ids.
 * \param to     as for keyshard_handoff().
 *
 * \return as keyshard_handoff(); #PSA_ERROR_INVALID_HANDLE if one of the ids at least names no key,
 *         #PSA_ERROR_INVALID_ARGUMENT also if \p keys is NULL and \p count is not 0. */
KEYSHARD_API psa_status_t keyshard_handoff_many(const psa_key_id_t *keys, size_t count,
                                                keyshard_shard_t to);

/* The same for all keys that a shard owns throughout the call. It looks through the whole slot
 * table: some 5 ms for a million keys.
 *
 * \param from  the shard that owns them. Its thread may have ended: then the keys that it had made
 *              or been given are handed over, also after another thread has adopted the shard.
 *              If it is \p to, nothing is done.
 * \param to    as for keyshard_handoff().
 *
 * \return as keyshard_handoff(); the statuses about a shard for \p from too, of which one whose
 *         thread has ended is no error. */
KEYSHARD_API psa_status_t keyshard_handoff_all(keyshard_shard_t from, keyshard_shard_t to);

/* Says what shall become of the calling thread's keys when it ends. Blocking on a thread's first
 * call only.
 *
 * With #KEYSHARD_EXIT_DESTROY the volatile keys that the thread has made, or that were handed to
 * it, and that it still owns, are destroyed as by psa_destroy_key() when the thread ends; keys that
 * its shard had before, and keys that it has handed to others, are not. It happens in a destructor
 * of thread-specific data, whose key was made when the library was loaded; what destructors of the
 * program's that run after that make is parked. The end of the process (exit, return from main) is
 * no thread's end.
 *
 * \param action  #KEYSHARD_EXIT_PARK, as it is for each thread at first, or
 *                #KEYSHARD_EXIT_DESTROY. The last call counts.
 *
 * \retval PSA_SUCCESS                 it is noted. \retval PSA_ERROR_INVALID_ARGUMENT  \p action is
 * neither. \retval PSA_ERROR_BAD_STATE         the caller is in a read-side section, or its own
 * exit
 *                                     destructor of keyshard's has run.
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread. */
KEYSHARD_API psa_status_t keyshard_on_thread_exit(keyshard_exit_t action);

/** Gives an id new material without a gap. Blocking: waits for a grace period and for the
 * operations that still use the old material, and for no others. If the calling thread owns the key
 * and no other has used it, it waits for a grace period only now and then, to give memory back.
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

/* Takes usages away from a key without a gap. Blocking, as keyshard_replace_key().
 *
 * The key keeps those of its usages that \p usage names too; as at its creation, naming
 * #PSA_KEY_USAGE_SIGN_HASH names #PSA_KEY_USAGE_SIGN_MESSAGE too, and the same for verifying. When
 * the call returns success, no one-shot operation runs any more that was permitted by a usage that
 * the key no longer has. Multi-part operations that have begun go on. Takes effect at the instant
 * at which the new state of the key is published.
 *
 * \param key    the key's id. \param usage  what it may be used for at most. Flags that the key
 * does not have do no harm.
 *
 * \retval PSA_SUCCESS                 the key has no usage but these. \retval
 * PSA_ERROR_INVALID_HANDLE    there is no such key. \retval PSA_ERROR_INVALID_ARGUMENT  \p usage
 * has flags that are not defined. \retval PSA_ERROR_INSUFFICIENT_MEMORY memory is exhausted.
 * \retval PSA_ERROR_BAD_STATE         the library is not initialised, or the caller is in a
 * read-side
 *                                     section.
 * On failure the key is as it was. */
KEYSHARD_API psa_status_t keyshard_restrict_key(psa_key_id_t key, psa_key_usage_t usage);

/* Destroys many keys, each as psa_destroy_key() does, with one grace period for all that need one.
 * Blocking.
 *
 * Each key goes at an instant of its own during the call; when it returns, all of them are wiped,
 * and no operation on one of them runs any more.
 *
 * \param keys   their ids; 0 is passed over. May be NULL if \p count is 0. \param count  number of
 * ids.
 *
 * \retval PSA_SUCCESS                 all are destroyed. \retval PSA_ERROR_INVALID_HANDLE    one of
 * the ids at least named no key (or stands there twice);
 *                                     all others are destroyed.
 * \retval PSA_ERROR_INVALID_ARGUMENT  \p keys is NULL and \p count is not 0. \retval
 * PSA_ERROR_BAD_STATE         the library is not initialised, or the caller is in a read-side
 *                                     section; nothing is done. */
KEYSHARD_API psa_status_t keyshard_destroy_keys(const psa_key_id_t *keys, size_t count);

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
 * \retval PSA_ERROR_INSUFFICIENT_MEMORY no shard could be made for the calling thread, or the walk
 *                              ended where an RSA key's exponent found no memory (2.28). */
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
