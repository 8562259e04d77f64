/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Searches all writable memory of the process for key material, without holding any itself.
 *
 * S1 What is looked for is kept as windows: each run of 8 bytes of it, put through a mixing
 *    function that is one to one. Neither the windows nor the search's own variables hold what it
 *    looks for, and a piece of at least 8 bytes is found at any address, not only the whole.
 * S2 Every mapping that is readable and writable is read where it stands: heap, stacks of all
 *    threads, thread-local variables, mappings of the libraries' own.
 * S3 A window with more than 3 zero bytes is left out, for it may be found by chance. Of random
 *    windows that is one in 300,000. In n MiB chance finds another with a probability of about
 *    n * 2^-44. */
#ifndef KS_TESTS_WIPE_SEARCH_H
#define KS_TESTS_WIPE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* What is looked for is grouped: by key, and by the form in which a copy of the key may stand. */
enum wipe_form {
    WIPE_RAW,          /* the material */
    WIPE_AES_KEYS,     /* round keys for encryption, beyond the material itself */
    WIPE_AES_INVERSE,  /* round keys for decryption that are not among those for encryption */
    WIPE_BLOCK_OF_ZERO,/* the cipher of a zero block: GHASH's key, and the subkeys of CMAC */
    WIPE_SCHEDULE,     /* key schedule of another cipher */
    WIPE_HMAC_KEY,     /* the padded key of HMAC, inner and outer; the hash of a long key */
    WIPE_HMAC_STATES,  /* the hash's states behind these */
    WIPE_NUMBER,       /* secret numbers of an asymmetric key, the lowest byte first */
    WIPE_MONTGOMERY,   /* the squares of the radix modulo the primes of RSA */
    WIPE_NONCE,        /* the number that a deterministic signature uses once, and its source */
    WIPE_FORMS
};

extern const char *const wipe_form_names[WIPE_FORMS];

struct wipe_search;

/* Makes a search for at most so many keys. Ends the test where memory is exhausted. */
struct wipe_search *wipe_search_new(unsigned keys);
void wipe_search_free(struct wipe_search *search);

/* Looks for these bytes from now on; every step-th window of 8 is taken. The caller wipes them. */
void wipe_search_add(struct wipe_search *search, unsigned key, enum wipe_form form,
                     const uint8_t *data, size_t length, size_t step);

/* Searches. The threads of the process must be idle: no mapping may go away. */
void wipe_search_run(struct wipe_search *search);

/* Tells how many windows of the key in this form the last search found. */
unsigned wipe_search_found(const struct wipe_search *search, unsigned key, enum wipe_form form);

/* Describes the first of them: address, mapping. Valid until the next call. */
const char *wipe_search_place(const struct wipe_search *search, unsigned key, enum wipe_form form);

/* How many bytes the last search read. */
size_t wipe_search_bytes(const struct wipe_search *search);

/* Overwrites the vector registers and the part of the calling thread's stack that its earlier calls
 * may have used. Only for the thread that prepares what is looked for: elsewhere it would hide what
 * the library leaves. */
void wipe_own_traces(void);

#endif
