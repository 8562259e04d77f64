/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <jansson.h>
#include <keyshard/keyshard.h>

static json_t *spread_json(const struct spread *spread)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "least", spread->least, "low", spread->low, "median",
                     spread->median, "high", spread->high);
}

/* One side of a work; arrays go by the levels of threads. */
static json_t *side_json(const struct result *r, unsigned side)
{
    json_t *ns = json_array();
    json_t *ratio = json_array();
    json_t *scaling = json_array();

    for (unsigned level = 0; level < r->levels; level++) {
        json_array_append_new(ns, spread_json(&r->ns[side][level]));
        json_array_append_new(ratio, spread_json(&r->ratio[side][level]));
        json_array_append_new(scaling, spread_json(&r->scaling[side][level]));
    }
    return json_pack("{s:o, s:o, s:o}", "ns", ns, "ratio", ratio, "scaling", scaling);
}

static json_t *result_json(const struct result *r)
{
    json_t *sides = json_object();

    for (unsigned side = 0; side < SIDES; side++) {
        if (r->ok && r->done[side]) {
            json_object_set_new(sides, side_names[side], side_json(r, side));
        }
    }
    return json_pack("{s:s, s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "name", r->work->name,
                     "group", r->work->group, "ok", r->ok, "keys", (int) r->work->keys, "message",
                     (int) r->work->message, "levels", (int) r->levels, "cycles", (int) r->cycles,
                     "slices", (int) r->slices, "disturbed", (int) r->disturbed, "sides", sides);
}

static json_t *latency_json(const struct latency *l)
{
    static const char *const kinds[] = { "none", "unshared", "shared" };
    json_t *parts = json_array();
    json_t *ns = json_array();
    json_t *quiet = json_array();

    for (unsigned i = 0; i < LATENCY_PARTS; i++) {
        json_array_append_new(parts, json_real(latency_parts[i]));
        json_array_append_new(ns, json_real(l->ns[i]));
        json_array_append_new(quiet, json_real(l->quiet[i]));
    }
    return json_pack("{s:s, s:s, s:f, s:f, s:I, s:f, s:b, s:o, s:o, s:o}", "store", l->store,
                     "writes", kinds[l->writes], "wanted", l->wanted, "reached", l->reached,
                     "lookups", (json_int_t) l->lookups, "lookup_rate", l->lookup_rate,
                     "ok", l->ok, "parts", parts, "ns", ns, "quiet_ns", quiet);
}

static json_t *bulk_json(const struct bulk *b)
{
    return json_pack("{s:s, s:I, s:b, s:f, s:f, s:f, s:f, s:f, s:f}", "store", b->store, "keys",
                     (json_int_t) b->keys, "ok", b->ok, "resident_bytes", b->bytes, "import_ns",
                     b->import_ns, "destroy_ns", b->destroy_ns, "free_ns", b->free_ns, "handoff_ns",
                     b->handoff_ns, "handoff_many_ns", b->handoff_many_ns);
}

static json_t *machine_json(const struct machine *m)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "cpu", m->cpu, "cpus", (int) m->cpus,
                     "kernel", m->kernel, "mbedtls", m->mbedtls, "openssl", m->openssl, "keyshard",
                     m->libraries[0], "liburcu", m->libraries[2]);
}

bool report_json(const struct report *report, const char *path)
{
    json_t *results = json_array();
    json_t *latencies = json_array();
    json_t *bulks = json_array();

    for (size_t i = 0; i < report->result_count; i++) {
        json_array_append_new(results, result_json(&report->results[i]));
    }
    for (size_t i = 0; i < report->latency_count; i++) {
        json_array_append_new(latencies, latency_json(&report->latencies[i]));
    }
    for (size_t i = 0; i < report->bulk_count; i++) {
        json_array_append_new(bulks, bulk_json(&report->bulks[i]));
    }
    json_t *root = json_pack("{s:s, s:o, s:f, s:[i,i,i,i], s:o, s:o, s:o}", "version",
                             keyshard_version(), "machine", machine_json(&report->machine),
                             "slice_s", report->effort.slice, "threads", level_threads[0],
                             level_threads[1], level_threads[2], level_threads[3], "results",
                             results, "latencies", latencies, "bulks", bulks);
    bool ok = root != NULL && json_dump_file(root, path, JSON_INDENT(1)) == 0;

    json_decref(root);
    if (!ok) {
        fprintf(stderr, "cannot write %s\n", path);
    }
    return ok;
}
