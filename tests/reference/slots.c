/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "slots.h"

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_BITS 20u
#define GENERATIONS 1024u
#define SPARE 64u /* slots that are never in use, so that an id comes back after 65,536 creations */

bool slots_open(struct slots *slots, size_t capacity)
{
    if (capacity + SPARE >= (size_t) 1 << INDEX_BITS) {
        return false;
    }
    slots->capacity = (uint32_t) (capacity + SPARE);
    slots->at = calloc(slots->capacity, sizeof *slots->at);
    if (slots->at == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < slots->capacity; i++) {
        slots->at[i].next = i + 1 < slots->capacity ? i + 1 : NO_SLOT;
    }
    slots->first = 0;
    slots->last = slots->capacity - 1;
    return true;
}

void slots_close(struct slots *slots)
{
    mbedtls_platform_zeroize(slots->at, slots->capacity * sizeof *slots->at);
    free(slots->at);
}

struct slot *slots_take(struct slots *slots)
{
    uint32_t number = slots->first;

    if (number == NO_SLOT || slots->at[number].next == NO_SLOT) {
        return NULL;
    }
    struct slot *slot = &slots->at[number];

    slots->first = slot->next;
    slot->generation = (slot->generation + 1) % GENERATIONS;
    slot->id = 0x40000000u | slot->generation << INDEX_BITS | number;
    return slot;
}

void slots_give(struct slots *slots, struct slot *slot)
{
    uint32_t number = (uint32_t) (slot - slots->at);

    mbedtls_platform_zeroize(slot->material, sizeof slot->material);
    slot->id = 0;
    slot->dying = false;
    slot->state = UNUSED;
    slot->next = NO_SLOT;
    slots->at[slots->last].next = number;
    slots->last = number;
}

struct slot *slots_find(const struct slots *slots, psa_key_id_t key)
{
    uint32_t number = key & (((uint32_t) 1 << INDEX_BITS) - 1);

    if (key == 0 || number >= slots->capacity || slots->at[number].id != key) {
        return NULL;
    }
    return slots->at[number].dying ? NULL : &slots->at[number];
}

bool slot_fits(const uint8_t *material, size_t length)
{
    return material != NULL && length > 0 && length <= REF_MATERIAL_MAX;
}

void slot_fill(struct slot *slot, const uint8_t *material, size_t length)
{
    mbedtls_platform_zeroize(slot->material, sizeof slot->material);
    memcpy(slot->material, material, length);
    slot->length = length;
}

psa_key_id_t slot_make(struct slot *slot, const uint8_t *material, size_t length,
                       psa_key_usage_t usage)
{
    slot_fill(slot, material, length);
    slot->usage = usage;
    return slot->id;
}

void slot_describe(const struct slot *slot, struct ref_attributes *attributes)
{
    attributes->usage = slot->usage;
    attributes->length = slot->length;
}

psa_status_t slot_mac(const struct slot *slot, const uint8_t *input, size_t length,
                      uint8_t mac[REF_MAC])
{
    if ((slot->usage & PSA_KEY_USAGE_SIGN_MESSAGE) == 0) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), slot->material,
                           slot->length, input, length, mac) == 0
               ? PSA_SUCCESS
               : PSA_ERROR_GENERIC_ERROR;
}
