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

/* An array, by number of threads. */
static json_t *spreads_json(const struct spread *spreads, unsigned threads)
{
    json_t *array = json_array();

    for (unsigned t = 0; t < threads; t++) {
        json_array_append_new(array, spread_json(&spreads[t]));
    }
    return array;
}

static json_t *result_json(const struct result *r)
{
    json_t *object =
        json_pack("{s:s, s:b, s:i, s:i, s:o, s:o}", "name", r->name, "ok", r->ok, "slices",
                  (int) r->slices, "disturbed", (int) r->disturbed, "by_id_ns",
                  spreads_json(r->ns[BY_ID], r->threads), "by_id_scaling",
                  spread_json(&r->scaling[BY_ID]));

    if (r->has_raw) {
        json_object_set_new(object, "raw_ns", spreads_json(r->ns[RAW], r->threads));
        json_object_set_new(object, "raw_scaling", spread_json(&r->scaling[RAW]));
        json_object_set_new(object, "ratio", spreads_json(r->ratio, r->threads));
    }
    return object;
}

bool report_json(const struct report *report, const char *path)
{
    const struct machine *m = &report->machine;
    const struct bulk *bulk = &report->bulk;
    json_t *results = json_array();

    for (size_t i = 0; i < report->count; i++) {
        json_array_append_new(results, result_json(&report->results[i]));
    }
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:i, s:f, s:{s:I, s:f, s:f, s:f}, s:o}", "version",
        keyshard_version(), "cpu", m->cpu, "cpus", (int) m->cpus, "kernel", m->kernel, "mbedtls",
        m->mbedtls, "cycles", (int) report->effort.cycles, "slice_s", report->effort.slice, "bulk",
        "keys", (json_int_t) bulk->keys, "import_ns", bulk->import_ns, "free_ns", bulk->free_ns,
        "resident_bytes", bulk->bytes, "results", results);
    bool ok = root != NULL && json_dump_file(root, path, JSON_INDENT(2)) == 0;

    json_decref(root);
    if (!ok) {
        fprintf(stderr, "cannot write %s\n", path);
    }
    return ok;
}
