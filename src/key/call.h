/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Opening a multi-part operation on a key in use, and the calls of one: store/operation.h has the
 * protocol.
 *
 * A call that fails, and one that finishes, ends its operation: the context is wiped and the
 * caller's object is as initialised. A call that could not enter changes nothing: the object may be
 * somebody else's at this moment, or be that of an operation whose key was destroyed. */
#ifndef KS_KEY_CALL_H
#define KS_KEY_CALL_H

#include "key/use.h"
#include "store/operation.h"

/* Where a caller's object holds the name of its operation. Read and written by one atomic access
 * each, for two threads may be in one object; handle last when it is set, first when cleared. */
struct ks_place {
    uint32_t *handle;
    uint32_t *generation;
};

static inline struct ks_operation_name ks_place_name(struct ks_place place)
{
    return (struct ks_operation_name){__atomic_load_n(place.handle, __ATOMIC_RELAXED),
                                      __atomic_load_n(place.generation, __ATOMIC_RELAXED)};
}

/* The number of an object's material, for ks_operations_setup. */
uint16_t ks_call_material(const struct ks_object *object);

/* An operation being opened: between begin and end the key's mark stands. */
struct ks_opening {
    struct ks_operation *operation;
    void *context; /* zeros, aligned to 16 bytes; the caller's to fill in */
};

/* Whether an object may be set up: it holds no name. If it holds that of an open operation, that
 * one is ended, as Mbed TLS does it. PSA_ERROR_BAD_STATE. */
psa_status_t ks_open_check(struct ks_place place) KS_MUST_CHECK;

/* Begins to open an operation on the key in use. PSA_ERROR_INSUFFICIENT_MEMORY, PSA_ERROR_BAD_STATE
 * (the thread is in a read-side section of its program). */
psa_status_t ks_open_begin(struct ks_opening *opening, struct ks_use *use,
                           const struct ks_operation_class *class, size_t size) KS_MUST_CHECK;

/* Around setting up what has parts on the heap: fork waits for it (store/record_table.h). */
void ks_open_lock(const struct ks_use *use);
void ks_open_unlock(const struct ks_use *use);

/* Opens it, its name in the object, or ends it if the status is an error; gives the status. */
psa_status_t ks_open_end(struct ks_opening *opening, struct ks_place place,
                         psa_status_t status) KS_MUST_CHECK;

struct ks_call {
    struct ks_shard *shard;
    struct ks_operation *operation;
    struct ks_place place;
    void *context;
};

/* Enters the object's operation. ends: the call will end it whatever comes of it, so it must not be
 * made in a read-side section. On PSA_SUCCESS a mark stands until ks_call_leave.
 * PSA_ERROR_BAD_STATE: there is no operation, another thread is inside, its key is gone, or the
 * library is not initialised. */
psa_status_t ks_call_enter(struct ks_call *call, struct ks_place place, unsigned kind,
                           bool ends) KS_MUST_CHECK;

/* Leaves it; ends it if it ends or the status is an error. */
void ks_call_leave(struct ks_call *call, psa_status_t status, bool ends);

/* Ends whatever operation the object has; it is as initialised then. PSA_SUCCESS, also if there is
 * none. PSA_ERROR_BAD_STATE: another thread is inside, or the caller in a read-side section (in
 * both cases nothing is changed), or the object never was one. */
psa_status_t ks_call_abort(struct ks_place place) KS_MUST_CHECK;

#endif
