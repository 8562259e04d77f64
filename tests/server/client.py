# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Starts a token server for a test and talks to it."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading

import openmetrics

PROGRAM = os.environ["TOKEN_SERVER"]
# Under a sanitizer or a loaded machine everything takes longer; this only bounds a hang.
PATIENCE = 60


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Server:
    """One server process. Requests of one thread share a connection."""

    def __init__(self, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.stopped = None
        self.local = threading.local()
        self.process = subprocess.Popen(
            [PROGRAM, "--port", "0", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.first_line = self.process.stdout.readline()
        match = re.search(r" port (\d+) ", self.first_line)
        if match is None:
            status, _ = self.stop()
            raise RuntimeError(f"no server: {self.first_line!r} {status} {self.errors!r}")
        self.port = int(match[1])

    def stderr(self):
        if not self.log.closed:
            self.log.seek(0)
            self.errors = self.log.read()
        return self.errors

    def stop(self, signal_number=signal.SIGTERM):
        """Stops it; returns the exit status and the rest of the standard output."""
        if self.stopped is None:
            self.disconnect()
            self.stopped = self.end(signal_number)
            self.stderr()
            self.log.close()
        return self.stopped

    def end(self, signal_number):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            output, _ = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, output

    def has_shadow_memory(self):
        """Whether it runs under a sanitizer that maps terabytes."""
        with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as maps:
            ranges = (line.split()[0].split("-") for line in maps)
            return any(int(end, 16) - int(start, 16) > 1 << 38 for start, end in ranges)

    def connection(self):
        if getattr(self.local, "connection", None) is None:
            self.local.connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=PATIENCE)
        return self.local.connection

    def request(self, method, path, body=None, **headers):
        """Header names are given with '_' for '-'. A dict is sent as JSON."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.connection()
        try:
            connection.request(method, path, body, headers)
            return Reply(connection.getresponse())
        except (OSError, http.client.HTTPException):
            self.disconnect()
            raise

    def disconnect(self):
        if getattr(self.local, "connection", None) is not None:
            self.local.connection.close()
            self.local.connection = None

    def raw(self, data, timeout=5.0):
        """Sends bytes on a connection of their own, ends sending, and returns what comes back."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            with contextlib.suppress(OSError):  # it may close before it has read everything
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while piece := connection.recv(65536):
                    received += piece
        return received

    def create(self, name, key=None, alg=None):
        body = ({} if key is None else {"key": b64(key)}) | ({} if alg is None else {"alg": alg})
        return self.request("POST", f"/tenants/{name}", body or None)

    def public_keys(self, name):
        return self.request("GET", f"/tenants/{name}/jwks.json")

    def issue(self, name, claims=None, query=""):
        return self.request("POST", f"/tenants/{name}/tokens{query}", claims or {})

    def verify(self, name, token, query=""):
        return self.request("GET", f"/tenants/{name}/verify{query}",
                            Authorization="Bearer " + token)

    def metrics(self):
        return openmetrics.parse(self.request("GET", "/metrics").body)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key, header, payload):
    """A token with a right signature over any header and payload: objects or bytes."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode()
             for part in (header, payload)]
    text = ".".join(b64(part) for part in parts)
    return text + "." + b64(hmac.digest(key, text.encode(), hashlib.sha256))


def total(families, name, **labels):
    """The sum of a family's samples that have these labels."""
    wanted = set(labels.items())
    return sum(value for key, value in families[name].samples.items() if wanted <= set(key))
