# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""What is no well-formed HTTP, or well-formed and hostile: it gets an error or no answer, and the
server goes on."""

import random
import re
import socket
import unittest

from case import ServerCase

END = b"\r\nHost: x\r\n\r\n"


class BadHttp(ServerCase):
    def connect(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=20)

    def statuses(self, data, timeout=0.2):
        """The statuses of the replies, after a check that nothing else comes back. Where the server
        waits for more, although no more can come, it is not waited for."""
        received = self.server.raw(data, timeout)
        # libmicrohttpd 0.9.75 sends the header of some of its own error replies twice.
        received = re.sub(rb"(?s)^(HTTP/1.1 4\d\d .*?\r\n\r\n)\1", rb"\1", received)
        found = re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)
        if received:
            self.assertTrue(received.startswith(b"HTTP/1."), received[:80])
        return [int(status) for status in found]

    def assertRefused(self, data, *allowed):
        """Checks that the reply, if there is one, is an error, one of those given if any are."""
        statuses = self.statuses(data)
        with self.subTest(data=data[:60]):
            self.assertLessEqual(len(statuses), 1)
            for status in statuses:
                self.assertIn(status, allowed or range(400, 600))
        self.assertHealthy()

    def test_request_lines(self):
        """Ensures that a wrong request line is refused."""
        for line in (b"GET", b"GET /healthz", b"GET /healthz HTTP", b"GET /healthz HTTP/9.9",
                     b"GET /healthz HTTP/0.1", b"GET /healthz http/1.1", b"/healthz GET HTTP/1.1",
                     b" GET /healthz HTTP/1.1", b"GET  HTTP/1.1", b"\x00GET /healthz HTTP/1.1",
                     b"GET /healthz\x00 HTTP/1.1 x y", b"GET healthz HTTP/1.1", b"PRI * HTTP/2.0"):
            self.assertRefused(line + END)

    def test_headers(self):
        """Ensures that wrong header lines are refused."""
        line = b"GET /healthz HTTP/1.1\r\n"
        self.assertEqual(self.statuses(line + b"\r\n", 20), [400])  # no Host
        for header in (b"Host x", b": x", b"Host : x", b"\x00: x"):
            self.assertRefused(line + header + b"\r\n\r\n")
        self.assertRefused(line + b"X: " + b"y" * 100000 + END, 400, 413, 414, 431)
        self.assertRefused(line + b"".join(b"X%d: y\r\n" % i for i in range(20000)) + END, 400, 413,
                           431)
        self.assertRefused(b"GET /" + b"x" * 100000 + b" HTTP/1.1" + END, 414)

    def test_body_lengths(self):
        """Ensures that a body whose length is wrong or unclear is refused."""
        line = b"POST /tenants/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        for header in (b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 1x",
                       b"Content-Length: 0x2", b"Content-Length: 99999999999999999999999999",
                       b"Content-Length: 18446744073709551615", b"Content-Length: 4097",
                       b"Content-Length: 1\r\nContent-Length: 2",
                       b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: x",
                       b"Content-Length: 7\r\nTransfer-Encoding: chunked",
                       b"Transfer-Encoding: chunked\r\nContent-Length: 7"):
            self.assertRefused(line + header + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        chunked = line + b"Transfer-Encoding: chunked\r\n\r\n"
        for body in (b"x\r\n", b"-1\r\n", b"fffffffffffffffffffffff\r\n", b"2\r\n{}x\r\n", b"\r\n",
                     b"2;"):
            self.assertRefused(chunked + body + b"0\r\n\r\n")
        self.assertProblem(self.server.request("DELETE", "/tenants/x"), 404)

    def test_endless_body(self):
        """Ensures that a body without end is cut off."""
        chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
        sent = 0
        with self.connect() as connection:
            connection.sendall(b"POST /tenants/x/tokens HTTP/1.1\r\nHost: x\r\n"
                               b"Content-Type: application/json\r\n"
                               b"Transfer-Encoding: chunked\r\n\r\n")
            with self.assertRaises(OSError):
                while sent < 64 << 20:
                    connection.sendall(chunk)
                    sent += 4096
        self.assertHealthy()

    def test_cut_short(self):
        """Ensures that a request which ends early does nothing."""
        body = b'{"key":"' + b"A" * 43 + b'"}'
        whole = (b"POST /tenants/cut HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body)) + body
        for length in list(range(0, len(whole), 17)) + [len(whole) - 1]:
            self.assertEqual(self.statuses(whole[:length]), [])
        self.assertProblem(self.server.request("DELETE", "/tenants/cut"), 404)
        self.assertEqual(self.statuses(whole, 20), [201])

    def test_slow(self):
        """Ensures that a request may come in single bytes while others are served."""
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":
                connection.sendall(bytes([byte]))
                self.assertHealthy()
            reply = b""
            while piece := connection.recv(4096):
                reply += piece
        self.assertTrue(reply.startswith(b"HTTP/1.1 200 "))

    def test_pipelining(self):
        """Ensures that requests sent at once are answered in their order."""
        paths = [b"/healthz", b"/nowhere", b"/tenants/none/verify"] * 20
        data = b"".join(b"GET " + path + b" HTTP/1.1" + END for path in paths)
        # Sending ends after the last reply, else the server may drop what it has not read.
        received = b""
        with self.connect() as connection:
            connection.sendall(data)
            while len(re.findall(rb"HTTP/1\.1 \d{3} ", received)) < len(paths):
                piece = connection.recv(65536)
                self.assertTrue(piece, "the connection was closed early")
                received += piece
        found = re.findall(rb"HTTP/1\.1 (\d{3}) ", received)
        self.assertEqual(found, [b"200", b"404", b"404"] * 20)

    def test_expect(self):
        """Ensures that a client which asks first is told before it sends a body too large."""
        for length, answer in ((2, b"HTTP/1.1 100 "), (4097, b"HTTP/1.1 413 ")):
            with self.connect() as connection:
                connection.sendall(b"POST /tenants/x/tokens HTTP/1.1\r\nHost: x\r\n"
                                   b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
                self.assertTrue(connection.recv(4096).startswith(answer))

    def test_idle_connections(self):
        """Ensures that many silent connections leave the others served."""
        idle = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(300)]
        for connection in idle[::2]:
            connection.sendall(b"GET /hea")
        self.assertHealthy()
        for connection in idle:
            connection.close()
        self.assertHealthy()

    def test_garbage(self):
        """Ensures that random bytes, and requests with random bytes in them, do no harm."""
        seed = random.randrange(2**32)
        print("seed", seed)
        source = random.Random(seed)
        request = (b"POST /tenants/x/tokens?ttl=9 HTTP/1.1\r\nHost: x\r\n"
                   b"Content-Type: application/json\r\nAuthorization: Bearer x\r\n"
                   b"Content-Length: 2\r\n\r\n{}")
        for i in range(200):
            if i % 2 == 0:
                data = source.randbytes(source.randrange(1, 2000)) + b"\r\n\r\n"
            else:
                data = bytearray(request)
                for _ in range(source.randrange(1, 8)):
                    data[source.randrange(len(data))] = source.randrange(256)
            # A request may stay well-formed, or its length may be one that never comes. One for
            # "/tenants/x?tokens" makes a tenant (201), whose tokens are then issued (200).
            for status in self.statuses(bytes(data)):
                self.assertIn(status, (200, 201, *range(400, 510)))
        self.assertHealthy()
        self.assertNotIn("token_server_requests_total{endpoint=\"issue\",code=\"5",
                         self.server.request("GET", "/metrics").body.decode())


if __name__ == "__main__":
    unittest.main()
