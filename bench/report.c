/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <keyshard/keyshard.h>

#define TEXT 32 /* room for one figure, or one with its quartiles */

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

static const char *ratio_text(const struct spread *ratio, int digits, char text[TEXT])
{
    snprintf(text, TEXT, "%.*f (%.*f-%.*f)", digits, ratio->median, digits, ratio->low, digits,
             ratio->high);
    return text;
}

static void print_head(const struct report *report)
{
    const struct machine *m = &report->machine;

    printf("keyshard %s, benchmark\n\n", keyshard_version());
    printf("  machine    %s, %u CPUs for this process, Linux %s\n", m->cpu, m->cpus, m->kernel);
    printf("  libraries  %s; %s (Mbed TLS %s); %s\n", m->libraries[0], m->libraries[1], m->mbedtls,
           m->libraries[2]);
    printf("  method     slices of %.0f ms in turn, %u cycles, threads pinned, CLOCK_MONOTONIC\n\n",
           report->effort.slice * 1e3, report->effort.cycles);
    printf("  Times are what an operation takes its thread: the median slice. x raw is the\n"
           "  median of the ratios of neighbouring slices. Scaling is the throughput of two\n"
           "  threads divided by that of one. In brackets: quartiles.\n");
}

/* What both tables begin with. */
static void print_times(const struct result *r, unsigned t)
{
    char by_id[TEXT];
    char raw[TEXT];
    char ratio[TEXT];

    printf("%-30s%10s", r->name, time_text(r->ns[BY_ID][t].median, by_id));
    if (r->has_raw) {
        printf("%10s   %-22s", time_text(r->ns[RAW][t].median, raw),
               ratio_text(&r->ratio[t], 3, ratio));
    } else {
        printf("%10s   %-22s", "", "");
    }
}

static void print_one_thread(const struct report *report)
{
    char text[TEXT];

    printf("\n%-30s%10s%10s   %-22s%10s%10s\n", "one thread", "by id", "raw", "x raw", "least",
           "raw");
    for (size_t i = 0; i < report->count; i++) {
        const struct result *r = &report->results[i];

        print_times(r, 0);
        printf("%10s", time_text(r->ns[BY_ID][0].least, text));
        printf("%10s\n", r->has_raw ? time_text(r->ns[RAW][0].least, text) : "");
    }
}

static void print_two_threads(const struct report *report)
{
    char text[TEXT];

    printf("\n%-30s%10s%10s   %-22s%-19s%s\n", "two threads", "by id", "raw", "x raw", "scaling",
           "raw");
    for (size_t i = 0; i < report->count; i++) {
        const struct result *r = &report->results[i];

        print_times(r, 1);
        printf("%-19s", ratio_text(&r->scaling[BY_ID], 2, text));
        printf("%s\n", r->has_raw ? ratio_text(&r->scaling[RAW], 2, text) : "");
    }
}

static void print_bulk(const struct bulk *bulk)
{
    char import[TEXT];
    char release[TEXT];

    printf("\n%zu keys of 32 bytes: %s an import, %.1f resident bytes a key,\n"
           "%s a key to free them all\n",
           bulk->keys, time_text(bulk->import_ns, import), bulk->bytes,
           time_text(bulk->free_ns, release));
}

/* What makes the figures doubtful, or void. */
static void print_doubts(const struct report *report)
{
    unsigned slices = 0;
    unsigned disturbed = 0;
    unsigned short_of = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct result *r = &report->results[i];

        slices += r->slices;
        disturbed += r->disturbed;
        short_of += r->ok && r->cycles < report->effort.cycles;
        if (!r->ok) {
            printf("\nFAILED: %s\n", r->name);
        }
    }
    if (disturbed > 0) {
        printf("\nIn %u of %u slices a thread had to share its CPU with something else.\n",
               disturbed, slices);
    }
    if (short_of > 0) {
        printf("In %u of %zu works time was up before all cycles were done.\n", short_of,
               report->count);
    }
}

void report_print(const struct report *report)
{
    print_head(report);
    if (report->count > 0) {
        print_one_thread(report);
    }
    if (report->count > 0 && report->effort.threads > 1) {
        print_two_threads(report);
    }
    if (report->bulk.keys > 0) {
        print_bulk(&report->bulk);
    }
    print_doubts(report);
}
