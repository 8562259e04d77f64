# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Both ways between the server and an independent implementation, python3-jwt."""

import os
import time
import unittest

import jwt

from case import ServerCase

KEYS = [os.urandom(length) for length in (32, 47, 64, 65, 128)]


class Interop(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for i, key in enumerate(KEYS):
            assert cls.server.create(f"i{i}", key).status == 201

    def test_server_to_python(self):
        """Ensures that python3-jwt verifies the server's tokens, with the right key only."""
        for i, key in enumerate(KEYS):
            claims = {"sub": f"user {i}", "role": ["a", "b"], "text": "\u00e9\u4e2d\U0001f511"}
            token = self.server.issue(f"i{i}", claims, "?ttl=100").body.decode()
            read = jwt.decode(token, key, algorithms=["HS256"], issuer=f"i{i}",
                              options={"require": ["exp", "iat", "iss"]})
            self.assertEqual(read, claims | {name: read[name] for name in ("iss", "iat", "exp")})
            self.assertEqual(read["exp"] - read["iat"], 100)
            self.assertEqual(jwt.get_unverified_header(token), {"alg": "HS256", "typ": "JWT"})
            for other in KEYS:
                if other != key:
                    with self.assertRaises(jwt.InvalidSignatureError):
                        jwt.decode(token, other, algorithms=["HS256"])

    def test_python_to_server(self):
        """Ensures that the server verifies tokens of python3-jwt, with the right key only."""
        now = int(time.time())
        for i, key in enumerate(KEYS):
            for claims in ({}, {"sub": "x"}, {"iss": f"i{i}", "iat": now, "exp": now + 60},
                           {"text": "\u00e9" * 300, "n": [1.5, -7, None, {"a": True}]}):
                token = jwt.encode(claims, key, algorithm="HS256")
                self.assertEqual(self.server.verify(f"i{i}", token).json(), claims)
                reply = self.server.verify(f"i{(i + 1) % len(KEYS)}", token)
                self.assertProblem(reply, 401)
            token = jwt.encode({}, key, algorithm="HS256", headers={"kid": "1", "typ": "JWT"})
            self.assertEqual(self.server.verify(f"i{i}", token).status, 200)

    def test_python_made_wrong(self):
        """Ensures that the server refuses tokens of python3-jwt that are expired or not HS256."""
        key = KEYS[0]
        for algorithm in ("HS384", "HS512"):
            self.assertProblem(self.server.verify("i0", jwt.encode({}, key, algorithm)), 401)
        self.assertProblem(self.server.verify("i0", jwt.encode({}, None, "none")), 401)
        self.assertProblem(self.server.verify("i0", jwt.encode({"exp": 1}, key)), 401)
        self.assertProblem(self.server.verify("i0", jwt.encode({"nbf": 2**40}, key)), 401)
        self.assertProblem(
            self.server.verify("i0", jwt.encode({}, key, headers={"crit": ["x"], "x": 1})), 401)

    def test_rotated(self):
        """Ensures that after a rotation to a given key both sides agree on the new key."""
        old, new = os.urandom(32), os.urandom(96)
        self.server.create("rot", old)
        before = self.server.issue("rot").body.decode()
        reply = self.server.request("POST", "/tenants/rot/rotate",
                                    {"key": jwt.utils.base64url_encode(new).decode()})
        self.assertEqual(reply.status, 204)
        after = self.server.issue("rot", {"a": 1}).body.decode()
        self.assertEqual(jwt.decode(after, new, algorithms=["HS256"])["a"], 1)
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(after, old, algorithms=["HS256"])
        self.assertProblem(self.server.verify("rot", before), 401)
        self.assertProblem(self.server.verify("rot", jwt.encode({}, old)), 401)
        self.assertEqual(self.server.verify("rot", jwt.encode({}, new)).status, 200)


if __name__ == "__main__":
    unittest.main()
