/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Random bytes: one CTR-DRBG (NIST SP 800-90A, 10.2) a shard over one shared entropy source, so
 * that threads neither share a generator nor wait for one another. One request of the DRBG costs as
 * much as some 70 bytes of its output; so what is small is given out of a stock of 256 bytes, each
 * wiped as it is given. Who sees the stock has seen the generator, and knows as much of what is to
 * come, and nothing of what was.
 *
 * A generator lives in a mapping of its own that the kernel empties in a fork's child
 * (MADV_WIPEONFORK, also for children made without the fork handlers); empty means unseeded, and an
 * unseeded generator is seeded at its next use. So parent and child never give out the same bytes
 * (G10, G11). */
#ifndef KS_CRYPTO_RANDOM_H
#define KS_CRYPTO_RANDOM_H

#include "base/lock.h"

#include <psa/crypto.h>

struct ks_shard;

/* Fills output with random bytes from the calling thread's own shard. Called with a mark standing
 * (on a key or on the store). Takes no lock but at the first use and every 10,000 requests of the
 * DRBG, when it reads the entropy source. PSA_ERROR_INSUFFICIENT_ENTROPY,
 * PSA_ERROR_INSUFFICIENT_MEMORY, PSA_ERROR_BAD_STATE (it must be seeded, and the thread is inside a
 * section of its program's). */
psa_status_t ks_random_generate(struct ks_shard *shard, uint8_t *output, size_t size) KS_MUST_CHECK;

/* Wipes a shard's generator; the next use seeds it anew. By the shard's thread when it ends, and by
 * mbedtls_psa_crypto_free when no call runs; the entropy mutex orders the two. */
void ks_random_wipe(struct ks_shard *shard);

/* Guards the entropy source; rank KS_RANK_ENTROPY. Held while entropy is gathered. */
extern struct ks_mutex ks_entropy_mutex;

/* Gathers entropy once, so that psa_crypto_init fails where there is none. */
psa_status_t ks_entropy_start(void) KS_MUST_CHECK;
void ks_entropy_stop(void);

/* In a fork's child, every lock held: unseeds all generators and makes the entropy source anew. */
void ks_random_fork_child(void);

#endif
