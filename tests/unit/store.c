/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The store's parts from inside: what the library hides from its users. */

#include "config.h"

#include "../runner.h"

#include "base/rcu.h"
#include "base/secmem.h"
#include "base/wipe.h"
#include "store/change.h"
#include "store/id.h"
#include "store/lookup.h"
#include "store/record.h"
#include "store/retire.h"

#include <pthread.h>
#include <psa/crypto.h>
#include <string.h>

static void setup(void)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
}

static uint32_t publish_one(void)
{
    struct ks_shard *self = ks_shard_self();
    uint32_t id = 0;

    ck_assert_ptr_nonnull(self);
    ck_assert_int_eq(ks_publish_reserve(self), KS_OK);
    struct ks_object *object = ks_object_new(self, 64);
    ck_assert_ptr_nonnull(object);
    ks_publish(self, object, &id);
    return id;
}

static bool look_up(uint32_t id)
{
    ks_rcu_read_lock();
    bool found = ks_lookup(ks_thread.shard, id) != NULL;
    ks_rcu_read_unlock();
    return found;
}

static bool is_shared(uint32_t id)
{
    ks_rcu_read_lock();
    uintptr_t word = atomic_load(ks_table_slot(id));
    ks_rcu_read_unlock();
    return (word & KS_SHARED) != 0;
}

struct foreign {
    bool found;
    uint32_t id;
};

static void *look_up_once(void *argument)
{
    struct foreign *foreign = argument;

    foreign->found = ks_shard_self() != NULL && look_up(foreign->id);
    return NULL;
}

/* Ensures that the owner's look-ups leave a key unshared, another thread's first one shares it, and
 * a replacement inherits the bit. */
START_TEST(shared_bit)
{
    struct foreign argument = {false, publish_one()};
    pthread_t thread;

    ck_assert(look_up(argument.id));
    ck_assert(!is_shared(argument.id));
    pthread_create(&thread, NULL, look_up_once, &argument);
    pthread_join(thread, NULL);
    ck_assert(argument.found);
    ck_assert(is_shared(argument.id));
    struct ks_dying *dying = ks_dying_begin(ks_shard_self());
    struct ks_object *next = ks_object_new(ks_shard_self(), 8);
    ks_rcu_read_lock();
    uint64_t serial = ks_lookup(ks_thread.shard, argument.id)->serial;
    ks_rcu_read_unlock();
    ck_assert_int_eq(ks_replace(ks_shard_self(), next, argument.id, serial, dying), KS_OK);
    ks_retire(dying);
    ks_reclaim(ks_dying_take(dying));
    ck_assert(is_shared(argument.id));
    ck_assert_int_eq(ks_destroy(argument.id), KS_OK);
}
END_TEST

/* Ensures that a late reader's bit on an empty slot does no harm: the next key there is found,
 * unshared. */
START_TEST(late_bit)
{
    uint32_t first = publish_one();
    _Atomic uintptr_t *slot = ks_table_slot(first);

    ck_assert_int_eq(ks_destroy(first), KS_OK);
    ck_assert_ptr_null(ks_lookup_share(slot, first));
    ck_assert(!look_up(first));
    for (unsigned i = 0; i < 2 * KS_CHUNK_SLOTS; i++) {
        uint32_t id = publish_one();

        ck_assert(look_up(id));
        ck_assert(!is_shared(id));
        ck_assert_int_eq(ks_destroy(id), KS_OK);
    }
}
END_TEST

/* Ensures that ids lie in the vendor range, outside the built-in one, whatever slot and generation.
 */
START_TEST(id_ranges)
{
    for (uint32_t slot = 0; slot < KS_SLOT_LIMIT; slot += 4095) {
        for (uint32_t generation = 0; generation < KS_GENERATIONS; generation++) {
            uint32_t id = ks_id_make(slot, generation);

            ck_assert(id >= KS_ID_BASE && id < KS_ID_END);
            ck_assert_uint_eq(ks_id_slot(id), slot);
            ck_assert(id < MBEDTLS_PSA_KEY_ID_BUILTIN_MIN || id > MBEDTLS_PSA_KEY_ID_BUILTIN_MAX);
        }
    }
    uint32_t last = ks_id_make(KS_SLOT_LIMIT - 1, KS_GENERATIONS - 1);
    ck_assert_uint_lt(last, MBEDTLS_PSA_KEY_ID_BUILTIN_MIN);
    ck_assert_uint_gt(KS_SLOT_LIMIT, 16u << 20);
}
END_TEST

/* Ensures that replacing with a stale serial changes nothing. */
START_TEST(replace_stale_serial)
{
    uint32_t id = publish_one();
    struct ks_dying *dying = ks_dying_begin(ks_shard_self());
    struct ks_object *next = ks_object_new(ks_shard_self(), 8);

    ck_assert_int_eq(ks_replace(ks_shard_self(), next, id, 0, dying), KS_CHANGED);
    ks_object_discard(ks_shard_self(), next);
    ck_assert(look_up(id));
    ck_assert_int_eq(ks_destroy(id), KS_OK);
    ck_assert_uint_eq(ks_dying_total(), 0);
}
END_TEST

/* Ensures that blocks of every size come zeroed, aligned and apart, and that freed memory is used
 * again for other sizes. */
START_TEST(secret_memory)
{
    static struct ks_arena arena;
    enum { BLOCKS = 500 };
    unsigned char *blocks[BLOCKS];
    unsigned dirty = 0;

    ks_arena_init(&arena, 1);
    for (size_t size = 1; size <= KS_SECMEM_MAX; size = size * 3 / 2 + 1) {
        for (unsigned i = 0; i < BLOCKS; i++) {
            blocks[i] = ks_secmem_alloc(&arena, size);
            ck_assert_ptr_nonnull(blocks[i]);
            ck_assert_uint_eq((uintptr_t) blocks[i] % (size % 16 == 0 ? 16 : 8), 0);
            dirty += blocks[i][0] != 0 || memcmp(blocks[i], blocks[i] + 1, size - 1) != 0;
            memset(blocks[i], (int) (i % 255 + 1), size);
        }
        for (unsigned i = 0; i < BLOCKS; i++) {
            ck_assert_uint_eq(blocks[i][size - 1], i % 255 + 1);
            ks_wipe(blocks[i], size);
            ks_secmem_free(blocks[i], size);
        }
        ck_assert_uint_eq(arena.in_use, 0);
    }
    ck_assert_uint_eq(dirty, 0);
    ck_assert_ptr_null(ks_secmem_alloc(&arena, KS_SECMEM_MAX + 1));
    ck_assert_uint_lt(ks_secmem_totals().mapped, 32u << 20);
}
END_TEST

/* Ensures that a mapping of secret memory has an inaccessible page right behind it. */
START_TEST(guard_pages)
{
    static struct ks_arena arena;

    ks_arena_init(&arena, 1);
    uintptr_t block = (uintptr_t) ks_secmem_alloc(&arena, 64);
    uintptr_t end = (block & ~(uintptr_t) 32767) + 2 * 32768; /* the first mapping has two slabs */

    ck_assert_uint_ne(block, 0);
    *(volatile unsigned char *) end = 1; /* dies of it */
}
END_TEST

static unsigned prepared;

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    memcpy(body, &object->serial, sizeof object->serial);
    prepared++;
    return 0;
}

/* Gives whether the object's context had to be prepared for this use. */
static bool use_prepares(struct ks_object *object, const struct ks_record_class *class)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_record *temporary = NULL;
    unsigned before = prepared;
    void *body = NULL;

    ck_assert(ks_mark_set(&self->marks, object));
    ck_assert_int_eq(ks_record_get(self, object, class, 0, &body, &temporary), 0);
    ck_assert_ptr_null(temporary);
    ck_assert_mem_eq(body, &object->serial, sizeof object->serial);
    ks_mark_clear(&self->marks);
    return prepared != before;
}

static const struct ks_record_class kept_at_once = {
    .size = 64, .prepare = prepare, .costly = true
};
static const struct ks_record_class kept_later = {.size = 64, .prepare = prepare};

/* Ensures that a context is prepared at the first use of its key, kept from the second on, and not
 * prepared for that if no other key was used for the first time meanwhile. */
START_TEST(recent_record)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *one = ks_published(publish_one());
    struct ks_object *two = ks_published(publish_one());
    struct ks_object *three = ks_published(publish_one());

    ck_assert(use_prepares(one, &kept_later));
    ck_assert_uint_eq(self->records.count, 0);
    ck_assert(!use_prepares(one, &kept_later));
    ck_assert_uint_eq(self->records.count, 1);
    ck_assert(use_prepares(two, &kept_later));
    ck_assert(use_prepares(three, &kept_later));
    ck_assert_uint_eq(self->records.count, 1);
    ck_assert(use_prepares(two, &kept_later));
    ck_assert(!use_prepares(two, &kept_later));
    ks_rcu_read_lock(); /* as a program may, which must not wait for a mutex then */
    ck_assert(!use_prepares(three, &kept_later));
    ks_rcu_read_unlock();
    ck_assert_uint_eq(self->records.count, 2);

    const struct ks_record *recent = self->records.recent;
    static const unsigned char zeros[64];

    ck_assert_uint_eq(self->records.recent_serial, three->serial);
    ks_records_wipe_own(self, three);
    ck_assert_uint_eq(self->records.recent_serial, 0);
    ck_assert_mem_eq(recent->body, zeros, sizeof zeros);
    ck_assert(!use_prepares(one, &kept_later));
}
END_TEST

/* Ensures that contexts whose keys share a bucket are all found again, behind whichever others, and
 * when some of these are gone. */
START_TEST(one_bucket)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *objects[40];
    unsigned count = 0;

    ck_assert(use_prepares(ks_published(publish_one()), &kept_at_once)); /* makes the buckets */
    uint32_t buckets = self->records.mask + 1;

    while (count < 40) {
        uint32_t id = publish_one();

        if (ks_record_index(&self->records, id) == 0) {
            objects[count++] = ks_published(id);
        }
    }
    for (unsigned i = 0; i < 39; i++) {
        ck_assert(use_prepares(objects[i], &kept_at_once));
    }
    for (unsigned i = 0; i < 39; i++) {
        ck_assert_msg(!use_prepares(objects[i], &kept_at_once),
                      "the context of key %u is not found", i);
    }
    for (unsigned i = 0; i < 39; i += 3) {
        ks_records_wipe_own(self, objects[i]);
    }
    ck_assert(use_prepares(objects[39], &kept_at_once)); /* unlinks what was wiped */
    for (unsigned i = 0; i < 39; i++) {
        ck_assert_int_eq(use_prepares(objects[i], &kept_at_once), i % 3 == 0);
    }
    ck_assert_uint_eq(self->records.mask + 1, buckets);
}
END_TEST

/* Ensures that comparison finds a difference at any place. */
START_TEST(equal_or_not)
{
    unsigned char a[33] = {0};
    unsigned char b[33] = {0};

    ck_assert(ks_equal(a, b, sizeof a));
    for (unsigned i = 0; i < sizeof a; i++) {
        b[i] ^= 0x80;
        ck_assert(!ks_equal(a, b, sizeof a));
        b[i] ^= 0x80;
    }
    ck_assert(ks_equal(a, b, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *inside = tcase_create("inside");
    TCase *memory = tcase_create("memory");

    tcase_set_timeout(inside, 60);
    tcase_add_checked_fixture(inside, setup, NULL);
    tcase_add_test(inside, shared_bit);
    tcase_add_test(inside, late_bit);
    tcase_add_test(inside, id_ranges);
    tcase_add_test(inside, replace_stale_serial);
    tcase_add_test(inside, one_bucket);
    tcase_add_test(inside, recent_record);
    suite_add_tcase(suite, inside);
    tcase_add_test(memory, secret_memory);
#ifndef KS_SANITIZED /* which takes the signal for itself */
    tcase_add_test_raise_signal(memory, guard_pages, 11);
#else
    (void) guard_pages;
#endif
    tcase_add_test(memory, equal_or_not);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
