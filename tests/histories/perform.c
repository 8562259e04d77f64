/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "perform.h"

#include <mbedtls/md.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static const size_t message_lengths[MESSAGES] = {32, 2000, 16000};
static uint8_t text[16000];
static uint8_t macs[VERSIONS][MESSAGES][REF_MAC];

static const struct {
    uint8_t bit;
    psa_key_usage_t flag;
} usages[] = {{MAY_USE, PSA_KEY_USAGE_SIGN_MESSAGE},
              {MAY_COPY, PSA_KEY_USAGE_COPY},
              {MAY_EXPORT, PSA_KEY_USAGE_EXPORT}};

static psa_key_usage_t flags_of(uint8_t bits)
{
    psa_key_usage_t flags = 0;

    for (unsigned i = 0; i < 3; i++) {
        flags |= (bits & usages[i].bit) != 0 ? usages[i].flag : 0;
    }
    return flags;
}

static uint8_t bits_of(psa_key_usage_t flags)
{
    uint8_t bits = 0;

    for (unsigned i = 0; i < 3; i++) {
        bits |= (flags & usages[i].flag) != 0 ? usages[i].bit : 0;
    }
    return bits;
}

uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t); /* without a system call, and the same on all processors */
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

uint32_t pick(struct worker *worker, uint32_t n)
{
    uint64_t z = worker->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t) ((z ^ (z >> 31)) >> 16) % n;
}

void material_of(uint16_t version, uint8_t material[REF_MATERIAL_MAX])
{
    for (unsigned i = 0; i < REF_MATERIAL_MAX; i++) {
        material[i] = (uint8_t) (version * 89 + i * 7 + 1);
    }
}

void macs_prepare(void)
{
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t) (i * 31);
    }
    for (uint16_t v = 0; v < VERSIONS; v++) {
        uint8_t material[REF_MATERIAL_MAX];

        material_of(v, material);
        for (unsigned m = 0; m < MESSAGES; m++) {
            mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), material,
                            version_length(v), text, message_lengths[m], macs[v][m]);
        }
    }
}

uint16_t version_of(unsigned message, const uint8_t mac[REF_MAC])
{
    for (uint16_t v = 0; v < VERSIONS; v++) {
        if (memcmp(macs[v][message], mac, REF_MAC) == 0) {
            return v;
        }
    }
    return NO_VERSION;
}

/* --- which key, and when --- */

/* Mostly one that all use; in the second mixture often one's own, that others are just meeting. */
static psa_key_id_t some_key(struct worker *worker)
{
    if (worker->own != 0 && pick(worker, worker->stage->mixture == 0 ? 8 : 2) == 0) {
        return worker->own;
    }
    return atomic_load(&worker->stage->cells[pick(worker, 4) == 0]); /* mostly the first */
}

static void made_key(struct worker *worker, psa_key_id_t key)
{
    worker->own = key;
    if (worker->stage->mixture == 1 || pick(worker, 2) == 0) {
        atomic_store(&worker->stage->cells[pick(worker, 4) == 0], key);
    }
}

/* Opens and closes the interval of a call. On few processors threads take turns; giving the
 * processor away there, now and then, has them meet in a call more often. */
static void begin(struct worker *worker, struct call *call)
{
    call->event.thread = worker->number;
    call->event.begin = now_ns();
    if (pick(worker, 3) == 0) {
        sched_yield();
    }
}

static void end(struct worker *worker, struct call *call, psa_status_t status)
{
    if (pick(worker, 6) == 0) {
        sched_yield();
    }
    call->event.end = now_ns();
    call->event.status = status;
}

/* --- the calls --- */

static void perform_create(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;
    uint16_t version = atomic_fetch_add(&stage->version, 1) % VERSIONS;
    uint8_t material[REF_MATERIAL_MAX];

    call->event.op = OP_CREATE;
    call->event.version = version;
    material_of(version, material);
    begin(worker, call);
    psa_status_t status = stage->class->create(stage->store, material, version_length(version),
                                               flags_of(MAY_ALL), &call->event.made);

    end(worker, call, status);
    if (status == PSA_SUCCESS) {
        made_key(worker, call->event.made);
    }
}

static void use(struct worker *worker, struct call *call, psa_key_id_t key)
{
    struct stage *stage = worker->stage;

    call->event.op = OP_USE;
    call->event.key = key;
    call->message = pick(worker, 8) == 0 ? 2 : pick(worker, 2);
    begin(worker, call);
    end(worker, call,
        stage->class->use(stage->store, key, text, message_lengths[call->message], call->mac));
}

static void perform_use(struct worker *worker, struct call *call)
{
    use(worker, call, some_key(worker));
}

static void perform_attributes(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;
    struct ref_attributes attributes = {0, 0};

    call->event.op = OP_ATTRIBUTES;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, stage->class->attributes(stage->store, call->event.key, &attributes));
    call->event.usage = bits_of(attributes.usage);
    call->event.length = (uint16_t) attributes.length;
}

static void perform_replace(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;
    uint16_t version = atomic_fetch_add(&stage->version, 1) % VERSIONS;
    uint8_t material[REF_MATERIAL_MAX];

    call->event.op = OP_REPLACE;
    call->event.key = some_key(worker);
    call->event.version = version;
    material_of(version, material);
    begin(worker, call);
    end(worker, call,
        stage->class->replace(stage->store, call->event.key, material, version_length(version)));
}

static void perform_restrict(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;
    static const uint8_t kept[] = {MAY_ALL, MAY_ALL, MAY_USE | MAY_EXPORT, MAY_USE | MAY_COPY,
                                   MAY_COPY | MAY_EXPORT};

    call->event.op = OP_RESTRICT;
    call->event.key = some_key(worker);
    call->event.usage = kept[pick(worker, 5)];
    begin(worker, call);
    end(worker, call,
        stage->class->restrict_to(stage->store, call->event.key, flags_of(call->event.usage)));
}

static void perform_copy(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;

    call->event.op = OP_COPY;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, stage->class->copy(stage->store, call->event.key, &call->event.made));
    if (call->event.status == PSA_SUCCESS) {
        made_key(worker, call->event.made);
    }
}

static void perform_destroy(struct worker *worker, struct call *call)
{
    struct stage *stage = worker->stage;

    call->event.op = OP_DESTROY;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, stage->class->destroy(stage->store, call->event.key));
}

static void perform_export(struct worker *worker, struct call *call)
{
    uint8_t material[REF_MATERIAL_MAX];
    uint8_t expected[REF_MATERIAL_MAX];
    size_t length = 0;

    call->event.op = OP_EXPORT;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, psa_export_key(call->event.key, material, sizeof material, &length));
    call->event.version = NO_VERSION;
    for (uint16_t v = 0; v < VERSIONS; v++) {
        material_of(v, expected);
        if (length == version_length(v) && memcmp(material, expected, length) == 0) {
            call->event.version = v;
        }
    }
}

static void perform_purge(struct worker *worker, struct call *call)
{
    call->event.op = OP_PURGE;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, psa_purge_key(call->event.key));
}

static uint8_t thread_of(const struct stage *stage, keyshard_shard_t shard)
{
    uint8_t n = 0;

    while (n < stage->threads && stage->shards[n] != shard) {
        n++;
    }
    return n;
}

static void perform_owner(struct worker *worker, struct call *call)
{
    keyshard_shard_t owner = 0;

    call->event.op = OP_OWNER;
    call->event.key = some_key(worker);
    begin(worker, call);
    end(worker, call, keyshard_owner(call->event.key, &owner));
    call->event.owner = thread_of(worker->stage, owner);
}

static void perform_handoff(struct worker *worker, struct call *call)
{
    call->event.op = OP_HANDOFF;
    call->event.key = some_key(worker);
    call->event.owner = (uint8_t) pick(worker, worker->stage->threads);
    begin(worker, call);
    end(worker, call,
        keyshard_handoff(call->event.key, worker->stage->shards[call->event.owner]));
}

/* The keys of all cells, without one that stands there twice. */
static void all_cells(struct worker *worker, struct call *call)
{
    for (unsigned i = 0; i < CELLS; i++) {
        psa_key_id_t key = atomic_load(&worker->stage->cells[i]);

        if (call->count == 0 || call->many[0] != key) {
            call->many[call->count++] = key;
        }
    }
}

static void perform_handoff_many(struct worker *worker, struct call *call)
{
    call->event.op = OP_HANDOFF_PART;
    call->event.owner = (uint8_t) pick(worker, worker->stage->threads);
    all_cells(worker, call);
    begin(worker, call);
    end(worker, call,
        keyshard_handoff_many(call->many, call->count,
                              worker->stage->shards[call->event.owner]));
}

static void perform_destroy_many(struct worker *worker, struct call *call)
{
    call->event.op = OP_DESTROY_PART;
    all_cells(worker, call);
    begin(worker, call);
    end(worker, call, keyshard_destroy_keys(call->many, call->count));
}

static int visit(const psa_key_attributes_t *attributes, void *context)
{
    struct call *call = context;

    if (call->count < VISITS_MAX) {
        call->visited[call->count++] = psa_get_key_id(attributes);
    }
    return 0;
}

static void perform_walk(struct worker *worker, struct call *call)
{
    call->event.op = OP_VISIT;
    begin(worker, call);
    end(worker, call, keyshard_for_each_key(visit, call));
}

const struct op ops[] = {
    {"create", {6, 20}, false, perform_create},
    {"use", {24, 12}, false, perform_use},
    {"attributes", {10, 12}, false, perform_attributes},
    {"replace", {8, 14}, false, perform_replace},
    {"restrict", {3, 6}, false, perform_restrict},
    {"copy", {5, 0}, false, perform_copy},
    {"destroy", {6, 10}, false, perform_destroy},
    {"export", {5, 0}, true, perform_export},
    {"purge", {2, 2}, true, perform_purge},
    {"owner", {5, 4}, true, perform_owner},
    {"handoff", {6, 14}, true, perform_handoff},
    {"handoff_many", {2, 3}, true, perform_handoff_many},
    {"destroy_keys", {1, 2}, true, perform_destroy_many},
    {"for_each_key", {2, 0}, true, perform_walk},
};
const unsigned op_kinds = sizeof ops / sizeof *ops;

static unsigned weight_of(const struct worker *worker, const struct op *op)
{
    bool has = !op->keyshard_only || worker->stage->class == &ref_keyshard;

    return has ? op->weight[worker->stage->mixture] : 0;
}

static struct call *next_call(struct worker *worker)
{
    struct call *call = &worker->call[worker->count++];

    memset(call, 0, sizeof *call);
    return call;
}

void worker_step(struct worker *worker)
{
    unsigned total = 0;

    for (unsigned i = 0; i < op_kinds; i++) {
        total += weight_of(worker, &ops[i]);
    }
    unsigned at = pick(worker, total);

    for (unsigned i = 0; i < op_kinds; i++) {
        unsigned weight = weight_of(worker, &ops[i]);

        if (at < weight) {
            ops[i].perform(worker, next_call(worker));
            return;
        }
        at -= weight;
    }
}

void worker_create(struct worker *worker, unsigned cell)
{
    struct call *call = next_call(worker);

    perform_create(worker, call);
    atomic_store(&worker->stage->cells[cell], call->event.made);
}

void worker_use(struct worker *worker, psa_key_id_t key)
{
    use(worker, next_call(worker), key);
}

/* --- events --- */

static bool add(struct history *history, const struct event *event)
{
    if (history->count == EVENTS_MAX) {
        return false;
    }
    history->event[history->count++] = *event;
    return true;
}

/* A part for each key of a call on many. */
static bool add_parts(const struct call *call, struct history *history)
{
    static uint8_t group;
    bool room = true;

    group = (uint8_t) (group % 60 + 1);
    for (unsigned i = 0; room && i < call->count; i++) {
        struct event event = call->event;

        event.key = call->many[i];
        event.group = group;
        event.group_size = (uint8_t) call->count;
        room = add(history, &event);
    }
    return room;
}

/* For each key of the round, whether the walk met it; twice is never right, so that is told as a
 * visit of a key that nobody made. */
static bool add_visits(const struct call *call, struct history *history, const psa_key_id_t *ids,
                       size_t count)
{
    bool room = call->count < VISITS_MAX;

    for (size_t i = 0; room && i < count; i++) {
        struct event event = call->event;
        unsigned times = 0;

        for (unsigned v = 0; v < call->count; v++) {
            times += call->visited[v] == ids[i];
        }
        event.key = times < 2 ? ids[i] : UINT32_MAX;
        event.visited = times != 0;
        room = add(history, &event);
    }
    return room;
}

static bool known_status(psa_status_t status)
{
    return status == PSA_SUCCESS || status == PSA_ERROR_INVALID_HANDLE ||
           status == PSA_ERROR_NOT_PERMITTED;
}

bool worker_add(const struct worker *worker, struct history *history, const psa_key_id_t *ids,
                size_t count)
{
    bool room = true;

    for (size_t i = 0; room && i < worker->count; i++) {
        const struct call *call = &worker->call[i];
        struct event event = call->event;

        if (!known_status(event.status)) {
            atomic_fetch_add(&worker->stage->other, 1);
        } else if (event.op == OP_VISIT) {
            room = add_visits(call, history, ids, count);
        } else if (call->count > 0) {
            room = add_parts(call, history);
        } else {
            if (event.op == OP_USE) {
                event.version = version_of(call->message, call->mac);
            }
            room = add(history, &event);
        }
    }
    return room;
}
