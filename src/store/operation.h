/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations: the table of them, and how they end with their key.
 *
 * The caller's object holds a name: a handle, which is a place of the table, and the generation in
 * which the place was taken; never a pointer. The operation itself, its context in secret memory
 * and the id that it is bound to, stands in the table. It belongs to no thread: any may make the
 * next call, and it outlives the thread that opened it.
 *
 * What is promised:
 *   O1 One call at a time. A call enters its operation or fails; of two threads in one operation
 *      one gets KS_BAD_STATE, and nothing is changed by it.
 *   O2 A name that is not that of an open operation (zeros, garbage, of an operation that has
 *      ended) enters nothing. A generation is used once for a place.
 *   O3 When ks_operations_revoke returns, every operation that was bound to the id before has
 *      ended: no call is inside, its context is wiped and freed. Nobody enters it any more from
 *      the moment at which revocation has found it; a call under way then is waited for, and
 *      keeps its result.
 *   O4 Handoff, restriction and purging leave operations alone: they are bound to ids, not objects.
 *   O5 An operation that is left open costs its context and 64 bytes until its key ends.
 *
 * States of a place, all of them in one word with its generation, changed by one atomic step each:
 *
 *   FREE     in its stripe's free list; the generation is that of the next operation here
 *     -> BUSY     ks_operation_open, by the thread that opens, under the stripe's mutex
 *   BUSY     a call is inside: its thread alone touches the context
 *     -> IDLE     ks_operation_leave
 *     -> FREE     ks_operation_end (finish, abort, a call that failed), under the mutex
 *     -> BUSY | REVOKED   revocation, under the mutex
 *   IDLE     open, nobody inside
 *     -> BUSY     ks_operation_enter
 *     -> FREE     ks_operation_abort, revocation: under the mutex
 *   BUSY | REVOKED   the call inside is the last
 *     -> REVOKED  ks_operation_leave, ks_operation_leave_failed (from BUSY too)
 *     -> FREE     ks_operation_end
 *   REVOKED  nobody enters any more; whoever revoked it, or an abort, comes and ends it
 *     -> FREE     under the mutex
 *
 * To end an operation (-> FREE) is: release and wipe the context, free it, unlink, then store the
 * next generation. It happens under the stripe's mutex from its first step to its last, so fork,
 * which takes the mutex, never leaves a child a context half taken apart; contexts are set up under
 * the shard's preparing mutex for the same reason. In the child, calls of vanished threads are
 * inside for ever: their operations are ended there. Calls between set-up and end change no
 * pointer within a context, so what such a call was changing can be released.
 *
 * Who may do what: opening and calls need the thread's mark standing (on the key, on the store), so
 * that mbedtls_psa_crypto_free waits for them. Opening, ending and aborting lock, so the caller
 * is in no read-side section. Entering and leaving take one atomic instruction each.
 *
 * Linearization points: a call that runs, and one that finds nothing to enter: the compare-and-swap
 * (or load) of ks_operation_enter. Revocation: the instant at which it sets REVOKED or ends the
 * operation; it lies between the unpublication of the key and the return of the destroyer.
 *
 * Memory orders:
 *   the word, -> IDLE, -> REVOKED  release: what the call did to the context. Partners: the acquire
 *            of ks_operation_enter, in whatever thread the next call is; the acquire of revocation
 *            that finds nobody inside. Without it the next call would see half of an update, or a
 *            wipe be overtaken by one.
 *   the word, -> FREE  release: the wipe. Partner: the acquire load by which ks_operation_enter or
 *            revocation finds the next generation. The context of a new operation is passed on by
 *            -> IDLE, as above.
 *   linked, used_stripes  count a stripe's operations, written under the mutex, read without: whoever opens an
 *            operation does so before it clears its mark (release), and revocation comes after the
 *            destroyer has read the mark (acquire, mark.h K2), so a count of 0 is not too old.
 *   chunks   release when a chunk of places is added, acquire when a handle is looked up.
 *
 * A stripe belongs to shards by their numbers, so threads that open operations at once, even with
 * one key, seldom meet at a mutex; revocation looks through all stripes, each of which finds an id
 * by hash. Model: models/revoke.pml. */
#ifndef KS_STORE_OPERATION_H
#define KS_STORE_OPERATION_H

#include "store/object.h"
#include "store/status.h"

struct ks_shard;
struct ks_operation;

/* One kind of context. Constant. */
struct ks_operation_class {
    unsigned kind; /* of the caller's object: a call of one kind enters no operation of another */
    /* Frees what the context keeps on the C library's heap, wiped; the store wipes the context
     * itself. Any thread, under a stripe's mutex: it takes no lock of the library. A context of
     * zeros is fine. */
    void (*release)(void *context);
};

/* What the caller's object holds. Zeros: no operation. */
struct ks_operation_name {
    uint32_t handle;
    uint32_t generation;
};

/* Opens an operation on an object that the caller has marked, with a context of size zeroed bytes,
 * and enters it. material tells materials of the id apart (ks_operations_revoke_older). The caller
 * fills in the context (what has parts on the heap, under the shard's preparing mutex) and leaves
 * the operation or ends it. KS_NO_MEMORY; KS_BAD_STATE: the caller is in a read-side section. */
enum ks_status ks_operation_open(struct ks_shard *shard, struct ks_object *object,
                                 uint16_t material, const struct ks_operation_class *class,
                                 size_t size, struct ks_operation **opened) KS_MUST_CHECK;

/* The name of an operation that the caller is inside of. */
struct ks_operation_name ks_operation_name(const struct ks_operation *operation);

/* Enters the operation of that name, if it is of that kind and nobody is inside; NULL else. */
struct ks_operation *ks_operation_enter(struct ks_operation_name name, unsigned kind);

/* The context of an operation that the caller is inside of. */
void *ks_operation_context(const struct ks_operation *operation);

/* Leaves the operation open for the next call. */
void ks_operation_leave(struct ks_operation *operation);

/* Leaves it so that nobody enters any more: for a caller that may not lock. Its abort, or the end
 * of its key, ends it. */
void ks_operation_leave_failed(struct ks_operation *operation);

/* Ends an operation that the caller is inside of. Locks. */
void ks_operation_end(struct ks_operation *operation);

/* Ends the operation of that name, revoked or not, if nobody is inside. KS_OK also where it has
 * ended before; KS_BAD_STATE: another call is inside; KS_NOT_FOUND: there has never been such a
 * name. Locks. */
enum ks_status ks_operation_abort(struct ks_operation_name name) KS_MUST_CHECK;

/* Ends the operation of that name if it is open and nobody is inside; else false. Locks. */
bool ks_operation_abort_open(struct ks_operation_name name);

/* Revokes every operation bound to the id (O3). By whoever destroyed the key, after grace period
 * and marks of its objects, so that no more can be bound. Waits; no lock or mark held, in no
 * section. */
void ks_operations_revoke(uint32_t id);

/* Revokes those that were opened with a material older than this one: by whoever replaced it. */
void ks_operations_revoke_older(uint32_t id, uint16_t material);

/* Revokes all: by ks_store_stop, after all marks. */
void ks_operations_revoke_all(void);

/* Operations open now. */
uint64_t ks_operations_open(void);

/* Makes the mutexes; once, before the first attach. material: of a published object, as given to
 * ks_operation_open. */
void ks_operations_setup(uint16_t (*material)(const struct ks_object *object));

/* Fork handlers: the mutexes of all stripes; in the child, once every key is settled, what vanished
 * threads were inside of is ended, and what their destroying or replacing of keys would have ended.
 */
void ks_operations_fork_prepare(void);
void ks_operations_fork_done(void);
void ks_operations_fork_child(void);

#endif
