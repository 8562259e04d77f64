/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, signed with HS256 or
 * ES256: a token's header must name the algorithm of the key that verifies it. */
#ifndef TOKEN_SERVER_JWT_H
#define TOKEN_SERVER_JWT_H

#include "json.h"
#include "keys.h"

#include <stddef.h>
#include <stdint.h>

/* Characters of the longest token that is issued or looked at. */
#define JWT_MAX 8192

enum jwt_result {
    JWT_OK,
    JWT_MALFORMED, /* not three parts of base64url with JSON objects in the first two */
    JWT_ALGORITHM, /* its header does not say the key's, or asks for what is not known here */
    JWT_SIGNATURE, /* not made with this key */
    JWT_CLAIMS,    /* a registered claim has a value of the wrong type */
    JWT_EXPIRED,   /* "exp" is now or past */
    JWT_EARLY,     /* "nbf" is still to come */
    JWT_ISSUER,    /* "iss" names somebody else */
    JWT_AUDIENCE,  /* "aud" does not name the audience given */
    JWT_TOO_LARGE, /* the claims do not fit into JWT_MAX */
    JWT_NO_KEY,    /* the id names no key (any more) */
    JWT_NO_MEMORY,
    JWT_FAILED /* the key store gave another error */
};

/* What a token must say, apart from being signed with the key. */
struct jwt_expected {
    const char *issuer;   /* "iss", where the token has it */
    const char *audience; /* among "aud", where it has that; NULL: a token with "aud" is wrong */
    int64_t now;          /* seconds since 1970 */
};

/* Signs the claims. *token is text of *length characters from malloc; it and *length are set on
 * JWT_OK only. */
enum jwt_result jwt_issue(const struct key_ref *key, const json_t *claims, char **token,
                          size_t *length);

/* Verifies the signature, then the claims. *claims is the token's JSON as its issuer wrote it, of
 * *length bytes from malloc; it and *length are set on JWT_OK only. */
enum jwt_result jwt_verify(const struct key_ref *key, const char *token, size_t token_length,
                           const struct jwt_expected *expected, char **claims, size_t *length);

/* One line in plain words; a constant. */
const char *jwt_describe(enum jwt_result result);

#endif
