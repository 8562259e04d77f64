/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <keyshard/keyshard.h>
#include <string.h>

#define TEXT 40 /* room for one figure, or one with its quartiles */
#define NAME_WIDTH 36

/* With as many digits as tell anything. */
static const char *time_text(double ns, char text[TEXT])
{
    if (ns < 99.95) {
        snprintf(text, TEXT, "%.1f ns", ns);
    } else if (ns < 9999.5) {
        snprintf(text, TEXT, "%.0f ns", ns);
    } else {
        snprintf(text, TEXT, "%.1f us", ns / 1e3);
    }
    return text;
}

static const char *ratio_text(const struct spread *ratio, char text[TEXT])
{
    snprintf(text, TEXT, "%.3f (%.3f-%.3f)", ratio->median, ratio->low, ratio->high);
    return text;
}

static void print_head(const struct report *report)
{
    const struct machine *m = &report->machine;

    printf("keyshard %s, benchmark\n\n", keyshard_version());
    printf("  machine    %s, %u CPUs for this process, Linux %s\n", m->cpu, m->cpus, m->kernel);
    printf("  libraries  %s; %s (Mbed TLS %s); %s; %s\n", m->libraries[0], m->libraries[1],
           m->mbedtls, m->libraries[2], m->openssl);
    printf("  method     slices of %.1f ms in turn, at most %u cycles and %.1f s a work\n\n",
           report->effort.slice * 1e3, report->effort.cycles, report->effort.limit);
    printf("  Times are what an operation takes its thread: the median slice. x raw is the median\n"
           "  of the ratios of neighbouring slices, in brackets the quartiles. The floor is raw\n"
           "  with a bare look-up before it and its stack wiped after it. A - was not or cannot\n"
           "  be done.\n");
}

static void print_side(const struct result *r, unsigned side, unsigned level)
{
    char text[TEXT];

    printf("%14s", r->ok && r->done[side] ? time_text(r->ns[side][level].median, text) : "-");
}

static void print_ratio(const struct result *r, unsigned side)
{
    char text[TEXT];

    printf("  %-20s", r->ok && r->done[side] ? ratio_text(&r->ratio[side][0], text) : "-");
}

static void print_group(const struct report *report, const char *group)
{
    printf("\n%-*s%14s%14s  %-20s  %-20s%14s%14s%14s%14s\n", NAME_WIDTH, group,
           side_names[KEYSHARD], side_names[RAW], "x raw", "x floor", side_names[GLOBAL_LOCK],
           side_names[SLOT_STATES], side_names[MBED_PSA], side_names[OPENSSL]);
    for (size_t i = 0; i < report->result_count; i++) {
        const struct result *r = &report->results[i];

        if (strcmp(r->work->group, group) == 0) {
            printf("%-*s", NAME_WIDTH, r->work->name);
            print_side(r, KEYSHARD, 0);
            print_side(r, RAW, 0);
            print_ratio(r, RAW);
            print_ratio(r, FLOOR);
            for (unsigned side = GLOBAL_LOCK; side < SIDES; side++) {
                print_side(r, side, 0);
            }
            putchar('\n');
        }
    }
}

/* Throughput of 2, 4 and 8 threads in multiples of one thread's. */
static void print_scaling(const struct report *report)
{
    printf("\n%-*s", NAME_WIDTH, "scaling to 2/4/8 threads");
    for (unsigned side = 0; side < SIDES; side++) {
        if (side != FLOOR) {
            printf("%17s", side_names[side]);
        }
    }
    putchar('\n');
    for (size_t i = 0; i < report->result_count; i++) {
        const struct result *r = &report->results[i];

        if (r->levels < 2 || !r->ok) {
            continue;
        }
        printf("%-*s", NAME_WIDTH, r->work->name);
        for (unsigned side = 0; side < SIDES; side++) {
            char text[TEXT] = "-";
            int used = 0;

            if (side == FLOOR) {
                continue;
            }
            for (unsigned level = 1; r->done[side] && level < r->levels; level++) {
                used += snprintf(text + used, TEXT - (size_t) used, level == 1 ? "%.2f" : " %.2f",
                                 r->scaling[side][level].median);
            }
            printf("%17s", text);
        }
        putchar('\n');
    }
}

static void print_latencies(const struct report *report)
{
    char text[TEXT];

    printf("\n%-14s%-30s%9s%9s   %s\n", "look-ups", "keys written", "wanted/s", "done/s",
           "50 %, 90 %, 99 %, 99.9 %, 99.99 %, longest; 99.99 % without writes; look-ups/s");
    for (size_t i = 0; i < report->latency_count; i++) {
        const struct latency *l = &report->latencies[i];

        printf("%-14s%-30s%9.0f%9.0f  ", l->store, writes_text[l->writes], l->wanted, l->reached);
        for (unsigned part = 0; l->ok && part < LATENCY_PARTS; part++) {
            printf(" %9s", time_text(l->ns[part], text));
        }
        printf("; %s", l->ok ? time_text(l->quiet[4], text) : "FAILED");
        printf("; %.1f M\n", l->lookup_rate / 1e6);
    }
}

static void print_bulks(const struct report *report)
{
    printf("\n%-14s%10s%16s%12s%12s%12s%12s%12s\n", "32-byte keys", "number", "resident bytes",
           "import ns", "destroy ns", "free ns", "handoff ns", "64 at once");
    for (size_t i = 0; i < report->bulk_count; i++) {
        const struct bulk *b = &report->bulks[i];

        printf("%-14s%10zu", b->store, b->keys);
        if (b->ok) {
            printf("%16.1f%12.1f%12.1f%12.1f%12.1f%12.1f\n", b->bytes, b->import_ns, b->destroy_ns,
                   b->free_ns, b->handoff_ns, b->handoff_many_ns);
        } else {
            printf("%16s\n", "-");
        }
    }
}

/* What makes the figures doubtful, or void. */
static void print_doubts(const struct report *report)
{
    unsigned slices = 0;
    unsigned disturbed = 0;

    for (size_t i = 0; i < report->result_count; i++) {
        const struct result *r = &report->results[i];

        slices += r->slices;
        disturbed += r->disturbed;
        if (!r->ok) {
            printf("\nFAILED: %s\n", r->work->name);
        }
    }
    if (disturbed > 0) {
        printf("\nIn %u of %u slices a thread had to share its CPU with something else.\n",
               disturbed, slices);
    }
    unsigned cpus = report->machine.cpus;

    if (cpus < level_threads[report->effort.levels - 1]) {
        printf("With more threads than CPUs, threads take turns: scaling is at most %u.\n", cpus);
    }
}

void report_print(const struct report *report)
{
    print_head(report);
    if (report->result_count > 0) {
        print_group(report, "lookups");
        print_group(report, "operations");
        print_group(report, "signatures");
        print_group(report, "changes");
        print_group(report, "sizes");
        print_scaling(report);
    }
    if (report->latency_count > 0) {
        print_latencies(report);
    }
    if (report->bulk_count > 0) {
        print_bulks(report);
    }
    print_doubts(report);
}
