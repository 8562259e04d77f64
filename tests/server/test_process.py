# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""The process: its arguments, its end, and its behaviour when memory runs out."""

import resource
import signal
import socket
import subprocess
import threading
import time
import unittest

from client import PATIENCE, PROGRAM, Server, total


class Process(unittest.TestCase):
    def test_arguments(self):
        """Ensures that wrong arguments are refused with the usage."""
        for arguments in (["--port", "x"], ["--port", "65536"], ["--port", "-1"], ["--port", ""],
                          ["--threads", "0"], ["--threads", "9999"], ["--tenants", "1e3"],
                          ["--what"],
                          ["stray"], ["--port"]):
            result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                                    timeout=PATIENCE)
            with self.subTest(arguments=arguments):
                self.assertEqual(result.returncode, 2)
                self.assertIn("usage:", result.stderr)
        result = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True,
                                timeout=PATIENCE)
        self.assertEqual(result.returncode, 0)
        self.assertIn("usage:", result.stdout)

    def test_cannot_listen(self):
        """Ensures that a port in use and an address that is none end the start with a message."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for arguments in (["--port", str(taken.getsockname()[1])], ["--listen", "localhost"],
                              ["--port", "0", "--listen", "203.0.113.1"]):
                result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                                        timeout=PATIENCE)
                self.assertEqual(result.returncode, 1)
                self.assertIn("token-server: ", result.stderr)

    def test_loopback_only(self):
        """Ensures that the server listens on the loopback address alone unless told otherwise."""
        server = Server()
        try:
            with open("/proc/net/tcp", encoding="ascii") as table:
                own = [line.split() for line in table if f":{server.port:04X} " in line]
            listening = {fields[1] for fields in own if fields[3] == "0A"}
            self.assertEqual(listening, {f"0100007F:{server.port:04X}"})
        finally:
            self.assertEqual(server.stop()[0], 0)

    def test_thread_counts(self):
        """Ensures that the server works with one thread and with many."""
        for threads in ("1", "2", "17"):
            server = Server("--threads", threads, "--tenants", "3")
            try:
                self.assertIn(f"with {threads} threads and 3 tenants", server.first_line)
                token = server.issue("t2").body.decode()
                self.assertEqual(server.verify("t2", token).status, 200)
                self.assertEqual(server.verify("t3", token).status, 404)
            finally:
                server.disconnect()
                self.assertEqual(server.stop()[0], 0)

    def test_stops_under_load(self):
        """Ensures that SIGTERM and SIGINT stop a busy server soon, with no key left."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            server = Server("--threads", "3", "--tenants", "20")
            stopping = threading.Event()

            def load(number):
                path = f"/tenants/t{number}"
                try:
                    while not stopping.is_set():
                        server.issue(f"t{number}")
                        server.request("POST", path + "/rotate")
                        server.request("DELETE", path)
                        server.create(f"t{number}")
                except Exception:  # the end of the connection
                    pass
                finally:
                    server.disconnect()

            threads = [threading.Thread(target=load, args=(i,)) for i in range(5)]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            start = time.monotonic()
            status, output = server.stop(signal_number)
            elapsed = time.monotonic() - start
            stopping.set()
            for thread in threads:
                thread.join()
            self.assertEqual(status, 0)
            self.assertIn("keys left: 0\n", output)
            self.assertNotIn("key store", server.stderr())
            self.assertLess(elapsed, 20)

    def test_memory_runs_out(self):
        """Ensures that exhausted memory gives 503, harms nothing, and passes when there is some."""
        server = Server("--threads", "2", "--tenants", "20")
        try:
            if server.has_shadow_memory():
                self.skipTest("a sanitizer ends a program that is out of memory")
            tokens = [server.issue(f"t{i}").body.decode() for i in range(20)]
            pid = server.process.pid
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                data = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
            unlimited = resource.prlimit(pid, resource.RLIMIT_DATA)
            resource.prlimit(pid, resource.RLIMIT_DATA, ((data + 256) * 1024, unlimited[1]))
            refused = made = 0
            while refused < 400 and made < 200000:
                # Of all sizes, so that it is now one allocation that fails and now another.
                number = refused + made
                reply = server.create(f"{'x' * (number % 50)}{number}", bytes(32 + number % 90))
                self.assertIn(reply.status, (201, 503))
                made += reply.status == 201
                refused += reply.status == 503
            print(f"{made} tenants made, {refused} refused")
            self.assertGreater(refused, 0, "memory never ran out")
            for i, token in enumerate(tokens):
                self.assertIn(server.verify(f"t{i}", token).status, (200, 503))
            # Destroying a key needs no memory.
            self.assertEqual(server.request("DELETE", "/tenants/t0").status, 204)
            resource.prlimit(pid, resource.RLIMIT_DATA, unlimited)
            for i, token in enumerate(tokens):
                self.assertEqual(server.verify(f"t{i}", token).status, 404 if i == 0 else 200)
            self.assertEqual(server.create("after").status, 201)
            families = server.metrics()
            self.assertEqual(total(families, "keyshard_keys"), 20 + made)
            self.assertEqual(total(families, "token_server_tenants"), 20 + made)
        finally:
            server.disconnect()
            status, output = server.stop()
        self.assertEqual(status, 0)
        self.assertIn("keys left: 0\n", output)


if __name__ == "__main__":
    unittest.main()
