/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The module's state: initialisation and freeing (G9).
 *
 *   STOPPED -> STARTING -> RUNNING    ks_module_init (psa_crypto_init); STOPPED if it fails
 *   RUNNING -> STOPPING -> STOPPED    ks_module_free (mbedtls_psa_crypto_free)
 *
 * Every transition is made under the init mutex, the only mutex held while waiting for a grace
 * period: a call that needs it is refused inside a read-side section, and no operation takes it. */

#include "config.h"

#include "api/module.h"
#include "base/rcu.h"
#include "crypto/core.h"
#include "crypto/random.h"
#include "key/call.h"
#include "store/fork.h"
#include "store/operation.h"
#include "store/shard.h"
#include "store/store.h"

#include <psa/crypto.h>

static struct ks_mutex init_mutex = KS_MUTEX_INIT(KS_RANK_INIT);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void setup(void)
{
    ks_shard_random_wipe = ks_random_wipe;
    ks_operations_setup(ks_call_material);
    ks_shard_setup();
    ks_fork_setup(&init_mutex, &ks_entropy_mutex, ks_random_fork_child);
}

/* In the constructor, so that the fork handlers are in place before any thread is; and on first
 * use, for a program whose own constructors call in before this one has run. */
__attribute__((constructor)) void ks_module_setup(void)
{
    pthread_once(&once, setup);
}

/* Init mutex held. */
static psa_status_t start_locked(const void *own)
{
    psa_status_t status = ks_core_check_order(own);

    if (status != PSA_SUCCESS) {
        return status;
    }
    ks_store_set_state(KS_STARTING);
    status = ks_core_start();
    if (status == PSA_SUCCESS) {
        status = ks_entropy_start();
        if (status != PSA_SUCCESS) {
            ks_core_stop();
        }
    }
    /* Release: whoever reads KS_RUNNING (acquire) sees Mbed TLS's tables made. */
    ks_store_set_state(status == PSA_SUCCESS ? KS_RUNNING : KS_STOPPED);
    return status;
}

static psa_status_t ks_module_init(const void *own)
{
    psa_status_t status = PSA_SUCCESS;

    ks_module_setup();
    if (ks_store_running() || ks_thread.in_core) {
        return PSA_SUCCESS;
    }
    if (!ks_may_wait()) {
        return PSA_ERROR_BAD_STATE;
    }
    int cancel = ks_cancel_disable();

    ks_mutex_lock(&init_mutex);
    if (!ks_store_running()) {
        status = start_locked(own);
    }
    ks_mutex_unlock(&init_mutex);
    ks_cancel_restore(cancel);
    return status;
}

static void stop_locked(void)
{
    ks_store_set_state(KS_STOPPING);
    ks_store_stop();
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        ks_random_wipe(ks_shard_by_number(n));
    }
    ks_entropy_stop();
    ks_core_stop();
    ks_store_set_state(KS_STOPPED);
}

static void ks_module_free(void)
{
    if (ks_thread.in_core) {
        /* Mbed TLS's psa_crypto_init cleans up after a step of its own that failed. */
        ks_core_stop();
        return;
    }
    if (!ks_may_wait()) {
        return;
    }
    int cancel = ks_cancel_disable();

    ks_mutex_lock(&init_mutex);
    if (ks_store_running()) {
        stop_locked();
    }
    ks_mutex_unlock(&init_mutex);
    ks_cancel_restore(cancel);
}

KS_EXPORT psa_status_t psa_crypto_init(void)
{
    union {
        psa_status_t (*function)(const psa_key_attributes_t *, const uint8_t *, size_t,
                                 mbedtls_svc_key_id_t *);
        const void *object;
    } own = {psa_import_key};

    return ks_module_init(own.object);
}

KS_EXPORT void mbedtls_psa_crypto_free(void)
{
    ks_module_free();
}
