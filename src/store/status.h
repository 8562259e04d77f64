/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What a call of the store came to. The layer above maps these to PSA statuses in one place. */
#ifndef KS_STORE_STATUS_H
#define KS_STORE_STATUS_H

enum ks_status {
    KS_OK = 0,
    KS_NOT_FOUND, /* no key has that id */
    KS_CHANGED,   /* the id has another object than the caller read: read again */
    KS_NO_MEMORY, /* memory or ids are exhausted */
    KS_BAD_STATE, /* the store is not running, or the caller may not wait here */
    KS_UNKNOWN,   /* no tenancy ever had that name */
    KS_ENDED      /* the tenancy's thread is ending or has ended */
};

#endif
