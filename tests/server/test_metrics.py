# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""/metrics: its form, and that its numbers are those of what was done."""

import unittest

import openmetrics
from case import ServerCase
from client import total


class Reader(unittest.TestCase):
    def test_reader_is_strict(self):
        """Ensures that the reader of these tests refuses what the format does not allow."""
        good = b"# TYPE a counter\n# HELP a b c\na_total{x=\"1\",y=\"\\\"\"} 5\n# EOF\n"
        self.assertEqual(total(openmetrics.parse(good), "a", x="1"), 5)
        for bad in (good[:-1], good + b"\n", good + b"a 1\n", good.replace(b"a_total", b"a"), b"",
                    b"# EOF", good.replace(b"} 5", b"}  5"), good.replace(b"5", b"x"),
                    good.replace(b"5", b"-5"),
                    good.replace(b"\n", b"\r\n"), b"\n" + good, b"a 1\n# EOF\n",
                    good.replace(b"# TYPE a counter\n", b""), good.replace(b"x=\"1\"", b"x=1"),
                    good.replace(b"counter", b"count"), good.replace(b"x=", b"y="),
                    b"# TYPE a gauge\na 1\na 1\n# EOF\n",
                    b"# TYPE a gauge\na 1\n# HELP a x\n# EOF\n",
                    b"# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 2\n# EOF\n",
                    b"# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n",
                    b"# TYPE a_total gauge\na_total 1\n# EOF\n", b"#TYPE a gauge\na 1\n# EOF\n"):
            with self.subTest(bad=bad), self.assertRaises(openmetrics.FormatError):
                openmetrics.parse(bad)


class Metrics(ServerCase):
    arguments = ("--threads", "2", "--tenants", "50")

    def test_form(self):
        """Ensures that the reply is OpenMetrics text, of the families that are documented."""
        reply = self.server.request("GET", "/metrics")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers["Content-Type"],
                         "application/openmetrics-text; version=1.0.0; charset=utf-8")
        families = openmetrics.parse(reply.body)
        gauges = """token_server_tenants keyshard_keys keyshard_objects_dying keyshard_shards
            keyshard_shards_parked keyshard_slots keyshard_records keyshard_record_bytes
            keyshard_secret_bytes keyshard_secret_mapped_bytes
            keyshard_secret_locked_bytes""".split()
        counters = """token_server_requests token_server_tokens keyshard_key_creations keyshard_key_destructions
            keyshard_key_replacements keyshard_lookups keyshard_lookup_misses keyshard_retirements
            keyshard_grace_periods keyshard_record_makes keyshard_record_evictions
            keyshard_random_reseeds""".split()
        types = {name: family.type for name, family in families.items()}
        self.assertEqual(types, dict.fromkeys(gauges, "gauge") | dict.fromkeys(counters, "counter")
                         | {"keyshard": "info"})
        for family in families.values():
            self.assertTrue(family.help, family.name)
            if family.name.endswith("_bytes"):
                self.assertEqual(family.unit, "bytes")

    def test_counts(self):
        """Ensures that each answer is counted once, by endpoint and status, and each key too."""
        before = self.server.metrics()
        done = {}

        def count(endpoint, reply):
            done[endpoint, reply.status] = done.get((endpoint, reply.status), 0) + 1
            return reply

        for i in range(5):
            count("create", self.server.create(f"m{i}"))
        count("create", self.server.create("m0"))
        count("create", self.server.create("-"))
        # A second connection beside the first is the other thread's: it uses, rotates and revokes
        # keys that are not its own, and that takes grace periods.
        first = self.server.connection()
        self.addCleanup(first.close)
        self.server.local.connection = None
        for i in range(4):
            token = count("issue", self.server.issue(f"m{i}")).body.decode()
            count("verify", self.server.verify(f"m{i}", token))
            count("verify", self.server.verify(f"m{i + 1}", token))
        for i in range(3):
            count("rotate", self.server.request("POST", f"/tenants/m{i}/rotate"))
        for i in range(6):
            count("revoke", self.server.request("DELETE", f"/tenants/m{i}"))
        count("issue", self.server.request("POST", "/tenants/t0/tokens", b"{}"))
        count("issue", self.server.request("POST", "/tenants/t0/tokens", b"x" * 5000))
        count("healthz", self.server.request("GET", "/healthz"))
        count("other", self.server.request("GET", "/nowhere"))
        count("other", self.server.request("PUT", "/healthz"))
        count("other", self.server.request("GET", "/" + "x" * 1500))
        # The one before counts itself after it is written, and this one does not count itself.
        done["metrics", 200] = 1

        after = self.server.metrics()
        old = before["token_server_requests"].samples
        new = after["token_server_requests"].samples
        delta = {(dict(key)["endpoint"], int(dict(key)["code"])): value - old.get(key, 0)
                 for key, value in new.items() if value != old.get(key, 0)}
        self.assertEqual(delta, done)

        def change(name):
            return total(after, name) - total(before, name)

        self.assertEqual(done["create", 201], 5)
        self.assertEqual(change("keyshard_key_creations"), 5)
        self.assertEqual(change("keyshard_key_destructions"), 5)
        self.assertEqual(change("keyshard_key_replacements"), 3)
        self.assertEqual(change("keyshard_keys"), 0)
        self.assertEqual(total(after, "keyshard_keys"), total(after, "token_server_tenants"))
        # Each token issued or verified looks its key up once.
        self.assertGreaterEqual(change("keyshard_lookups"), 12)
        self.assertGreaterEqual(change("keyshard_retirements"), 8)
        self.assertGreaterEqual(change("keyshard_grace_periods"), 8)
        self.assertEqual(total(after, "keyshard_objects_dying"), 0)

    def test_store_adds_up(self):
        """Ensures that the store's numbers agree with each other."""
        for i in range(50):
            self.assertEqual(self.server.verify(f"t{i}", "x").status, 401)
            self.server.issue(f"t{i}")
        for i in range(50):  # a context is kept of a key that a thread uses twice
            self.server.issue("t0")
        families = self.server.metrics()

        def value(name):
            return total(families, name)

        self.assertEqual(value("keyshard_key_creations") - value("keyshard_key_destructions"),
                         value("keyshard_keys"))
        self.assertLessEqual(value("keyshard_lookup_misses"), value("keyshard_lookups"))
        self.assertLessEqual(value("keyshard_keys"), value("keyshard_slots"))
        self.assertLessEqual(value("keyshard_shards_parked"), value("keyshard_shards"))
        self.assertLessEqual(value("keyshard_record_evictions"), value("keyshard_record_makes"))
        self.assertLessEqual(value("keyshard_records"), value("keyshard_record_makes"))
        self.assertGreater(value("keyshard_records"), 0)
        self.assertGreater(value("keyshard_record_bytes"), 0)
        self.assertLessEqual(value("keyshard_secret_bytes"), value("keyshard_secret_mapped_bytes"))
        self.assertLessEqual(value("keyshard_secret_locked_bytes"),
                             value("keyshard_secret_mapped_bytes"))
        self.assertGreaterEqual(value("keyshard_secret_bytes"), 32 * value("keyshard_keys"))
        self.assertGreater(value("keyshard_random_reseeds"), 0)


if __name__ == "__main__":
    unittest.main()
