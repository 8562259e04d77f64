# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Keys given to the server: where they are in its memory, and that nothing of them is printed."""

import os
import time
import unittest

from client import Server, b64


def occurrences(pid, needles):
    """Counts each needle in all memory that the process can write."""
    counts = dict.fromkeys(needles, 0)
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            fields = line.split()
            if not fields[1].startswith("rw"):
                continue
            start, end = (int(part, 16) for part in fields[0].split("-"))
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except OSError:  # a guard page, or gone meanwhile
                continue
            for needle in needles:
                counts[needle] += data.count(needle)
    return counts


class Secrets(unittest.TestCase):
    def setUp(self):
        self.server = Server("--threads", "2")
        if self.server.has_shadow_memory():
            self.server.stop()
            self.skipTest("the shadow memory of a sanitizer is too large to search")
        try:
            occurrences(self.server.process.pid, [b"x"])
        except PermissionError:
            self.server.stop()
            self.skipTest("this system does not let a process read its child's memory")

    def tearDown(self):
        self.server.disconnect()
        self.server.stop()

    def search(self, *needles):
        # Connections are closed first: their buffers go with them, as soon as the server notices.
        self.server.disconnect()
        deadline = time.monotonic() + 5
        while True:
            counts = occurrences(self.server.process.pid, needles)
            if time.monotonic() > deadline or not any(counts[needle] for needle in needles[1:]):
                return counts
            time.sleep(0.05)

    def test_given_key(self):
        """Ensures that a given key's text is nowhere, its bytes only while the key exists."""
        key, other = os.urandom(48), os.urandom(48)
        self.assertEqual(self.server.create("s", key).status, 201)
        token = self.server.issue("s").body.decode()
        self.assertEqual(self.server.verify("s", token).status, 200)
        counts = self.search(key, b64(key).encode(), b64(key).encode()[8:-8])
        self.assertEqual(counts[b64(key).encode()], 0)
        self.assertEqual(counts[b64(key).encode()[8:-8]], 0)
        self.assertGreater(counts[key], 0, "the search finds no key that must be there")

        reply = self.server.request("POST", "/tenants/s/rotate", {"key": b64(other)})
        self.assertEqual(reply.status, 204)
        counts = self.search(other, key, key[8:-8], b64(key).encode(), b64(other).encode())
        self.assertGreater(counts.pop(other), 0)
        self.assertEqual(set(counts.values()), {0})

        self.assertEqual(self.server.request("DELETE", "/tenants/s").status, 204)
        counts = self.search(b"", other, other[8:-8], key, b64(other).encode())
        del counts[b""]
        self.assertEqual(set(counts.values()), {0})

    def test_refused_key(self):
        """Ensures that nothing is left of a key that was refused."""
        key = os.urandom(48)
        self.server.create("taken")
        self.assertEqual(self.server.create("taken", key).status, 409)
        self.assertEqual(self.server.create("-", key).status, 400)
        self.assertEqual(self.server.create("x/y", key).status, 404)
        self.assertEqual(
            self.server.request("POST", "/tenants/x", {"key": b64(key), "more": 1}).status, 400)
        self.assertEqual(
            self.server.request("POST", "/tenants/none/rotate", {"key": b64(key)}).status, 404)
        counts = self.search(b"", key, b64(key).encode(), b64(key).encode()[8:-8])
        del counts[b""]
        self.assertEqual(set(counts.values()), {0})

    def test_nothing_printed(self):
        """Ensures that no key and no token is printed, whatever goes wrong."""
        key = os.urandom(48)
        self.server.create("p", key)
        token = self.server.issue("p").body.decode()
        for name, text in (("p", token), ("p", token[:-1]), ("none", token), ("p", b64(key))):
            self.server.verify(name, text)
        self.server.request("POST", "/tenants/p", b'{"key":"' + b64(key).encode(),
                            Content_Type="application/json")
        secret, line = token.encode(), b"GET /tenants/p/verify HTTP/9.9\r\n"
        for raw in (line + b"Authorization: Bearer " + secret + b"\r\n\r\n",
                    b"Bearer " + secret + b"\r\n\r\n",
                    b"GET /" + secret * 500 + b" HTTP/1.1\r\n\r\n",
                    b"POST /tenants/q HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"
                    + b64(key).encode(),
                    b"GET / HTTP/1.1\r\nX " + secret + b"\r\n\r\n"):
            self.server.raw(raw)
        self.server.disconnect()
        _, output = self.server.stop()
        printed = self.server.first_line + output + self.server.stderr()
        for text in (b64(key), b64(key)[4:24], key.hex()[:16], token, token[-20:], token[:20]):
            self.assertNotIn(text, printed)


if __name__ == "__main__":
    unittest.main()
