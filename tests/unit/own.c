/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the owner's thread does on its own (src/store/own.h), and limbo, from inside. */

#include "config.h"

#include "../runner.h"

#include "base/rcu.h"
#include "store/change.h"
#include "store/handoff.h"
#include "store/lookup.h"
#include "store/operation.h"
#include "store/own.h"
#include "store/table.h"

#include <pthread.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIZE 64

static void setup(void)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
}

/* Publishes an object full of 0x55 and gives its address too. */
static uint32_t publish_one(struct ks_object **object)
{
    struct ks_shard *self = ks_shard_self();
    uint32_t id = 0;

    ck_assert_ptr_nonnull(self);
    ck_assert_int_eq(ks_publish_reserve(self), KS_OK);
    *object = ks_object_new(self, SIZE);
    ck_assert_ptr_nonnull(*object);
    memset(*object + 1, 0x55, SIZE);
    ks_publish(self, *object, &id);
    return id;
}

static bool is_wiped(const struct ks_object *object)
{
    static const unsigned char zeros[SIZE];

    return memcmp(object + 1, zeros, SIZE) == 0;
}

static void *look_up_once(void *id)
{
    if (ks_shard_self() != NULL) {
        ks_rcu_read_lock();
        (void) ks_lookup(ks_thread.shard, *(uint32_t *) id);
        ks_rcu_read_unlock();
    }
    return NULL;
}

static void in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, function, argument), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* Ensures that a key that nobody else has seen is destroyed and wiped without a grace period, and
 * its header stays. */
START_TEST(destroyed_at_once)
{
    struct ks_object *object;
    uint64_t before = ks_rcu_grace_periods();

    for (unsigned i = 0; i < 100; i++) {
        uint32_t id = publish_one(&object);

        ck_assert_int_eq(ks_destroy(id), KS_OK);
        ck_assert(is_wiped(object));
        ck_assert_uint_eq(object->id, id);
        ck_assert_int_eq(ks_destroy(id), KS_NOT_FOUND);
    }
    ck_assert_uint_eq(ks_rcu_grace_periods(), before);
    ck_assert_uint_eq(ks_limbo_objects(&ks_shard_self()->limbo), 100);
}
END_TEST

/* Ensures that one that another thread has looked up is not. */
START_TEST(shared_waits)
{
    struct ks_object *object;
    uint32_t id = publish_one(&object);

    in_thread(look_up_once, &id);
    uint64_t before = ks_rcu_grace_periods();

    ck_assert(!ks_own_destroy(ks_shard_self(), id));
    ck_assert_int_eq(ks_destroy(id), KS_OK);
    ck_assert_uint_gt(ks_rcu_grace_periods(), before);
    ck_assert_uint_eq(ks_limbo_objects(&ks_shard_self()->limbo), 0);
}
END_TEST

static void *destroy_it(void *id)
{
    uint64_t before = ks_rcu_grace_periods();
    bool destroyed = ks_destroy(*(uint32_t *) id) == KS_OK;

    *(uint32_t *) id = destroyed && ks_rcu_grace_periods() > before;
    return NULL;
}

/* Ensures that another thread's destruction waits, though nobody has looked the key up. */
START_TEST(others_wait)
{
    struct ks_object *object;
    uint32_t id = publish_one(&object);

    in_thread(destroy_it, &id);
    ck_assert_uint_eq(id, 1);
}
END_TEST

/* Ensures that a replacement of a key that nobody else has seen wipes the old object at once, keeps
 * the id and leaves the key unshared. */
START_TEST(replaced_at_once)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *old;
    uint32_t id = publish_one(&old);
    struct ks_object *found;
    struct ks_object *object = ks_object_new(self, SIZE);
    uint64_t before = ks_rcu_grace_periods();

    ck_assert_int_eq(ks_lookup_mark(self, id, &found), KS_OK);
    ck_assert_ptr_eq(found, old);
    ck_assert(ks_own_replace(self, object, old));
    ks_own_end(self, old);
    ks_mark_clear(&self->marks);
    ck_assert(is_wiped(old));
    ck_assert_uint_eq(object->id, id);
    ck_assert_uint_eq(self->counters.destroyed, 0);
    ck_assert_int_eq(ks_destroy(id), KS_OK);
    ck_assert_uint_eq(ks_rcu_grace_periods(), before);
    ck_assert_uint_eq(self->counters.destroyed, 1);
    ck_assert_uint_eq(ks_limbo_objects(&self->limbo), 2);
    ck_assert(ks_limbo_reclaim(self));
    ck_assert_uint_eq(ks_limbo_objects(&self->limbo), 0);
    ck_assert_uint_eq(self->arena.in_use, 0);
}
END_TEST

struct late {
    uint32_t id;
    _Atomic int step; /* 1: it has the address, 2: the key is gone */
    bool same;        /* whether the header was there all the time */
};

/* A reader between its load of the slot word and its comparison of the id. */
static void *read_late(void *argument)
{
    struct late *late = argument;

    ks_rcu_read_lock();
    const struct ks_object *object = ks_published(late->id);
    uint64_t serial = object->serial;

    late->step = 1;
    while (late->step != 2) {
        usleep(100);
    }
    late->same = true;
    for (unsigned i = 0; i < 500; i++) {
        late->same = late->same && object->id == late->id && object->serial == serial;
        usleep(100);
    }
    ks_rcu_read_unlock();
    return NULL;
}

/* Ensures that the header of a key destroyed at once stays as long as a late reader may compare it,
 * and that reclaiming waits for that. */
START_TEST(reclaim_waits_for_late_readers)
{
    struct ks_object *object;
    struct late late = {publish_one(&object), 0, false};
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, read_late, &late), 0);
    while (late.step != 1) {
        usleep(100);
    }
    bool at_once = ks_own_destroy(ks_shard_self(), late.id);

    late.step = 2;
    ck_assert(ks_limbo_reclaim(ks_shard_self()));
    pthread_join(thread, NULL);
    ck_assert(at_once);
    ck_assert(late.same);
}
END_TEST

/* Ensures that limbo is reclaimed a batch at a time, so that its memory stays within bounds, and
 * that few grace periods pay for many keys. */
START_TEST(batches)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;
    uint64_t most = 0;

    ck_assert_int_eq(ks_destroy(publish_one(&object)), KS_OK);
    uint64_t before = ks_rcu_grace_periods();

    for (unsigned i = 0; i < 10 * KS_LIMBO_OBJECTS; i++) {
        ck_assert_int_eq(ks_destroy(publish_one(&object)), KS_OK);
        most = ks_limbo_bytes(&self->limbo) > most ? ks_limbo_bytes(&self->limbo) : most;
    }
    ck_assert_uint_ge(ks_rcu_grace_periods() - before, 9);
    /* Others by the growth of the slot table. */
    ck_assert_uint_le(ks_rcu_grace_periods() - before, 10 + 16);
    ck_assert_uint_le(most, 3 * KS_LIMBO_BYTES / 2);
    ck_assert(ks_limbo_reclaim(self));
    ck_assert(!ks_limbo_reclaim(self));
    ck_assert_uint_eq(self->arena.in_use, 0);
}
END_TEST

/* Ensures that a batch does not grow old where few keys are destroyed. */
START_TEST(old_batches)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;

    ck_assert_int_eq(ks_destroy(publish_one(&object)), KS_OK);
    self->limbo.oldest -= 2 + KS_LIMBO_SECONDS;
    for (unsigned i = 0; i < 80; i++) {
        ck_assert_int_eq(ks_destroy(publish_one(&object)), KS_OK);
    }
    ck_assert_uint_lt(self->limbo.waiting.objects, 80);
}
END_TEST

struct receiver {
    _Atomic uint32_t name;
    _Atomic uint32_t id;
    bool at_once;
};

static void *receive_and_destroy(void *argument)
{
    struct receiver *receiver = argument;

    receiver->name = ks_shard_name(ks_shard_self());
    while (receiver->id == 0) {
        usleep(100);
    }
    receiver->at_once = ks_own_destroy(ks_thread.shard, receiver->id);
    return NULL;
}

/* The receiver is not told yet. */
static void hand_over(struct receiver *receiver, uint32_t id)
{
    while (receiver->name == 0) {
        usleep(100);
    }
    ck_assert_int_eq(ks_handoff(ks_shard_self(), &id, 1, receiver->name), KS_OK);
}

/* Ensures that a key that its owner hands over unseen is destroyed at once by the new owner, and
 * not any more by the old. */
START_TEST(handed_unseen)
{
    struct ks_object *object;
    struct receiver receiver = {0};
    pthread_t thread;
    uint32_t id = publish_one(&object);

    ck_assert_int_eq(pthread_create(&thread, NULL, receive_and_destroy, &receiver), 0);
    hand_over(&receiver, id);
    receiver.id = id;
    pthread_join(thread, NULL);
    ck_assert(receiver.at_once);
    ck_assert(is_wiped(object));
}
END_TEST

/* Ensures that the old owner's next look-up shares the key, so that the new one waits for it. */
START_TEST(handed_and_seen)
{
    struct ks_object *object;
    struct receiver receiver = {0};
    pthread_t thread;
    uint32_t id = publish_one(&object);

    ck_assert_int_eq(pthread_create(&thread, NULL, receive_and_destroy, &receiver), 0);
    hand_over(&receiver, id);
    ck_assert(!ks_own_destroy(ks_shard_self(), id));
    look_up_once(&id);
    receiver.id = id;
    pthread_join(thread, NULL);
    ck_assert(!receiver.at_once);
    ck_assert_int_eq(ks_destroy(id), KS_OK);
}
END_TEST

struct destroyer {
    uint32_t id;
    _Atomic bool finished;
    enum ks_status status;
};

static void *destroy_and_say(void *argument)
{
    struct destroyer *destroyer = argument;

    destroyer->status = ks_destroy(destroyer->id);
    destroyer->finished = true;
    return NULL;
}

/* Ensures that who destroys a key that its owner is just replacing on its own does not return
 * before the old object is wiped. */
START_TEST(destroy_waits_for_leaving)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *old;
    struct ks_object *found;
    struct destroyer destroyer = {publish_one(&old), false, KS_NOT_FOUND};
    struct ks_object *object = ks_object_new(self, SIZE);
    pthread_t thread;

    ck_assert_int_eq(ks_lookup_mark(self, destroyer.id, &found), KS_OK);
    ck_assert(ks_own_replace(self, object, old));
    int created = pthread_create(&thread, NULL, destroy_and_say, &destroyer);

    usleep(100000);
    bool early = destroyer.finished;

    ks_own_end(self, old);
    ks_mark_clear(&self->marks);
    pthread_join(thread, NULL);
    ck_assert_int_eq(created, 0);
    ck_assert(!early);
    ck_assert_int_eq(destroyer.status, KS_OK);
}
END_TEST

struct writer {
    uint32_t id;
    _Atomic int step; /* 1: it is about to take the key */
    uint32_t locked;  /* number of the shard whose mutex it got */
};

static void *take_for_writing(void *argument)
{
    struct writer *writer = argument;
    struct ks_shard *owner = NULL;
    struct ks_object *object;

    writer->step = 1;
    if (ks_take_for_writing(writer->id, &owner, &object) == KS_OK) {
        writer->locked = owner->number;
        ks_mutex_unlock(&owner->writer);
    }
    return NULL;
}

static void *attach(void *number)
{
    *(uint32_t *) number = ks_shard_self()->number;
    return NULL;
}

/* Ensures that a writer that has waited for the owner's mutex finds out that the key has another
 * owner now. */
START_TEST(owner_is_looked_at_again)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;
    struct writer writer = {publish_one(&object), 0, 0};
    uint32_t other = 0;
    pthread_t thread;

    in_thread(attach, &other); /* its shard is parked; the writer adopts it or needs none */
    ck_assert_uint_ne(other, 0);
    ck_assert_uint_ne(other, self->number);
    ks_mutex_lock(&self->writer);
    int created = pthread_create(&thread, NULL, take_for_writing, &writer);

    while (writer.step != 1) {
        usleep(100);
    }
    usleep(100000); /* it waits for the mutex */
    atomic_store(&object->owner, (uint16_t) other);
    ks_mutex_unlock(&self->writer);
    pthread_join(thread, NULL);
    ck_assert_int_eq(created, 0);
    ck_assert_uint_eq(writer.locked, other);
}
END_TEST

/* Ensures that a replacement passes on that an operation may be bound to the id, and that such a
 * key ends at once too. */
START_TEST(bound_is_passed_on)
{
    struct ks_shard *self = ks_shard_self();
    struct ks_object *old;
    struct ks_object *found;
    uint32_t id = publish_one(&old);
    struct ks_object *object = ks_object_new(self, SIZE);

    old->users |= KS_OBJECT_BOUND;
    ck_assert_int_eq(ks_lookup_mark(self, id, &found), KS_OK);
    ck_assert(ks_own_replace(self, object, old));
    ks_own_end(self, old);
    ks_mark_clear(&self->marks);
    ck_assert_uint_eq(object->users & KS_OBJECT_BOUND, KS_OBJECT_BOUND);
    ck_assert(ks_own_destroy(self, id));
}
END_TEST

struct meeting {
    _Atomic uint32_t id; /* that is there now, or just gone */
    _Atomic bool stop;
    unsigned long found;
    unsigned long wrong;
};

static void *look_and_read(void *argument)
{
    struct meeting *meeting = argument;
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;

    while (!meeting->stop) {
        if (ks_lookup_mark(self, meeting->id, &object) == KS_OK) {
            const unsigned char *material = (const unsigned char *) (object + 1);

            meeting->found++;
            for (unsigned i = 0; i < SIZE; i++) {
                meeting->wrong += ((volatile const unsigned char *) material)[i] != 0x55;
            }
            ks_mark_clear(&self->marks);
        }
    }
    return NULL;
}

/* Ensures that a thread that finds a key whose owner destroys it on its own, if it can, never sees
 * it wiped. */
START_TEST(first_look_meets_owner)
{
    static struct meeting meeting;
    struct ks_object *object;
    unsigned long alone = 0;
    unsigned long rounds = 0;
    pthread_t thread;
    time_t end = time(NULL) + 3;

    ck_assert_int_eq(pthread_create(&thread, NULL, look_and_read, &meeting), 0);
    for (; time(NULL) < end; rounds++) {
        uint32_t id = publish_one(&object);

        meeting.id = id;
        for (volatile unsigned i = 0; i < rounds % 64; i++) {
        }
        if (ks_own_destroy(ks_thread.shard, id)) {
            alone++;
            ks_limbo_tidy(ks_thread.shard);
        } else {
            ck_assert_int_eq(ks_destroy(id), KS_OK);
        }
    }
    meeting.stop = true;
    pthread_join(thread, NULL);
    printf("%lu rounds, %lu ended alone, found %lu times\n", rounds, alone, meeting.found);
    ck_assert_uint_eq(meeting.wrong, 0);
    ck_assert_uint_gt(meeting.found, 0);
    ck_assert_uint_gt(alone, 0);
}
END_TEST

static uint32_t next_free(uint32_t slot)
{
    return ks_table_chunk(slot)->meta[slot % KS_CHUNK_SLOTS] & KS_SLOT_NONE;
}

/* Ensures that a shard that gives chunks back keeps those with a slot in the front of its queue. */
START_TEST(front_of_queue_stays)
{
    enum { KEYS = 4 * KS_CHUNK_SLOTS };
    static uint32_t ids[KEYS];
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;
    bool front[64] = {false}; /* by chunk */
    unsigned given = 0;

    for (unsigned i = 0; i < KEYS; i++) {
        ids[i] = publish_one(&object);
    }
    for (unsigned i = 0; i < KEYS; i++) {
        ck_assert_int_eq(ks_destroy(ids[i]), KS_OK);
    }
    (void) ks_limbo_reclaim(self);
    ks_rcu_read_lock();
    uint32_t slot = self->slots.first;

    for (unsigned i = 0; i < KS_SLOTS_FREE_MIN; i++, slot = next_free(slot)) {
        front[slot / KS_CHUNK_SLOTS] = true;
    }
    ks_rcu_read_unlock();
    ks_mutex_lock(&self->writer);
    struct ks_chunk *chunks = ks_slots_release_chunks(&self->slots);
    ks_mutex_unlock(&self->writer);

    for (struct ks_chunk *chunk = chunks; chunk != NULL; chunk = chunk->next) {
        ck_assert(!front[chunk->first / KS_CHUNK_SLOTS]);
        given++;
    }
    ck_assert_uint_gt(given, 0);
    ks_table_give_back(chunks);
}
END_TEST

static void release_nothing(void *context)
{
    (void) context;
}

/* Ensures that a destroyed key's slot is not given back while one of its operations is waited for:
 * its id must not become another key's meanwhile. */
START_TEST(slot_waits_for_operations)
{
    static const struct ks_operation_class class = {99, release_nothing};
    struct ks_shard *self = ks_shard_self();
    struct ks_object *object;
    struct ks_object *found;
    struct ks_operation *operation = NULL;
    struct destroyer destroyer = {publish_one(&object), false, KS_NOT_FOUND};
    pthread_t thread;

    in_thread(look_up_once, &destroyer.id);
    ck_assert_int_eq(ks_lookup_mark(self, destroyer.id, &found), KS_OK);
    ck_assert_int_eq(ks_operation_open(self, found, 0, &class, 16, &operation), KS_OK);
    ks_mark_clear(&self->marks);
    uint32_t before = self->slots.count;
    int created = pthread_create(&thread, NULL, destroy_and_say, &destroyer);

    usleep(100000);
    ks_slots_collect(&self->slots);
    uint32_t meanwhile = self->slots.count;
    bool early = destroyer.finished;

    ks_operation_leave(operation);
    pthread_join(thread, NULL);
    ks_slots_collect(&self->slots);
    ck_assert_int_eq(created, 0);
    ck_assert(!early);
    ck_assert_int_eq(destroyer.status, KS_OK);
    ck_assert_uint_eq(meanwhile, before);
    ck_assert_uint_eq(self->slots.count, before + 1);
}
END_TEST

/* Ensures that destroying many takes one grace period for those that need one. */
START_TEST(many_share_a_grace_period)
{
    enum { KEYS = 60 };
    uint32_t ids[KEYS];
    struct ks_object *object;

    for (unsigned i = 0; i < KEYS; i++) {
        ids[i] = publish_one(&object);
        if (i % 2 != 0) {
            in_thread(look_up_once, &ids[i]);
        }
    }
    uint64_t before = ks_rcu_grace_periods();

    ck_assert_int_eq(ks_destroy_many(ids, KEYS), KS_OK);
    ck_assert_uint_eq(ks_rcu_grace_periods() - before, 1);
    ck_assert_int_eq(ks_destroy_many(ids, KEYS), KS_NOT_FOUND);
    ck_assert_uint_eq(ks_rcu_grace_periods() - before, 1);
    ck_assert_uint_eq(ks_dying_total(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("own");
    TCase *inside = tcase_create("inside");

    tcase_set_timeout(inside, 60);
    tcase_add_checked_fixture(inside, setup, NULL);
    tcase_add_test(inside, destroyed_at_once);
    tcase_add_test(inside, shared_waits);
    tcase_add_test(inside, others_wait);
    tcase_add_test(inside, replaced_at_once);
    tcase_add_test(inside, reclaim_waits_for_late_readers);
    tcase_add_test(inside, batches);
    tcase_add_test(inside, old_batches);
    tcase_add_test(inside, handed_unseen);
    tcase_add_test(inside, handed_and_seen);
    tcase_add_test(inside, destroy_waits_for_leaving);
    tcase_add_test(inside, owner_is_looked_at_again);
    tcase_add_test(inside, bound_is_passed_on);
    tcase_add_test(inside, first_look_meets_owner);
    tcase_add_test(inside, front_of_queue_stays);
    tcase_add_test(inside, slot_waits_for_operations);
    tcase_add_test(inside, many_share_a_grace_period);
    suite_add_tcase(suite, inside);
    return run_suite(suite);
}
