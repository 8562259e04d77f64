# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""ES256 both ways between the server and python3-jwt with python3-cryptography."""

import json
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from case import ServerCase


def scalar_of(key):
    return key.private_numbers().private_value.to_bytes(32, "big")


class Es256(ServerCase):
    def public_key(self, name):
        """The tenant's public key as python3-jwt reads it from the server."""
        key_set = jwt.PyJWKSet.from_dict(self.server.public_keys(name).json())
        self.assertEqual(len(key_set.keys), 1)
        return key_set.keys[0].key

    def test_server_to_python(self):
        """Ensures that python3-jwt verifies the server's tokens with the key that the server
        publishes, and with no other tenant's."""
        for name in ("p0", "p1"):
            self.assertEqual(self.server.create(name, alg="ES256").status, 201)
        keys = [self.public_key(name) for name in ("p0", "p1")]
        for i in range(8):
            claims = {"sub": f"user {i}", "text": "\u00e9\u4e2d\U0001f511"}
            token = self.server.issue("p0", claims, "?ttl=100").body.decode()
            read = jwt.decode(token, keys[0], algorithms=["ES256"], issuer="p0",
                              options={"require": ["exp", "iat", "iss"]})
            self.assertEqual(read, claims | {name: read[name] for name in ("iss", "iat", "exp")})
            self.assertEqual(jwt.get_unverified_header(token), {"alg": "ES256", "typ": "JWT"})
            with self.assertRaises(jwt.InvalidSignatureError):
                jwt.decode(token, keys[1], algorithms=["ES256"])

    def test_python_to_server(self):
        """Ensures that the server verifies what python3-jwt signs with the key that the server was
        given, publishes that key's public part, and refuses another key's tokens."""
        own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.assertEqual(self.server.create("given", scalar_of(own), "ES256").status, 201)
        self.assertEqual(self.public_key("given").public_numbers(),
                         own.public_key().public_numbers())
        now = int(time.time())
        for claims in ({}, {"sub": "x"}, {"iss": "given", "iat": now, "exp": now + 60},
                       {"text": "\u00e9" * 300, "n": [1.5, -7, None, {"a": True}]}):
            token = jwt.encode(claims, own, algorithm="ES256")
            self.assertEqual(self.server.verify("given", token).json(), claims)
            self.assertProblem(
                self.server.verify("given", jwt.encode(claims, other, algorithm="ES256")), 401)
        token = jwt.encode({}, own, algorithm="ES256", headers={"kid": "1"})
        self.assertEqual(self.server.verify("given", token).status, 200)

    def test_other_algorithms(self):
        """Ensures that the server refuses what python3-jwt signs with other curves or hashes."""
        own = ec.generate_private_key(ec.SECP256R1())
        self.server.create("strict", scalar_of(own), "ES256")
        self.assertProblem(
            self.server.verify("strict", jwt.encode({}, scalar_of(own), algorithm="HS256")), 401)
        for curve, alg in ((ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512"),
                           (ec.SECP256K1(), "ES256K")):
            token = jwt.encode({}, ec.generate_private_key(curve), algorithm=alg)
            self.assertProblem(self.server.verify("strict", token), 401)
        self.assertProblem(
            self.server.verify("strict", jwt.encode({"exp": 1}, own, algorithm="ES256")), 401)

    def test_rotated(self):
        """Ensures that after a rotation, to a given key or a random one, both sides agree."""
        first, second = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.server.create("turn", scalar_of(first), "ES256")
        before = self.server.issue("turn").body.decode()
        body = {"key": jwt.utils.base64url_encode(scalar_of(second)).decode()}
        self.assertEqual(
            self.server.request("POST", "/tenants/turn/rotate", body).status, 204)
        after = self.server.issue("turn", {"a": 1}).body.decode()
        self.assertEqual(jwt.decode(after, second.public_key(), algorithms=["ES256"])["a"], 1)
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(after, first.public_key(), algorithms=["ES256"])
        self.assertProblem(self.server.verify("turn", before), 401)
        self.assertEqual(self.server.request("POST", "/tenants/turn/rotate").status, 204)
        token = self.server.issue("turn", {"a": 2}).body.decode()
        self.assertEqual(
            jwt.decode(token, self.public_key("turn"), algorithms=["ES256"])["a"], 2)
        self.assertProblem(
            self.server.verify("turn", jwt.encode({}, second, algorithm="ES256")), 401)

    def test_published_form(self):
        """Ensures that the published key is a JWK that says curve, algorithm and use, and that
        nothing in it is private."""
        self.server.create("form", alg="ES256")
        jwk = self.server.public_keys("form").json()["keys"][0]
        self.assertEqual(set(jwk), {"kty", "crv", "x", "y", "alg", "use"})
        key = jwt.algorithms.ECAlgorithm.from_jwk(json.dumps(jwk))
        self.assertIsInstance(key, ec.EllipticCurvePublicKey)
        self.assertIsInstance(key.curve, ec.SECP256R1)
