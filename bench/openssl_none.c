/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

/* Stands in for openssl.c where configure has not found OpenSSL: sides that are not done. */
const struct side openssl_hmac, openssl_gcm, openssl_random, openssl_sign, openssl_verify;
