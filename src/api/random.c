/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/wipe.h"
#include "crypto/random.h"
#include "key/status.h"
#include "key/use.h"
#include "store/lookup.h"

KS_EXPORT psa_status_t psa_generate_random(uint8_t *output, size_t output_size)
{
    struct ks_shard *self;
    psa_status_t status = ks_key_self(&self);

    if (ks_unlikely(status != PSA_SUCCESS)) {
        return status;
    }
    status = ks_psa_status(ks_mark_store(self));
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_random_generate(self, output, output_size);
        ks_wipe_registers(); /* of the bytes given out */
        ks_mark_clear(&self->marks);
    }
    ks_shard_leave();
    return status;
}
