/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "jwt.h"

#include "base64url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER_MAX 1024 /* characters of the longest header that is looked at */

#define HEADER(alg) "{\"alg\":\"" alg "\",\"typ\":\"JWT\"}"
static const char *const headers[KEY_ALGS] = {[KEY_HS256] = HEADER("HS256"),
                                              [KEY_ES256] = HEADER("ES256")};
#define HEADER_CHARS BASE64URL_ENCODED(sizeof HEADER("HS256") - 1)
#define SIGNATURE_CHARS BASE64URL_ENCODED(KEY_SIGNATURE_MAX)

/* The longest claims with which a token is still within JWT_MAX, whatever the algorithm. */
#define CLAIMS_MAX BASE64URL_DECODED(JWT_MAX - HEADER_CHARS - SIGNATURE_CHARS - 2)

static enum jwt_result from_status(psa_status_t status)
{
    switch (status) {
    case PSA_SUCCESS:
        return JWT_OK;
    case PSA_ERROR_INVALID_SIGNATURE:
        return JWT_SIGNATURE;
    case PSA_ERROR_INVALID_HANDLE:
        return JWT_NO_KEY;
    case PSA_ERROR_INSUFFICIENT_MEMORY:
        return JWT_NO_MEMORY;
    default:
        return JWT_FAILED;
    }
}

/* Signs the first *length characters of the token and appends the signature; there is room. */
static enum jwt_result append_signature(const struct key_ref *key, char *token, size_t *length)
{
    uint8_t signature[KEY_SIGNATURE_MAX];
    psa_status_t status = keys_sign(key, token, *length, signature);

    if (status != PSA_SUCCESS)
        return from_status(status);
    token[(*length)++] = '.';
    *length += base64url_encode(token + *length, signature, KEY_SIGNATURE(key->alg));
    return JWT_OK;
}

enum jwt_result jwt_issue(const struct key_ref *key, const json_t *claims, char **token,
                          size_t *length)
{
    char json[CLAIMS_MAX];
    size_t json_length = json_dumpb(claims, json, sizeof json, JSON_COMPACT);

    if (json_length == 0)
        return JWT_NO_MEMORY;
    if (json_length > sizeof json)
        return JWT_TOO_LARGE;

    char *text = malloc(HEADER_CHARS + 1 + BASE64URL_ENCODED(json_length) + 1 + SIGNATURE_CHARS);
    if (text == NULL)
        return JWT_NO_MEMORY;
    const char *header = headers[key->alg];
    size_t used = base64url_encode(text, (const uint8_t *)header, strlen(header));
    text[used++] = '.';
    used += base64url_encode(text + used, (const uint8_t *)json, json_length);

    enum jwt_result result = append_signature(key, text, &used);
    if (result != JWT_OK) {
        free(text);
        return result;
    }
    *token = text;
    *length = used;
    return JWT_OK;
}

/* "alg" must be the key's, whatever the token says about itself; "crit" lists extensions that a
 * verifier must know, and this one knows none; another "typ" is a token for another purpose (RFC
 * 8725, 3.11). */
static enum jwt_result check_header(const char *text, size_t length, enum key_alg wanted)
{
    enum jwt_result result = JWT_ALGORITHM;
    uint8_t bytes[BASE64URL_DECODED(HEADER_MAX)];
    bool no_memory = false;

    if (length > HEADER_MAX || !base64url_decode(bytes, text, length))
        return JWT_MALFORMED;
    json_t *header = json_read_object((const char *)bytes, BASE64URL_DECODED(length), &no_memory);
    if (header == NULL)
        return no_memory ? JWT_NO_MEMORY : JWT_MALFORMED;

    const char *alg = json_string_value(json_object_get(header, "alg"));
    const json_t *typ = json_object_get(header, "typ");
    bool right_type =
        typ == NULL || (json_is_string(typ) && strcasecmp(json_string_value(typ), "JWT") == 0);
    if (alg != NULL && strcmp(alg, key_alg_names[wanted]) == 0 && right_type &&
        json_object_get(header, "crit") == NULL)
        result = JWT_OK;
    json_decref(header);
    return result;
}

/* An absent claim is fine: the default is such that no check fails. False for a wrong type. */
static bool get_time(const json_t *claims, const char *name, double absent, double *time)
{
    const json_t *value = json_object_get(claims, name);

    *time = value == NULL ? absent : json_number_value(value);
    return value == NULL || json_is_number(value);
}

static bool audience_includes(const json_t *aud, const char *audience)
{
    if (json_is_string(aud))
        return strcmp(json_string_value(aud), audience) == 0;
    for (size_t i = 0; i < json_array_size(aud); i++) {
        const char *one = json_string_value(json_array_get(aud, i));
        if (one != NULL && strcmp(one, audience) == 0)
            return true;
    }
    return false;
}

static enum jwt_result check_claims(const json_t *claims, const struct jwt_expected *expected)
{
    double now = (double)expected->now, exp, nbf, iat;

    if (!get_time(claims, "exp", now + 1, &exp) || !get_time(claims, "nbf", now, &nbf) ||
        !get_time(claims, "iat", now, &iat))
        return JWT_CLAIMS;
    if (exp <= now)
        return JWT_EXPIRED;
    if (nbf > now)
        return JWT_EARLY;

    const json_t *iss = json_object_get(claims, "iss");
    if (iss != NULL && !json_is_string(iss))
        return JWT_CLAIMS;
    if (iss != NULL && strcmp(json_string_value(iss), expected->issuer) != 0)
        return JWT_ISSUER;

    const json_t *aud = json_object_get(claims, "aud");
    if (aud != NULL && !json_is_string(aud) && !json_is_array(aud))
        return JWT_CLAIMS;
    if (aud != NULL && (expected->audience == NULL || !audience_includes(aud, expected->audience)))
        return JWT_AUDIENCE;
    return JWT_OK;
}

/* Decodes the middle part of a token whose signature is right, and checks what it says. */
static enum jwt_result read_claims(const char *text, size_t text_length,
                                   const struct jwt_expected *expected, char **claims,
                                   size_t *length)
{
    enum jwt_result result = JWT_MALFORMED;
    size_t size = BASE64URL_DECODED(text_length);
    bool no_memory = false;
    char *bytes = malloc(size + 1);

    if (bytes == NULL)
        return JWT_NO_MEMORY;
    if (base64url_decode((uint8_t *)bytes, text, text_length)) {
        json_t *json = json_read_object(bytes, size, &no_memory);
        if (json != NULL)
            result = check_claims(json, expected);
        else if (no_memory)
            result = JWT_NO_MEMORY;
        json_decref(json);
    }
    if (result != JWT_OK) {
        free(bytes);
        return result;
    }
    *claims = bytes;
    *length = size;
    return JWT_OK;
}

enum jwt_result jwt_verify(const struct key_ref *key, const char *token, size_t token_length,
                           const struct jwt_expected *expected, char **claims, size_t *length)
{
    uint8_t signature[KEY_SIGNATURE_MAX];
    const char *end = token + token_length;
    const char *dot1 = token_length <= JWT_MAX ? memchr(token, '.', token_length) : NULL;
    const char *dot2 = dot1 != NULL ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;

    if (dot2 == NULL)
        return JWT_MALFORMED;
    enum jwt_result result = check_header(token, (size_t)(dot1 - token), key->alg);
    if (result != JWT_OK)
        return result;
    size_t chars = (size_t)(end - dot2 - 1);
    /* A third dot is no letter of base64url, so it fails here too. */
    if (chars != BASE64URL_ENCODED(KEY_SIGNATURE(key->alg)))
        return JWT_SIGNATURE;
    if (!base64url_decode(signature, dot2 + 1, chars))
        return JWT_MALFORMED;

    psa_status_t status = keys_verify(key, token, (size_t)(dot2 - token), signature);
    if (status != PSA_SUCCESS)
        return from_status(status);
    return read_claims(dot1 + 1, (size_t)(dot2 - dot1 - 1), expected, claims, length);
}

const char *jwt_describe(enum jwt_result result)
{
    switch (result) {
    case JWT_OK:
        return "the token is right";
    case JWT_MALFORMED:
        return "the token is malformed";
    case JWT_ALGORITHM:
        return "the token's header is not that of a JWT with the tenant's algorithm";
    case JWT_SIGNATURE:
        return "the signature is wrong";
    case JWT_CLAIMS:
        return "a registered claim has a wrong type";
    case JWT_EXPIRED:
        return "the token has expired";
    case JWT_EARLY:
        return "the token is not valid yet";
    case JWT_ISSUER:
        return "the token names another issuer";
    case JWT_AUDIENCE:
        return "the token is for another audience";
    case JWT_TOO_LARGE:
        return "the claims are too large for a token";
    case JWT_NO_KEY:
        return "no such tenant";
    case JWT_NO_MEMORY:
        return "memory is exhausted";
    case JWT_FAILED:
        break;
    }
    return "the key store failed";
}
