/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Use records: what one shard keeps for one object, so that a key's schedule is prepared once.
 *
 * A record is matched by (serial of the object, class, variant). Its body is a context that belongs
 * to the layer above; the store only makes room for it in secret memory and calls back to prepare
 * and to release it.
 *
 * R1 Only the shard's own thread finds, links and unlinks records. The hit path takes no lock and
 *    allocates nothing.
 * R2 A record is used only while the shard's in-use mark on its object stands, so a destroyer,
 *    which waits for marks first, never wipes a body in use; nor does the shard's own eviction: it
 *    spares records of marked objects.
 * R3 Linking, unlinking and wiping a record take the shard's records mutex. A destroyer wipes the
 *    body and flags the record dead; the shard's own thread unlinks it later. The recent record
 *    (R5) can do without in two cases. When it is blank its own thread gives it a context, which
 *    nobody else looks for before the mark on the object is gone. And a context that is all in its
 *    body the thread wipes with a key of its own that no other thread has seen, while a mark of
 *    its own stands, for which ks_store_stop waits. Another key's it takes away under the mutex,
 *    for that key's destroyer must not return before the wipe.
 * R4 A shard's records are charged against its budget, but for the recent one; dropping one never
 *    drops a key.
 * R5 A key that is used once costs little more than without records: its context is the shard's
 *    *recent* one, of which there is one, until the next that is not linked is about to be
 *    prepared, if only in vain. It gets its place among the others at the key's second use; while
 *    the budget is used up, at the second within a while. A context that is costly to make is kept
 *    at once while there is room.
 * R6 A use may begin by an *armed* record alone, without a look at the object, if the slot that the
 *    id names holds the record's word and the record has the id: then the slot's object is the one
 *    that the record is of. The table is looked at inside the section in which the slot was found
 *    not empty, so that ks_store_stop waits before it takes the records apart. A record is armed
 *    with the address of an object that an operation has found by its id and marked, and disarmed
 *    where its body is wiped, which for the object's destroyer comes before the object's block is
 *    given back; so before another object is made in that block, and before that is published
 *    (release) and read in its slot (acquire, before the record's word is). The object is shared or
 *    the shard's own: so it was when the record was armed, and whoever hands an unshared one over
 *    is its owner's thread, and disarms. What is granted was found permitted by the key, whose
 *    policy does not change while the object lives. Model: models/armed.pml. */
#ifndef KS_STORE_RECORD_H
#define KS_STORE_RECORD_H

#include "store/object.h"

struct ks_shard;

/* One kind of prepared context. Constant, compared by address. */
struct ks_record_class {
    size_t size;   /* of the body, in bytes; at most 4,000 */
    size_t extra;  /* bytes that the context keeps on the C library's heap, for the budget */
    /* Fills in the body (zeroed memory, aligned to 16 bytes, never moved). Returns 0, or a status
     * of the caller's kind, having released what it took. Runs under the in-use mark, without a
     * lock but that by which a fork finds it over (record_table.h: preparing_mutex). */
    int (*prepare)(void *body, const struct ks_object *object, uint32_t variant);
    size_t stack;  /* bytes of its stack that prepare may leave secrets on; 0: ks_wipe_stack's */
    /* Wipes and frees what the context keeps outside its body, and copies nothing secret: no stack
     * is wiped after it. A zeroed body has nothing there. NULL if the context never has. The store
     * wipes the body itself. May run in any thread, under a records mutex: it must take no lock of
     * the library. */
    void (*release)(void *body);
    /* An operation changes the context: pointers in it, and random values that hide the key (RSA
     * blinding). So in a fork's child one that a vanished thread was using is wiped and not taken
     * apart, and the forking thread's are dropped, lest parent and child use the same values. */
    bool changes;
    /* Nothing is kept outside the body, but prepare has secrets on the heap meanwhile. */
    bool allocates;
    bool costly; /* an operation takes hundreds of times as long as linking a record (R5) */
};

/* A temporary record: what ks_record_get gives where none may be linked. */
struct ks_record;

/* Gives the context of this class and variant for an object that the calling thread has marked,
 * preparing it if this shard has none. *body points to it until the mark is cleared, or the thread
 * asks for another context; the thread may change its contents. *temporary becomes NULL, or, where
 * the caller's program is inside a read-side section of its own, so that no mutex may be waited
 * for, a record that the caller must give to ks_record_drop before it clears the mark. With a
 * temporary of NULL, for callers that can do without a context, *body may become NULL: in such a
 * section, where memory is exhausted, or where the budget is used up and the key not worth a place.
 * Returns 0, KS_RECORD_NO_MEMORY, or what prepare returned. */
#define KS_RECORD_NO_MEMORY (-1)
int ks_record_get(struct ks_shard *shard, struct ks_object *object,
                  const struct ks_record_class *class, uint32_t variant, void **body,
                  struct ks_record **temporary) KS_MUST_CHECK;
void ks_record_drop(struct ks_shard *shard, struct ks_record *temporary);

#endif
