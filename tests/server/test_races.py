# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Requests at one time for one tenant: each gets an answer that some order of them explains."""

import random
import threading
import time
import unittest

from case import ServerCase
from client import total

SECONDS = 1.5


class Races(ServerCase):
    arguments = ("--threads", "4")

    def run_threads(self, *functions):
        """Runs each function in a thread; the first thing wrong in any of them fails the test."""
        start = threading.Barrier(len(functions))
        wrong = []

        def body(function):
            try:
                start.wait()
                function()
            except Exception as error:
                wrong.append(error)
            finally:
                self.server.disconnect()

        threads = [threading.Thread(target=body, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise wrong[0]

    def check(self, reply, *allowed):
        if reply.status not in allowed:
            raise AssertionError(f"{reply.status} {reply.body!r}, expected one of {allowed}")
        return reply

    def test_one_creator_wins(self):
        """Ensures that of many who create one tenant, or revoke it, exactly one succeeds."""
        for i in range(30):
            results = []

            def create():
                results.append(self.server.create(f"one{i}").status)

            def revoke():
                results.append(self.server.request("DELETE", f"/tenants/one{i}").status)

            self.run_threads(*[create] * 5)
            self.assertEqual(sorted(results), [201] + [409] * 4)
            results.clear()
            self.run_threads(*[revoke] * 5)
            self.assertEqual(sorted(results), [204] + [404] * 4)

    def test_rotate_and_verify(self):
        """Ensures that a rotating tenant's fresh tokens are right and its old ones wrong."""
        self.assertEqual(self.server.create("hot").status, 201)
        tokens = [self.server.issue("hot").body.decode()]
        end = time.monotonic() + SECONDS
        before = total(self.server.metrics(), "keyshard_key_replacements")
        counts = {"rotations": 0, 200: 0, 401: 0}

        def rotate():
            while time.monotonic() < end:
                old = tokens[0]
                self.check(self.server.request("POST", "/tenants/hot/rotate"), 204)
                counts["rotations"] += 1
                self.check(self.server.verify("hot", old), 401)
                tokens[0] = self.check(self.server.issue("hot"), 200).body.decode()
                self.check(self.server.verify("hot", tokens[0]), 200)

        def verify():
            mine = {200: 0, 401: 0}
            while time.monotonic() < end:
                mine[self.check(self.server.verify("hot", tokens[0]), 200, 401).status] += 1
            counts[200] += mine[200]
            counts[401] += mine[401]

        def issue():
            while time.monotonic() < end:
                self.check(self.server.issue("hot"), 200)

        self.run_threads(rotate, verify, verify, verify, issue)
        print(counts)
        self.assertGreater(counts["rotations"], 0)
        self.assertGreater(counts[200], 0)
        after = total(self.server.metrics(), "keyshard_key_replacements")
        self.assertEqual(after - before, counts["rotations"])

    def test_revoke_and_use(self):
        """Ensures that use of a tenant that others revoke and create anew gives 200, 401 or 404."""
        end = time.monotonic() + SECONDS
        seed = random.randrange(2**32)
        print("seed", seed)
        names = [f"r{i}" for i in range(4)]
        tokens = dict.fromkeys(names, "none")
        lock = threading.Lock()
        counts = {"create": 0, "revoke": 0}

        def user(number):
            source = random.Random(seed + number)

            def run():
                while time.monotonic() < end:
                    name = source.choice(names)
                    self.check(self.server.verify(name, tokens[name]), 200, 401, 404)
                    reply = self.check(self.server.issue(name), 200, 404)
                    if reply.status == 200:
                        tokens[name] = reply.body.decode()
                    self.check(self.server.request("POST", f"/tenants/{name}/rotate"), 204, 404)
            return run

        def changer(number):
            source = random.Random(seed + number)

            def run():
                while time.monotonic() < end:
                    name = source.choice(names)
                    created = self.check(self.server.create(name), 201, 409).status == 201
                    name = source.choice(names)
                    reply = self.check(self.server.request("DELETE", f"/tenants/{name}"), 204, 404)
                    with lock:
                        counts["create"] += created
                        counts["revoke"] += reply.status == 204
            return run

        before = self.server.metrics()
        self.run_threads(*[user(i) for i in range(4)], *[changer(i) for i in range(4, 7)])
        after = self.server.metrics()
        print(counts)
        self.assertGreater(counts["revoke"], 0)
        for name, sign in (("keyshard_key_creations", "create"),
                           ("keyshard_key_destructions", "revoke")):
            self.assertGreaterEqual(total(after, name) - total(before, name), counts[sign])
        left = total(after, "token_server_tenants") - total(before, "token_server_tenants")
        self.assertEqual(left, counts["create"] - counts["revoke"])
        self.assertEqual(total(after, "token_server_tenants"), total(after, "keyshard_keys"))
        self.assertEqual(total(after, "keyshard_objects_dying"), 0)

    def test_revoked_is_revoked(self):
        """Ensures that no request that starts after a tenant's revocation was answered finds it."""
        end = time.monotonic() + SECONDS
        current = [None]  # (name, token)
        revoked = set()

        def owner():
            i = 0
            while time.monotonic() < end:
                name = f"gone{i}"
                i += 1
                self.check(self.server.create(name), 201)
                token = self.check(self.server.issue(name), 200).body.decode()
                current[0] = (name, token)
                self.check(self.server.verify(name, token), 200)
                self.check(self.server.request("DELETE", f"/tenants/{name}"), 204)
                revoked.add(name)
                self.check(self.server.verify(name, token), 404)

        def user():
            while time.monotonic() < end:
                if current[0] is None:
                    continue
                name, token = current[0]
                allowed = (404,) if name in revoked else (200, 404)
                self.check(self.server.verify(name, token), *allowed)

        self.run_threads(owner, user, user, user)
        self.assertGreater(len(revoked), 0)


if __name__ == "__main__":
    unittest.main()
