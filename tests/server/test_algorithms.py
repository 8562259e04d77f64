# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""A tenant's algorithm: how it is chosen, and that nothing but the tenant decides it."""

import base64
import json
import threading
import time

from case import ServerCase
from client import b64, sign, total

P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def header_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))


class Algorithms(ServerCase):
    arguments = ("--threads", "3", "--tenants", "6", "--es256-tenants", "2")

    def issue(self, name, claims=None):
        reply = self.server.issue(name, claims)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body.decode()

    def test_chosen(self):
        """Ensures that a tenant has the algorithm that it was created with, HS256 by default."""
        for name, alg, wanted in (("a0", None, "HS256"), ("a1", "HS256", "HS256"),
                                  ("a2", "ES256", "ES256")):
            self.assertEqual(self.server.create(name, alg=alg).status, 201)
            token = self.issue(name, {"sub": name})
            self.assertEqual(header_of(token), {"alg": wanted, "typ": "JWT"})
            self.assertEqual(self.server.verify(name, token).json()["sub"], name)
        for i in range(6):
            wanted = "ES256" if i < 2 else "HS256"
            self.assertEqual(header_of(self.issue(f"t{i}"))["alg"], wanted)

    def test_unknown(self):
        """Ensures that no other algorithm is taken, and that the error says which are."""
        for alg in ("", "none", "es256", "ES256K", "ES384", "RS256", "HS512", "HS256 ", 1, None,
                    ["ES256"], {"ES256": 1}, True):
            reply = self.server.request("POST", "/tenants/unknown", {"alg": alg})
            self.assertProblem(reply, 400)
            self.assertEqual(reply.json()["detail"], "alg must be HS256 or ES256")
        for body in ({"alg": "ES256", "more": 1}, {"algorithm": "ES256"}):
            reply = self.server.request("POST", "/tenants/unknown", body)
            self.assertProblem(reply, 400)
            self.assertEqual(reply.json()["detail"], "the body may have two members: alg and key")
        self.assertProblem(self.server.issue("unknown"), 404)

    def test_given_scalars(self):
        """Ensures that an ES256 key is a private scalar of P-256 in 32 bytes, and nothing else."""
        for i, scalar in enumerate((1, 2, P256_ORDER // 2, P256_ORDER - 1)):
            name = f"s{i}"
            key = scalar.to_bytes(32, "big")
            self.assertEqual(self.server.create(name, key, "ES256").status, 201)
            self.assertEqual(self.server.verify(name, self.issue(name)).status, 200)
        for scalar in (0, P256_ORDER, P256_ORDER + 1, 2**256 - 1):
            reply = self.server.create("bad", scalar.to_bytes(32, "big"), "ES256")
            self.assertProblem(reply, 400)
            self.assertEqual(reply.json()["detail"], "key is no private scalar of P-256")
        for length in (0, 1, 31, 33, 64, 65, 128):
            reply = self.server.create("bad", bytes([1]) * length, "ES256")
            self.assertProblem(reply, 400)
            self.assertIn("32 bytes", reply.json()["detail"])
        for key in (1, None, ["x"], "!" * 43, b64(bytes([1]) * 32) + "="):
            body = {"alg": "ES256", "key": key}
            self.assertProblem(self.server.request("POST", "/tenants/bad", body), 400)
        self.assertProblem(self.server.issue("bad"), 404)

    def test_rotation_keeps_it(self):
        """Ensures that a rotation gives a tenant another key of its algorithm, and cannot change
        the algorithm."""
        for name, alg in (("r0", "HS256"), ("r1", "ES256")):
            self.server.create(name, alg=alg)
            old = self.issue(name)
            for body in ({"alg": "ES256"}, {"alg": "HS256", "key": b64(bytes([7]) * 32)}):
                reply = self.server.request("POST", f"/tenants/{name}/rotate", body)
                self.assertProblem(reply, 400)
                self.assertEqual(reply.json()["detail"],
                                 "a tenant's alg is chosen when it is created")
            self.assertEqual(self.server.verify(name, old).status, 200)
            for body in (None, {"key": b64(bytes([7]) * 32)}, {}):
                reply = self.server.request("POST", f"/tenants/{name}/rotate", body)
                self.assertEqual(reply.status, 204, reply.body)
                self.assertProblem(self.server.verify(name, old), 401)
                old = self.issue(name)
                self.assertEqual(header_of(old)["alg"], alg)
                self.assertEqual(self.server.verify(name, old).status, 200)
        token = self.issue("r1")
        reply = self.server.request("POST", "/tenants/r1/rotate", {"key": b64(bytes(32))})
        self.assertProblem(reply, 400)
        self.assertEqual(self.server.verify("r1", token).status, 200)

    def test_revoked(self):
        """Ensures that a revoked ES256 tenant is gone, its public key too, and that a tenant of
        another algorithm may follow under its name."""
        self.server.create("gone", alg="ES256")
        token = self.issue("gone")
        self.assertEqual(self.server.public_keys("gone").status, 200)
        self.assertEqual(self.server.request("DELETE", "/tenants/gone").status, 204)
        self.assertProblem(self.server.verify("gone", token), 404)
        self.assertProblem(self.server.issue("gone"), 404)
        self.assertProblem(self.server.public_keys("gone"), 404)
        self.assertEqual(self.server.create("gone").status, 201)
        self.assertProblem(self.server.verify("gone", token), 401)
        self.assertProblem(self.server.public_keys("gone"), 404)

    def test_confusion(self):
        """Ensures that a token's header decides nothing: the public key is no HMAC key, and a
        token of one algorithm is none of the other."""
        scalar = bytes([9]) * 32
        self.server.create("es", scalar, "ES256")
        self.server.create("hs", scalar, "HS256")
        jwk = self.server.public_keys("es").json()["keys"][0]
        point = b"\4" + b"".join(base64.urlsafe_b64decode(jwk[name] + "=") for name in "xy")
        for key in (scalar, point, point[1:], json.dumps(jwk).encode()):
            for alg in ("HS256", "ES256", "none"):
                token = sign(key, {"alg": alg, "typ": "JWT"}, {"sub": "x"})
                self.assertProblem(self.server.verify("es", token), 401)
        es, hs = self.issue("es"), self.issue("hs")
        for name, token in (("es", hs), ("hs", es)):
            reply = self.server.verify(name, token)
            self.assertProblem(reply, 401)
            self.assertIn("algorithm", reply.json()["detail"])
        # The same with a header that says what the tenant wants to hear.
        head, body, signature = es.split(".")
        swapped = b64(b'{"alg":"HS256"}') + "." + body + "." + signature
        self.assertProblem(self.server.verify("hs", swapped), 401)

    def test_changed_signature(self):
        """Ensures that no other signature is taken for an ES256 token: a changed one, one of
        another length, one in DER, one of zeros."""
        self.server.create("sig", alg="ES256")
        token = self.issue("sig")
        text, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        self.assertEqual(len(raw), 64)
        der = b"".join(b"\x02\x21\0" + raw[i:i + 32] for i in (0, 32))
        changed = [raw[:i] + bytes([raw[i] ^ 1 << i % 8]) + raw[i + 1:] for i in range(64)]
        order = P256_ORDER.to_bytes(32, "big")
        for other in changed + [raw[:63], raw + b"\0", b"", b"\0" + raw, raw[32:] + raw[:32],
                                b"\x30" + bytes([len(der)]) + der, bytes(64), raw[:32] + bytes(32),
                                bytes(32) + raw[32:], raw[:32] + order, order + raw[32:], b"\xff" * 64]:
            self.assertProblem(self.server.verify("sig", text + "." + b64(other)), 401)
        self.assertEqual(self.server.verify("sig", token).status, 200)

    def test_public_keys(self):
        """Ensures the form of the public key, that a rotation changes it, and that an HS256 tenant
        has none."""
        self.server.create("pub", (1).to_bytes(32, "big"), "ES256")
        reply = self.server.public_keys("pub")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers["Content-Type"], "application/jwk-set+json")
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        # The public key of the scalar 1 is the curve's base point.
        x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        self.assertEqual(reply.json(), {"keys": [
            {"kty": "EC", "crv": "P-256", "x": b64(bytes.fromhex(x)), "y": b64(bytes.fromhex(y)),
             "alg": "ES256", "use": "sig"}]})
        self.server.request("POST", "/tenants/pub/rotate")
        self.assertNotEqual(self.server.public_keys("pub").json(), reply.json())
        self.server.create("sym")
        reply = self.server.public_keys("sym")
        self.assertProblem(reply, 404)
        self.assertEqual(reply.json()["detail"], "the tenant's algorithm has no public key")
        reply = self.server.request("POST", "/tenants/pub/jwks.json")
        self.assertProblem(reply, 405)
        self.assertEqual(reply.headers["Allow"], "GET, HEAD")

    def test_metrics(self):
        """Ensures that tenants and tokens are counted by algorithm."""
        before = self.server.metrics()
        self.server.create("m0", alg="ES256")
        self.server.create("m1", alg="ES256")
        self.server.create("m2")
        token = self.issue("m0")
        self.issue("m2")
        for name in ("m0", "m0", "m0", "m1", "m2"):
            self.server.verify(name, token)
        self.server.request("DELETE", "/tenants/m1")
        self.server.public_keys("m0")
        after = self.server.metrics()

        def change(name, **labels):
            return total(after, name, **labels) - total(before, name, **labels)

        for alg, tenants, issued, verified, refused in (("ES256", 1, 1, 3, 1),
                                                        ("HS256", 1, 1, 0, 1)):
            self.assertEqual(change("token_server_tenants", alg=alg), tenants)
            for result, count in (("issued", issued), ("verified", verified),
                                  ("refused", refused)):
                self.assertEqual(change("token_server_tokens", alg=alg, result=result), count)
        self.assertEqual(change("token_server_requests", endpoint="keys", code="200"), 1)

    def test_rotation_has_no_gap(self):
        """Ensures that while an ES256 tenant is rotated by others no request fails: each token is
        right or refused for its signature, and each public key whole."""
        self.server.create("gap", alg="ES256")
        ending = threading.Event()
        wrong, answers = [], {}

        def work():
            token = None
            while not ending.is_set():
                token = token or self.server.issue("gap").body.decode()
                reply = self.server.verify("gap", token)
                answers[reply.status] = answers.get(reply.status, 0) + 1
                if reply.status == 401:
                    token = None
                keys = self.server.public_keys("gap")
                if reply.status not in (200, 401) or keys.status != 200:
                    wrong.append((reply.status, reply.body, keys.status, keys.body))
            self.server.disconnect()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            reply = self.server.request("POST", "/tenants/gap/rotate")
            if reply.status != 204:
                wrong.append((reply.status, reply.body))
        ending.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(answers.get(401, 0), 0)
