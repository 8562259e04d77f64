# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Each endpoint: what it does, and its answer to requests that are well-formed HTTP but wrong."""

import os
import unittest

from case import ServerCase
from client import b64, sign

KEY = bytes(range(32))


class Endpoints(ServerCase):
    def test_life_of_a_tenant(self):
        """Ensures that a tenant can be created once, used, and revoked once."""
        self.assertEqual(self.server.create("life").status, 201)
        self.assertProblem(self.server.create("life"), 409)
        token = self.server.issue("life").body.decode()
        self.assertEqual(self.server.verify("life", token).status, 200)
        reply = self.server.request("DELETE", "/tenants/life")
        self.assertEqual((reply.status, reply.body), (204, b""))
        self.assertProblem(self.server.request("DELETE", "/tenants/life"), 404)
        self.assertProblem(self.server.verify("life", token), 404)
        self.assertProblem(self.server.issue("life"), 404)
        self.assertProblem(self.server.request("POST", "/tenants/life/rotate"), 404)

    def test_created_again(self):
        """Ensures that a tenant created anew under an old name refuses the old one's tokens."""
        self.server.create("again")
        token = self.server.issue("again").body.decode()
        self.server.request("DELETE", "/tenants/again")
        self.assertEqual(self.server.create("again").status, 201)
        self.assertProblem(self.server.verify("again", token), 401)

    def test_rotation(self):
        """Ensures that rotating ends the old tokens and leaves the tenant working."""
        self.server.create("turn")
        old = self.server.issue("turn").body.decode()
        reply = self.server.request("POST", "/tenants/turn/rotate")
        self.assertEqual((reply.status, reply.body), (204, b""))
        self.assertProblem(self.server.verify("turn", old), 401)
        new = self.server.issue("turn").body.decode()
        self.assertEqual(self.server.verify("turn", new).status, 200)
        other = os.urandom(48)
        reply = self.server.request("POST", "/tenants/turn/rotate", {"key": b64(other)})
        self.assertEqual(reply.status, 204)
        self.assertProblem(self.server.verify("turn", new), 401)
        made = sign(other, {"alg": "HS256"}, {"sub": "x"})
        self.assertEqual(self.server.verify("turn", made).json(), {"sub": "x"})

    def test_tenants_are_apart(self):
        """Ensures that a tenant's token is worth nothing to another tenant."""
        self.server.create("one")
        self.server.create("two")
        token = self.server.issue("one").body.decode()
        self.assertEqual(self.server.verify("one", token).status, 200)
        self.assertProblem(self.server.verify("two", token), 401)

    def test_replies(self):
        """Ensures that replies name their type and are not to be cached."""
        reply = self.server.create("reply")
        self.assertEqual((reply.status, reply.body), (201, b""))
        issued = self.server.issue("reply")
        self.assertEqual(issued.headers["Content-Type"], "application/jwt")
        verified = self.server.verify("reply", issued.body.decode())
        self.assertEqual(verified.headers["Content-Type"], "application/json")
        for one in (reply, issued, verified, self.server.verify("reply", "x")):
            self.assertEqual(one.headers["Cache-Control"], "no-store")

    def test_given_keys(self):
        """Ensures that keys of 32 to 128 bytes in strict base64url are taken, and no others."""
        for length in (32, 33, 63, 64, 65, 127, 128):
            key = os.urandom(length)
            self.assertEqual(self.server.create(f"k{length}", key).status, 201)
            token = sign(key, {"alg": "HS256"}, {"n": length})
            self.assertEqual(self.server.verify(f"k{length}", token).json(), {"n": length})
        bad = [{"key": b64(bytes(length))} for length in (0, 1, 31, 129, 200)]
        bad += [{"key": text} for text in (
            None, 7, [b64(KEY)], b64(KEY) + "=", b64(KEY) + "AA", " " + b64(KEY), "+" * 43,
            b64(KEY)[:-1] + "9", b64(KEY)[:-1] + "\u00e9",
            b64(KEY)[:20] + "\u0000" + b64(KEY)[21:])]
        bad += [{"key": b64(KEY), "more": 1}, {"kee": b64(KEY)}]
        for body in bad:
            with self.subTest(body=body):
                self.assertProblem(self.server.request("POST", "/tenants/badkey", body), 400)
        self.server.create("badrot", KEY)
        for body in bad:
            with self.subTest(rotate=body):
                self.assertProblem(self.server.request("POST", "/tenants/badrot/rotate", body), 400)
        token = sign(KEY, {"alg": "HS256"}, {})
        self.assertEqual(self.server.verify("badrot", token).status, 200)
        self.assertProblem(self.server.verify("badkey", token), 404)

    def test_names(self):
        """Ensures that names have 1 to 64 letters, digits, '.', '-' and '_'."""
        for name in ("a", "0", "A.b-c_d", "x" * 64, "%41%62"):
            with self.subTest(name=name):
                self.assertEqual(self.server.create(name).status, 201)
        self.assertEqual(self.server.request("DELETE", "/tenants/Ab").status, 204)
        for name in ("", "x" * 65, "x" * 900, ".", "..", "-a", "_a", "a%20b", "a%00b", "a%0ab",
                     "a%",
                     "a%zz", "a+b", "a,b", "a;b", "a%C3%A9", "a%22b", "a%5Cb", "~a", "a:b", "a@b"):
            with self.subTest(name=name):
                self.assertProblem(self.server.create(name), 400)
                self.assertProblem(self.server.verify(name, "x"), 400)

    def test_paths(self):
        """Ensures that other paths give 404, whatever the method."""
        for path in ("/", "/tenants", "/health", "/healthz/", "/healthz/x", "/metrics/",
                     "//healthz",
                     "/tenants/x/", "/tenants/x/y", "/tenants/x/verify/", "/tenants/x/verify/y",
                     "/tenants//x/verify", "/TENANTS/x", "*"):
            for method in ("GET", "POST", "DELETE", "PUT"):
                with self.subTest(path=path, method=method):
                    self.assertProblem(self.server.request(method, path), 404)
        self.assertProblem(self.server.request("GET", "/" + "x" * 2000), 414)

    def test_methods(self):
        """Ensures that a method that a path has not gives 405 with those that it has."""
        self.server.create("method")
        allowed = {
            "/healthz": {"GET", "HEAD"},
            "/metrics": {"GET", "HEAD"},
            "/tenants/method": {"POST", "DELETE"},
            "/tenants/method/rotate": {"POST"},
            "/tenants/method/tokens": {"POST"},
            "/tenants/method/verify": {"GET", "HEAD"},
        }
        for path, methods in allowed.items():
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE",
                           "BREW",
                           "get", "x" * 300):
                if method in methods:
                    continue
                with self.subTest(path=path, method=method):
                    reply = self.server.request(method, path)
                    self.assertEqual(reply.status, 405)
                    self.assertEqual(set(reply.headers["Allow"].split(", ")), methods)
        self.assertEqual(self.server.request("HEAD", "/healthz").status, 200)
        self.assertEqual(self.server.request("HEAD", "/healthz").body, b"")

    def test_content_type(self):
        """Ensures that a body must say that it is JSON."""
        self.server.create("type")
        path = "/tenants/type/tokens"
        for good in ("application/json", "Application/JSON", "application/json; charset=utf-8",
                     "application/json ;x=y"):
            reply = self.server.request("POST", path, b"{}", Content_Type=good)
            self.assertEqual(reply.status, 200, good)
        for bad in ("text/plain", "application/jsonp", "application/x-www-form-urlencoded", "json",
                    ""):
            with self.subTest(type=bad):
                reply = self.server.request("POST", path, b"{}", Content_Type=bad)
                self.assertProblem(reply, 415)
        self.assertProblem(self.server.request("POST", path, b"{}"), 415)
        self.assertProblem(self.server.request("POST", "/tenants/type2", b"{}", Content_Type="x"),
                           415)

    def test_bodies(self):
        """Ensures that a body that is no JSON object gives 400 and one beyond 4,096 bytes 413."""
        self.server.create("body")
        path = "/tenants/body/tokens"
        json_type = {"Content_Type": "application/json"}
        for body in (b"", b" ", b"null", b"1", b'"x"', b"[]", b"[{}]", b"{", b"}", b"{}x", b"{} {}",
                     b'{"a"}', b'{"a":}', b'{"a":1,}', b'{"a":1,"a":2}', b"{'a':1}",
                     b'{"a":"\xff"}',
                     b'{"a":"\x00"}', b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b'{"a":01}',
                     b'{"a":NaN}',
                     b'{"a":1e999}', b'{"a":' + b"9" * 40 + b"}", b'{"a":' + b"[" * 4000 + b"}"):
            with self.subTest(body=body[:40]):
                self.assertProblem(self.server.request("POST", path, body, **json_type), 400)
        fits = b'{"a":"' + b"x" * (4096 - 8) + b'"}'
        self.assertEqual(self.server.request("POST", path, fits, **json_type).status, 200)
        for extra in (1, 1000, 60000):
            body = fits[:-2] + b"x" * extra + b'"}'
            with self.subTest(extra=extra):
                self.assertProblem(self.server.request("POST", path, body, **json_type), 413)
                self.server.disconnect()
                chunks = (body[i:i + 1000] for i in range(0, len(body), 1000))
                self.assertProblem(self.server.request("POST", path, chunks, **json_type), 413)
        chunks = iter([b'{"sub":', b'"in', b' pieces"}'])
        reply = self.server.request("POST", path, chunks, **json_type)
        verified = self.server.verify("body", reply.body.decode())
        self.assertEqual(verified.json()["sub"], "in pieces")

    def test_claims_too_large(self):
        """Ensures that claims which grow in writing beyond a token's size give 413."""
        self.server.create("grow")
        body = b'{"a":[' + b",".join([b"0.1"] * 1000) + b"]}"
        self.assertLess(len(body), 4096)
        reply = self.server.request("POST", "/tenants/grow/tokens", body,
                                    Content_Type="application/json")
        self.assertProblem(reply, 413)

    def test_unused_body(self):
        """Ensures that a body where none is needed changes nothing."""
        self.server.create("unused")
        token = self.server.issue("unused").body.decode()
        reply = self.server.request("GET", "/tenants/unused/verify", b"x" * 4096,
                                    Authorization="Bearer " + token)
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.server.request("DELETE", "/tenants/unused", b"x").status, 204)


if __name__ == "__main__":
    unittest.main()
