/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Random bytes; and the library's own life. */

#include "family.h"

#include <mbedtls/version.h>
#include <string.h>

void diff_random(struct diff_run *run)
{
    static const uint16_t sizes[] = {0, 1, 16, 32, 1000, 1024, 1025, 3000};
    size_t size = DIFF_CHOOSE(run, sizes);
    uint8_t *output = diff_output(0, size);
    uint8_t *again = diff_output(1, size);

    diff_begin(run, "psa_generate_random");
    diff_say(run, "%u", (unsigned) size);
    diff_ready(run);
    diff_status(run, psa_generate_random(output, size));
    diff_note(run, "again", (uint64_t) psa_generate_random(again, size));
    diff_note(run, "repeats", size >= 16 && memcmp(output, again, size) == 0);
    diff_note_output(run, output, size, size, true);
    diff_end(run);
}

static void call_init(struct diff_run *run)
{
    diff_begin(run, "psa_crypto_init");
    diff_ready(run);
    diff_status(run, psa_crypto_init());
    diff_end(run);
}

/* What any function says while the library is not initialised. Purging and closing an id other than
 * 0 crash 3.6 then. */
static void call_stopped(struct diff_run *run)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id = run->stale[diff_pick(run, DIFF_STALE)];
    uint8_t *output = diff_output(0, 64);
    size_t length = 99;
    psa_key_id_t made = 0;

    if (id == 0) {
        id = 1;
    }
    static const char *const names[] = {"psa_get_key_attributes", "psa_export_key",
                                        "psa_mac_compute", "psa_import_key", "psa_generate_random",
                                        "psa_close_key", "psa_destroy_key"};
    unsigned which = diff_pick(run, 7);

    diff_begin(run, names[which]);
    diff_fact(run, FACT_STOPPED);
    diff_ready(run);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    switch (which) {
    case 0:
        diff_status(run, psa_get_key_attributes(id, &attributes));
        break;
    case 1:
        diff_status(run, psa_export_key(id, output, 64, &length));
        break;
    case 2:
        diff_status(run, psa_mac_compute(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), diff_material, 9,
                                         output, 64, &length));
        break;
    case 3:
        diff_status(run, psa_import_key(&attributes, diff_material, 32, &made));
        break;
    case 4:
        diff_status(run, psa_generate_random(output, 16));
        break;
    case 5:
        diff_status(run, psa_close_key(MBEDTLS_VERSION_NUMBER < 0x03000000 ? 1 : 0));
        break;
    default:
        diff_status(run, psa_destroy_key(id));
    }
    diff_end(run);
}

void diff_life(struct diff_run *run)
{
    if (diff_chance(run, 60)) {
        call_init(run);
        return;
    }
    mbedtls_psa_crypto_free();
    diff_forget_all(run);
    for (unsigned i = 0; i < 4; i++) {
        call_stopped(run);
    }
    call_init(run);
}
