/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/object.h"
#include "base/secmem.h"
#include "base/wipe.h"

void ks_object_wipe(struct ks_object *object)
{
    if (KS_MUTANT != KS_MUTANT_NO_WIPE) {
        ks_wipe(object + 1, object->size);
    }
}

void ks_object_free(struct ks_object *object)
{
    size_t size = sizeof *object + object->size;

    ks_wipe(object, sizeof *object);
    ks_secmem_free(object, size);
}
