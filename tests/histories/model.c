/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "history.h"

enum { NOT_YET, THERE, GONE };

const char *const op_names[OP_COUNT] = {
    [OP_CREATE] = "create",
    [OP_USE] = "use",
    [OP_EXPORT] = "export",
    [OP_ATTRIBUTES] = "attributes",
    [OP_REPLACE] = "replace",
    [OP_RESTRICT] = "restrict",
    [OP_COPY] = "copy",
    [OP_DESTROY] = "destroy",
    [OP_PURGE] = "purge",
    [OP_OWNER] = "owner",
    [OP_HANDOFF] = "handoff",
    [OP_HANDOFF_PART] = "handoff (one of many)",
    [OP_DESTROY_PART] = "destroy (one of many)",
    [OP_VISIT] = "visit",
};

static bool make_key(struct model *model, const struct event *event, uint16_t version,
                     uint8_t usage)
{
    struct key_state *key = &model->key[event->made_id];

    if (key->present != NOT_YET) {
        return false; /* an id that has been given out before */
    }
    *key = (struct key_state){THERE, usage, event->thread, (uint8_t) version};
    return true;
}

/* What a call on this key must give if it needs this usage, and 0 none. */
static psa_status_t expected(const struct key_state *key, uint8_t usage)
{
    if (key->present != THERE) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    return (key->usage & usage) == usage ? PSA_SUCCESS : PSA_ERROR_NOT_PERMITTED;
}

/* A part of a call on many keys. If the call said that an id named no key, one part at least must
 * have met that; the last to be made is asked for it. */
static bool step_part(struct model *model, const struct event *event, bool last)
{
    struct key_state *key = &model->key[event->id];
    uint64_t bit = (uint64_t) 1 << (event->group % 64);

    if (event->status == PSA_SUCCESS && key->present != THERE) {
        return false;
    }
    if (event->status != PSA_SUCCESS && key->present != THERE) {
        model->missed |= bit;
    }
    if (event->status != PSA_SUCCESS && last && (model->missed & bit) == 0) {
        return false;
    }
    if (event->op == OP_DESTROY_PART && key->present == THERE) {
        key->present = GONE; /* whatever became of the others */
    }
    if (event->op == OP_HANDOFF_PART && event->status == PSA_SUCCESS) {
        key->owner = event->owner; /* all or none */
    }
    return true;
}

static bool step_found(struct model *model, struct key_state *key, const struct event *event)
{
    switch (event->op) {
    case OP_USE:
    case OP_EXPORT:
        return event->version == key->version;
    case OP_ATTRIBUTES:
        return event->usage == key->usage && event->length == version_length(key->version);
    case OP_REPLACE:
        key->version = (uint8_t) event->version;
        return true;
    case OP_RESTRICT:
        key->usage &= event->usage;
        return true;
    case OP_COPY:
        return make_key(model, event, key->version, key->usage);
    case OP_DESTROY:
        key->present = GONE;
        return true;
    case OP_OWNER:
        return event->owner == key->owner;
    case OP_HANDOFF:
        key->owner = event->owner;
        return true;
    default:
        return true; /* purge changes nothing */
    }
}

bool model_step(struct model *model, const struct event *event, bool last)
{
    static const uint8_t needs[OP_COUNT] = {
        [OP_USE] = MAY_USE, [OP_EXPORT] = MAY_EXPORT, [OP_COPY] = MAY_COPY};

    if (event->op == OP_CREATE) {
        return make_key(model, event, event->version, MAY_ALL);
    }
    struct key_state *key = &model->key[event->id];

    if (event->op == OP_VISIT) {
        return event->visited == (key->present == THERE);
    }
    if (event->group != 0) {
        return step_part(model, event, last);
    }
    if (event->status != expected(key, needs[event->op])) {
        return false;
    }
    return event->status != PSA_SUCCESS || step_found(model, key, event);
}
