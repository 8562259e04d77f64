/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/shard.h"
#include "base/exit.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "store/table.h"
#include "store/tenancy.h"

#include <stdlib.h>

_Atomic(struct ks_shard *) ks_shards[KS_SHARDS_MAX + 1];
_Atomic uint32_t ks_shard_count;
void (*ks_shard_random_wipe)(struct ks_shard *shard);

static struct ks_shard *parked;      /* guarded by the attach mutex */
static _Atomic uint32_t parked_count; /* written under the attach mutex, read freely */

/* Names of tenancies count up; the low bits of a name lead to the shard that had such a name last.
 * Where that is another, since a tenancy has outlived 65,535 later ones, all shards are looked
 * through. Written under the attach mutex. */
#define HINTS 65536u
static _Atomic uint16_t hints[HINTS];
static _Atomic uint32_t last_name;
static _Atomic bool names_came_round;

static struct ks_shard *shard_new(uint16_t number)
{
    struct ks_shard *shard = aligned_alloc(KS_CACHE_LINE, sizeof *shard);

    if (shard != NULL) {
        ks_wipe(shard, sizeof *shard);
        shard->number = number;
        shard->next_serial = (uint64_t) number << 48;
        ks_mutex_init(&shard->writer, KS_RANK_WRITER, number);
        ks_dying_init(&shard->dying, number);
        ks_slots_init(&shard->slots);
        ks_arena_init(&shard->arena, number);
        ks_arena_init(&shard->record_arena, number);
        ks_records_init(&shard->records, number);
    }
    return shard;
}

/* A fork handler of another library calls in: the parent and child handlers unlock every shard. */
static void lock_as_fork_would(struct ks_shard *shard)
{
    ks_mutex_lock_for_fork(&shard->writer);
    ks_mutex_lock_for_fork(&shard->dying.mutex);
    ks_mutex_lock_for_fork(&shard->records.mutex);
    ks_mutex_lock_for_fork(&shard->records.preparing_mutex);
    ks_mutex_lock_for_fork(&shard->arena.mutex);
    ks_mutex_lock_for_fork(&shard->record_arena.mutex);
}

/* Makes a shard and lists it. Attach mutex held. */
static struct ks_shard *make_locked(void)
{
    uint32_t number = atomic_load_explicit(&ks_shard_count, memory_order_relaxed) + 1;
    struct ks_shard *shard = number <= KS_SHARDS_MAX ? shard_new((uint16_t) number) : NULL;

    if (shard != NULL) {
        if (ks_thread.forking) {
            lock_as_fork_would(shard);
        }
        atomic_store_explicit(&ks_shards[number], shard, memory_order_relaxed);
        atomic_store_explicit(&ks_shard_count, number, memory_order_release); /* S1 */
    }
    return shard;
}

static struct ks_shard *by_name(uint32_t name)
{
    uint32_t n = atomic_load_explicit(&hints[name % HINTS], memory_order_relaxed);
    uint32_t listed = ks_shards_listed();

    if (n != 0 && n <= listed && ks_shard_name(ks_shard_by_number(n)) == name) {
        return ks_shard_by_number(n);
    }
    for (n = 1; n <= listed; n++) {
        if (ks_shard_name(ks_shard_by_number(n)) == name) {
            return ks_shard_by_number(n);
        }
    }
    return NULL;
}

enum ks_status ks_shard_find(uint32_t name, struct ks_shard **shard)
{
    *shard = name == 0 ? NULL : by_name(name);
    if (*shard != NULL) {
        return KS_OK;
    }
    bool given = name != 0 &&
                 (name <= atomic_load_explicit(&last_name, memory_order_acquire) ||
                  atomic_load_explicit(&names_came_round, memory_order_relaxed));
    return given ? KS_ENDED : KS_UNKNOWN;
}

/* Begins a tenancy: gives it a name, which no shard has. Attach mutex held. */
static void begin_tenancy_locked(struct ks_shard *shard)
{
    uint32_t name = atomic_load_explicit(&last_name, memory_order_relaxed);

    do {
        name++;
        if (name == 0) {
            atomic_store_explicit(&names_came_round, true, memory_order_relaxed);
        }
    } while (name == 0 || (atomic_load_explicit(&names_came_round, memory_order_relaxed) &&
                           by_name(name) != NULL));
    ks_mutex_lock(&shard->writer);
    atomic_store_explicit(&shard->name, name, memory_order_relaxed);
    shard->closing = false;
    shard->given = false;
    ks_mutex_unlock(&shard->writer);
    atomic_store_explicit(&hints[name % HINTS], shard->number, memory_order_relaxed);
    atomic_store_explicit(&last_name, name, memory_order_release);
    shard->exit_action = KS_EXIT_PARK;
    shard->state = KS_SHARD_ATTACHED;
    shard->next_parked = NULL;
}

static struct ks_shard *adopt_or_make_locked(void)
{
    struct ks_shard *shard = parked;

    if (shard != NULL) {
        parked = shard->next_parked;
        atomic_fetch_sub_explicit(&parked_count, 1, memory_order_relaxed);
    } else {
        shard = make_locked();
    }
    if (shard != NULL) {
        begin_tenancy_locked(shard);
    }
    return shard;
}

void ks_shard_park_locked(struct ks_shard *shard)
{
    shard->state = KS_SHARD_PARKED;
    shard->next_parked = parked;
    parked = shard;
    atomic_fetch_add_explicit(&parked_count, 1, memory_order_relaxed);
}

KS_COLD struct ks_shard *ks_shard_attach(void)
{
    struct ks_shard *shard;

    if (!ks_may_lock() || !ks_exit_watch()) { /* unwatched, the shard would never be parked */
        return NULL;
    }
    ks_mutex_lock(&ks_attach_mutex);
    ks_rcu_attach_locked();
    shard = adopt_or_make_locked();
    ks_mutex_unlock(&ks_attach_mutex);
    ks_thread.shard = shard;
    return shard;
}

/* Whether a slot word names the object. */
static bool is_in_slot(const struct ks_object *object)
{
    uint32_t slot = ks_object_slot(object);

    return slot != KS_SLOT_NONE &&
           ks_word_object(atomic_load_explicit(ks_table_word(slot), memory_order_relaxed)) ==
               object;
}

static void set_counter(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* In a fork's child the thread may have vanished between publishing a key and saying so. */
static void clean_building(struct ks_shard *shard)
{
    struct ks_object *object = atomic_load_explicit(&shard->building, memory_order_relaxed);

    if (object == NULL) {
        return;
    }
    set_counter(&shard->counters.created, shard->created_before);
    if (!is_in_slot(object) && !ks_is_dying(object)) {
        ks_object_wipe(object);
        ks_object_free(object);
    } else if (atomic_load_explicit(&shard->leaving, memory_order_relaxed) == NULL) {
        ks_count(&shard->counters.created); /* else it has taken that one's place */
    }
    atomic_store_explicit(&shard->building, NULL, memory_order_relaxed);
}

/* In a fork's child: a key that the thread was ending on its own is in its slot still, or in limbo
 * already, or between the two, or on the dying list of another thread, which was faster (own.h,
 * O5). */
static void clean_leaving(struct ks_shard *shard)
{
    struct ks_object *object = atomic_load_explicit(&shard->leaving, memory_order_relaxed);

    if (object == NULL || KS_MUTANT == KS_MUTANT_NO_LEAVING) {
        return;
    }
    set_counter(&shard->counters.destroyed, shard->destroyed_before);
    if (!is_in_slot(object) && !ks_is_dying(object)) {
        if (shard->leaves_slot) {
            ks_count(&shard->counters.destroyed);
        } else {
            ks_object_set_slot(object, KS_SLOT_NONE);
        }
        if (object != shard->limbo.waiting.first) {
            ks_records_wipe_object(object);
            ks_object_wipe(object);
            ks_limbo_add(shard, object);
        }
    }
    atomic_store_explicit(&shard->leaving, NULL, memory_order_relaxed);
}

static void clear_marks(struct ks_shard *shard)
{
    for (unsigned i = KS_MARK_DEPTH; i > 0; i--) {
        atomic_store_explicit(&shard->marks.at[i - 1], NULL, memory_order_release); /* K2 */
    }
    shard->marks.depth = 0;
}

void ks_shard_clean(struct ks_shard *shard)
{
    clean_building(shard);
    clean_leaving(shard);
    ks_records_wipe_all(shard);
    if (shard->random != NULL && ks_shard_random_wipe != NULL) {
        ks_shard_random_wipe(shard);
    }
    clear_marks(shard);
}

/* Slots that the shard holds but does not need to keep ids dead (slots.h, F1) are for others to
 * lease. */
static void give_back_chunks(struct ks_shard *shard)
{
    ks_mutex_lock(&shard->writer);
    struct ks_chunk *chunks = ks_slots_release_chunks(&shard->slots);
    ks_mutex_unlock(&shard->writer);

    if (chunks != NULL) {
        ks_table_give_back(chunks);
    }
}

/* Nothing is handed to the shard any more, and what was being handed to it has arrived (handoff.h,
 * H3). */
static void close_shard(struct ks_shard *shard)
{
    ks_mutex_lock(&shard->writer);
    shard->closing = true;
    ks_mutex_unlock(&shard->writer);
    /* Acquire; release: unpin. */
    for (unsigned attempt = 0;
         atomic_load_explicit(&shard->pins, memory_order_acquire) != 0 &&
         KS_MUTANT != KS_MUTANT_NO_PIN; attempt++) {
        ks_backoff(attempt);
    }
}

/* In our thread-exit destructor, and not before: glibc calls what runs before it at the end of the
 * process too. liburcu has let go of the thread, which attaches itself once more, as a late call
 * would. */
static void destroy_tenancy(struct ks_shard *shard)
{
    if (shard->exit_action == KS_EXIT_DESTROY && !ks_rcu_read_ongoing()) {
        (void) ks_exit_watch();
        ks_rcu_attach();
        ks_tenancy_destroy(shard);
    }
}

/* The thread's shard goes back. */
KS_COLD void ks_shard_detach(void)
{
    struct ks_shard *shard = ks_thread.shard;

    if (shard != NULL) {
        close_shard(shard);
        clean_building(shard);
        clear_marks(shard);
        destroy_tenancy(shard);
        ks_thread.shard = NULL;
        ks_shard_clean(shard);
        give_back_chunks(shard);
        ks_mutex_lock(&ks_attach_mutex);
        ks_shard_park_locked(shard);
        ks_mutex_unlock(&ks_attach_mutex);
    }
}

uint32_t ks_shards_parked(void)
{
    return atomic_load_explicit(&parked_count, memory_order_relaxed);
}

void ks_shard_setup(void)
{
    ks_exit_setup(ks_shard_detach);
}
