# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""A test case with one server for all its tests, which must end well and print no secret."""

import unittest

from client import Server


class ServerCase(unittest.TestCase):
    arguments = ("--threads", "3")

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        status, output = cls.server.stop()
        errors = cls.server.stderr()
        if status != 0 or "keys left: 0\n" not in output or "Sanitizer" in errors:
            raise AssertionError(f"the server ended badly: {status} {output!r} {errors!r}")

    def tearDown(self):
        self.server.disconnect()

    def assertProblem(self, reply, status):
        """Checks that a reply is an error of this status, with the headers that it must have."""
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.headers["Content-Type"], "application/problem+json")
        self.assertEqual(reply.json()["status"], status)
        if status == 401:
            self.assertRegex(reply.headers["WWW-Authenticate"], r'^Bearer realm="[^"]+"')
        if status == 405:
            self.assertTrue(reply.headers["Allow"])
        if status == 503:
            self.assertTrue(reply.headers["Retry-After"])

    def assertHealthy(self):
        reply = self.server.request("GET", "/healthz")
        self.assertEqual((reply.status, reply.body), (200, b"ok\n"))
