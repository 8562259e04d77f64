# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Tokens: what is issued, what is accepted, and all the ways in which one can be wrong."""

import base64
import json
import random
import string
import time
import unittest

from case import ServerCase
from client import b64, sign

KEY = bytes(range(100, 140))
HEADER = {"alg": "HS256", "typ": "JWT"}


class Tokens(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert cls.server.create("t", KEY).status == 201

    def assertRefused(self, token, query=""):
        reply = self.server.verify("t", token, query)
        self.assertProblem(reply, 401)
        self.assertIn('error="invalid_token"', reply.headers["WWW-Authenticate"])
        return reply.json()["detail"]

    def test_claims(self):
        """Ensures that a token carries the given claims and the server's own, and no others."""
        claims = {"sub": "J\u00f6rg \U0001f511 \"quoted\" \\", "n": 2**53, "m": -(2**63), "f": 0.1,
                  "nested": {"a": [1, None, True, {"b": ""}]}, "": "empty name"}
        before = int(time.time())
        token = self.server.issue("t", claims, "?ttl=90").body.decode()
        reply = self.server.verify("t", token).json()
        self.assertLessEqual(before, reply["iat"])
        self.assertLessEqual(reply["iat"], int(time.time()))
        self.assertEqual(reply,
                         claims | {"iss": "t", "iat": reply["iat"], "exp": reply["iat"] + 90})
        head, body, _ = (part + "==" for part in token.split("."))
        self.assertEqual(json.loads(base64.urlsafe_b64decode(head)), HEADER)
        self.assertEqual(json.loads(base64.urlsafe_b64decode(body)), reply)

    def test_reserved_claims(self):
        """Ensures that nobody can choose iss, iat or exp."""
        for name in ("iss", "iat", "exp"):
            for value in ("t", 1, None):
                self.assertProblem(self.server.issue("t", {name: value}), 400)

    def test_ttl(self):
        """Ensures that ttl is a number of seconds within its limits, one hour by default."""
        for query, ttl in (("", 3600), ("?ttl=1", 1), ("?ttl=0060", 60), ("?ttl=2592000", 2592000),
                           ("?other=1", 3600)):
            reply = self.server.verify("t", self.server.issue("t", {}, query).body.decode()).json()
            self.assertEqual(reply["exp"] - reply["iat"], ttl)
        for text in ("", "0", "-1", "+5", "5.", "5s", "0x10", "%205", "2592001",
                     "9" * 7, "9" * 30, "%00"):
            with self.subTest(ttl=text):
                self.assertProblem(self.server.issue("t", {}, "?ttl=" + text), 400)

    def test_expiry(self):
        """Ensures that a token is refused from the second in which it expires."""
        token = self.server.issue("t", {}, "?ttl=1").body.decode()
        expires = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["exp"]
        while time.time() < expires:
            time.sleep(0.05)
        self.assertIn("expired", self.assertRefused(token))

    def test_authorization(self):
        """Ensures that a request without a bearer token gets a challenge without an error."""
        good = sign(KEY, HEADER, {})
        for value in (None, "", "Bearer", "Basic dDp0", "Bear " + good, good, "Bearer" + good):
            headers = {} if value is None else {"Authorization": value}
            reply = self.server.request("GET", "/tenants/t/verify", **headers)
            self.assertProblem(reply, 401)
            self.assertNotIn("error", reply.headers["WWW-Authenticate"])
        for value in ("bearer " + good, "BEARER   " + good):
            reply = self.server.request("GET", "/tenants/t/verify", Authorization=value)
            self.assertEqual(reply.status, 200)

    def test_shapes(self):
        """Ensures that what is not three parts of strict base64url is refused."""
        good = sign(KEY, HEADER, {"sub": "x"})
        head, body, mac = good.split(".")
        self.assertEqual(self.server.verify("t", good).status, 200)
        bad = ["a", "a.b", "a.b.c", ".", "..", "...", "....", head, f"{head}.{body}",
               f"{head}.{body}.",
               f".{body}.{mac}", f"{head}..{mac}", f"{body}.{head}.{mac}", f"{good}.", f".{good}",
               f"{good}.{mac}", f"{head}.{body}.{mac}=", f"{head}=.{body}.{mac}",
               f"{head}.{body}=.{mac}",
               f"{head}.{body}.{mac[:-1]}", f"{head}.{body}.{mac}A", f"{head}.{body}.{mac[:22]}",
               f"{head}.{body}. {mac}", f"{head} .{body}.{mac}", f"{good} {good}", f"{good},",
               f'"{good}"',
               f"{head}.{body}.{'A' * 43}", f"{head}.{body}.{mac[:-1]}" + chr(ord(mac[-1]) ^ 1),
               good.replace(".", "%2E"), good.replace(".", ":"), good + "x" * 8192, "." * 8192,
               "A" * 8193, "A" * 20000]
        for token in bad:
            with self.subTest(token=token[:60]):
                self.assertRefused(token)

    def test_one_spelling(self):
        """Ensures that no other last letter of the signature is read as the same signature."""
        good = sign(KEY, HEADER, {})
        for letter in string.ascii_letters + string.digits + "-_+/=":
            if letter != good[-1]:
                self.assertRefused(good[:-1] + letter)

    def test_headers(self):
        """Ensures that a header which asks for anything but HS256 is refused, signature or not."""
        bad = [{}, {"typ": "JWT"}, {"alg": None}, {"alg": 256}, {"alg": ["HS256"]}, {"alg": ""},
               {"alg": "none"}, {"alg": "None"}, {"alg": "NONE"}, {"alg": "hs256"},
               {"alg": "HS256 "}, {"alg": "HS384"}, {"alg": "HS512"}, {"alg": "RS256"},
               {"alg": "ES256"}, {"alg": "PS256"},
               {"alg": "EdDSA"}, {"alg": "dir", "enc": "A128GCM"}, HEADER | {"crit": ["exp"]},
               HEADER | {"crit": []}, HEADER | {"crit": ["b64"], "b64": False},
               HEADER | {"crit": None},
               {"alg": "HS256", "typ": "at+jwt"}, {"alg": "HS256", "typ": 1},
               {"alg": "HS256", "typ": ""},
               b"", b"{", b"null", b"[]", b'"HS256"', b"HS256", b'{"alg":"none","alg":"HS256"}',
               b'{"alg":"HS256","alg":"HS256"}', b'{"alg":"HS256"}x', b'{"alg":"HS256\\u0000"}',
               b'{"alg":"HS256"}\x00', b'\xef\xbb\xbf{"alg":"HS256"}', HEADER | {"x": "y" * 2000}]
        for header in bad:
            token = sign(KEY, header, {"sub": "x"})
            with self.subTest(header=str(header)[:60]):
                self.assertRefused(token)
                self.assertRefused(token.rsplit(".", 1)[0] + ".")
        for header in ({"alg": "HS256"}, {"typ": "jwt", "alg": "HS256"}, HEADER | {"kid": "other"},
                       HEADER | {"jku": "http://127.0.0.1/"}, b' {\n"alg"\t:\r"HS256" } '):
            self.assertEqual(self.server.verify("t", sign(KEY, header, {})).status, 200)

    def test_payloads(self):
        """Ensures that a payload which is no JSON object is refused, whoever signed it."""
        bad = [b"", b"x", b"null", b"true", b"1", b'"x"', b"[]", b"{", b"{}{}", b'{"a":1,"a":1}',
               b'{"a":"\xff"}', b'{"a":"\x00"}', b'{"a":"\\u0000"}', b"{}\x00", b"[" * 5000,
               b'{"a":' * 1000, b'{"exp":' + b"9" * 30 + b"}", b'{"exp":1e999}']
        for payload in bad:
            with self.subTest(payload=payload[:40]):
                self.assertRefused(sign(KEY, HEADER, payload))
        for payload in (b"{}", b' { "a" : [ ] } \n'):
            self.assertEqual(self.server.verify("t", sign(KEY, HEADER, payload)).body, payload)

    def test_registered_claims(self):
        """Ensures that exp, nbf, iat, iss and aud are checked, their types too."""
        now = time.time()
        bad = [{"exp": 0}, {"exp": -1}, {"exp": int(now)}, {"exp": now - 1.5}, {"exp": "x"},
               {"exp": None},
               {"exp": True}, {"exp": [9e9]}, {"exp": str(now + 60)}, {"nbf": now + 60},
               {"nbf": 2**62}, {"nbf": "0"}, {"nbf": None}, {"iat": "0"}, {"iat": {}}, {"iss": "u"},
               {"iss": "T"}, {"iss": ""}, {"iss": 1}, {"iss": None}, {"iss": ["t"]}, {"aud": "a"},
               {"aud": ["a"]}, {"aud": []}, {"aud": 1}, {"aud": None}, {"aud": {}},
               {"exp": now + 60, "nbf": now + 60}, {"exp": 1, "nbf": 0}]
        for claims in bad:
            with self.subTest(claims=claims):
                self.assertRefused(sign(KEY, HEADER, claims))
        for claims in ({"exp": now + 60}, {"exp": 2**62}, {"exp": 1e300}, {"nbf": 0},
                       {"nbf": int(now)},
                       {"nbf": -1.5}, {"iat": 0}, {"iat": now + 60}, {"iss": "t"}):
            with self.subTest(claims=claims):
                self.assertEqual(self.server.verify("t", sign(KEY, HEADER, claims)).json(), claims)

    def test_audience(self):
        """Ensures that a token with an audience serves that audience only."""
        for aud, query, right in (
                ("a", "?aud=a", True), (["b", "a"], "?aud=a", True), ("a", "?aud=b", False),
                (["b", 1], "?aud=a", False), ("a", "?aud", False), ("a", "?aud=", False),
                ("http://x/y?z", "?aud=http%3A%2F%2Fx%2Fy%3Fz", True), ("a", "?aud=A", False),
                (None, "?aud=a", True)):
            token = sign(KEY, HEADER, {} if aud is None else {"aud": aud})
            with self.subTest(aud=aud, query=query):
                if right:
                    self.assertEqual(self.server.verify("t", token, query).status, 200)
                else:
                    self.assertRefused(token, query)

    def test_mutations(self):
        """Ensures that no token with one letter changed, left out or put in is accepted."""
        seed = random.randrange(2**32)
        print("seed", seed)
        source = random.Random(seed)
        letters = string.ascii_letters + string.digits + "-_.+/="
        good = self.server.issue("t", {"sub": "mutation"}).body.decode()
        for _ in range(400):
            at = source.randrange(len(good))
            what = source.choice(("change", "drop", "insert"))
            if what == "change":
                token = good[:at] + source.choice(letters.replace(good[at], "")) + good[at + 1:]
            elif what == "drop":
                token = good[:at] + good[at + 1:]
            else:
                token = good[:at] + source.choice(letters) + good[at:]
            self.assertRefused(token)
        self.assertEqual(self.server.verify("t", good).status, 200)

    def test_wrong_keys(self):
        """Ensures that a signature by another key, or by the key's hash or a prefix, is refused."""
        for key in (b"", bytes(32), KEY[:-1], KEY + b"\x01", b64(KEY).encode()):
            self.assertRefused(sign(key, HEADER, {"sub": "x"}))


if __name__ == "__main__":
    unittest.main()
