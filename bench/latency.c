/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* How long single look-ups take while another thread writes: one reader, one writer at a given
 * rate, each on a CPU of its own. Windows with writes take turns with windows without, so that what
 * the machine does to both can be told from what the writes do. */

#include "bench.h"

#include "../tests/reference/store.h"

#include <stdlib.h>
#include <string.h>

#define READ_KEYS 1024u /* a power of two */
#define ROUNDS 10u
#define CHECK_EVERY 1024u /* lookups between looks at the clock */
#define SPARE 200000u     /* slots beyond the keys, so that ids come back late */

const char *const writes_text[] = { "none", "unshared, made and destroyed", "shared, destroyed" };
const double latency_parts[LATENCY_PARTS] = { 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };

struct scene {
    const struct ref_class *class;
    void *store;
    psa_key_id_t keys[READ_KEYS];
    enum writes writes;
    double rate;           /* writes a second */
    double seconds;        /* of a window */
    psa_key_id_t *victims; /* keys that both threads have looked at, to be destroyed */
    size_t victim_count;
    size_t written;
    double ns_a_tick;
    struct histogram *histogram; /* in ticks */
    bool reader_ok;
    bool writer_ok;
};

#if defined(__x86_64__)
/* Behind all that comes before it. */
static inline uint64_t ticks(void)
{
    __builtin_ia32_lfence();
    return __builtin_ia32_rdtsc();
}
#else
static inline uint64_t ticks(void)
{
    return (uint64_t) now_ns();
}
#endif

/* What two readings of the clock take by themselves: not counted. */
static uint64_t clock_cost(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < 10000; i++) {
        uint64_t before = ticks();
        uint64_t cost = ticks() - before;

        least = cost < least ? cost : least;
    }
    return least;
}

static void read_window(struct scene *scene)
{
    uint64_t cost = clock_cost();
    uint64_t first = ticks();
    double start = now_ns();
    double end = start + scene->seconds * 1e9;
    uint32_t x = 1;

    do {
        for (unsigned i = 0; i < CHECK_EVERY; i++) {
            struct ref_attributes attributes;
            psa_key_id_t key = scene->keys[x % READ_KEYS];
            uint64_t before = ticks();

            scene->reader_ok &=
                scene->class->attributes(scene->store, key, &attributes) == PSA_SUCCESS;
            uint64_t took = ticks() - before;

            histogram_add(scene->histogram, took > cost ? took - cost : 0);
            x = x * 1664525u + 1013904223u;
            x ^= x >> 16;
        }
    } while (now_ns() < end);
    scene->ns_a_tick = (now_ns() - start) / (double) (ticks() - first);
}

static bool create(struct scene *scene, psa_key_id_t *id)
{
    static const uint8_t material[KEY_MAX_LENGTH] = "a key that is soon gone";

    return scene->class->create(scene->store, material, sizeof material,
                                PSA_KEY_USAGE_SIGN_MESSAGE, id) == PSA_SUCCESS;
}

static bool write_one(struct scene *scene)
{
    psa_key_id_t id = PSA_KEY_ID_NULL;

    if (scene->writes == SHARED_DESTROY) {
        return scene->class->destroy(scene->store, scene->victims[scene->written]) == PSA_SUCCESS;
    }
    return create(scene, &id) && scene->class->destroy(scene->store, id) == PSA_SUCCESS;
}

/* Spins till each write is due; what is late is done at once. */
static void write_window(struct scene *scene)
{
    double start = now_ns();
    double period = 1e9 / scene->rate;
    double end = start + scene->seconds * 1e9;

    for (scene->written = 0; scene->written < scene->victim_count && scene->writer_ok;
         scene->written++) {
        double due = start + period * (double) scene->written;

        while (now_ns() < due) {
        }
        if (due > end || now_ns() > end) {
            break;
        }
        scene->writer_ok = write_one(scene);
    }
}

static void work(void *p, unsigned thread)
{
    if (thread == 0) {
        read_window(p);
    } else {
        write_window(p);
    }
}

static void make_read_keys(void *p, unsigned thread)
{
    struct scene *scene = p;

    for (size_t i = 0; thread == 0 && i < READ_KEYS; i++) {
        scene->reader_ok = create(scene, &scene->keys[i]) && scene->reader_ok;
    }
}

/* The writer's keys: each is its own. */
static void make_victims(void *p, unsigned thread)
{
    struct scene *scene = p;

    for (size_t i = 0; thread == 1 && i < scene->victim_count; i++) {
        scene->writer_ok = create(scene, &scene->victims[i]) && scene->writer_ok;
    }
}

static void look_at_victims(void *p, unsigned thread)
{
    struct scene *scene = p;
    struct ref_attributes attributes;

    for (size_t i = 0; thread == 0 && i < scene->victim_count; i++) {
        scene->reader_ok &= scene->class->attributes(scene->store, scene->victims[i],
                                                     &attributes) == PSA_SUCCESS;
    }
}

static void destroy_rest(void *p, unsigned thread)
{
    struct scene *scene = p;

    for (size_t i = scene->written; thread == 1 && i < scene->victim_count; i++) {
        scene->class->destroy(scene->store, scene->victims[i]);
    }
}

static void quantiles(const struct scene *scene, double ns[LATENCY_PARTS])
{
    for (unsigned i = 0; i < LATENCY_PARTS; i++) {
        ns[i] = histogram_quantile(scene->histogram, latency_parts[i]) * scene->ns_a_tick;
    }
}

/* One round: a window without writes, one with. */
static void round_of(struct scene *scene, struct histogram *quiet, struct histogram *busy,
                     struct latency *latency)
{
    scene->histogram = quiet;
    crew_run(1, work, scene);
    if (scene->writes == SHARED_DESTROY) {
        crew_run(2, make_victims, scene);
        crew_run(1, look_at_victims, scene);
    }
    scene->histogram = busy;
    crew_run(2, work, scene);
    latency->reached += (double) scene->written / (scene->seconds * ROUNDS);
    if (scene->writes == SHARED_DESTROY) {
        crew_run(2, destroy_rest, scene);
    }
}

static void run_scene(struct scene *scene, struct latency *latency)
{
    struct histogram *both = calloc(2, sizeof *both);

    scene->victims = calloc(scene->victim_count, sizeof *scene->victims);
    scene->reader_ok = scene->writer_ok = both != NULL && scene->victims != NULL;
    crew_run(1, make_read_keys, scene);
    for (unsigned i = 0; i < ROUNDS && scene->reader_ok && scene->writer_ok; i++) {
        round_of(scene, &both[0], &both[1], latency);
    }
    if (both != NULL && scene->reader_ok && scene->writer_ok) {
        latency->lookups = both[1].total;
        latency->lookup_rate = (double) both[1].total / (scene->seconds * ROUNDS);
        scene->histogram = &both[0];
        quantiles(scene, latency->quiet);
        scene->histogram = &both[1];
        quantiles(scene, latency->ns);
        latency->ok = true;
    }
    free(scene->victims);
    free(both);
}

static struct latency measure(const char *name, const struct ref_class *class, enum writes writes,
                              double rate, double seconds)
{
    struct scene scene = { .class = class, .writes = writes, .rate = rate, .seconds = seconds };
    struct latency latency = { .store = name, .writes = writes, .wanted = rate };

    scene.victim_count = (size_t) (rate * seconds) + 1;
    scene.store = class->open(READ_KEYS + scene.victim_count + SPARE);
    if (scene.store != NULL) {
        run_scene(&scene, &latency);
        class->close(scene.store);
    }
    return latency;
}

size_t latency_all(double seconds, const char *only, struct latency *latencies)
{
    static const struct { unsigned side; const struct ref_class *class; } stores[] = {
        { KEYSHARD, &ref_keyshard }, { RAW, &bare_rcu }, { SLOT_STATES, &ref_slot_states },
        { GLOBAL_LOCK, &ref_global_lock },
    };
    static const struct { enum writes writes; double rate; } plans[] = {
        { UNSHARED_CHURN, 1000 }, { UNSHARED_CHURN, 5000 }, { UNSHARED_CHURN, 20000 },
        { UNSHARED_CHURN, 50000 }, { SHARED_DESTROY, 1000 }, { SHARED_DESTROY, 5000 },
        { SHARED_DESTROY, 20000 },
    };
    size_t count = 0;

    if ((only != NULL && strstr("latency", only) == NULL) || crew_cpus() < 2) {
        return 0;
    }
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        fprintf(stderr, "latency of look-ups while keys are written: %.0f a second, %s\n",
                plans[i].rate, writes_text[plans[i].writes]);
        for (size_t j = 0; j < sizeof stores / sizeof *stores; j++) {
            /* It has no notion of a key that only one thread has seen. */
            if (stores[j].side != RAW || plans[i].writes == SHARED_DESTROY) {
                latencies[count++] = measure(side_names[stores[j].side], stores[j].class,
                                             plans[i].writes, plans[i].rate, seconds);
            }
        }
    }
    return count;
}
