# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""Starts the token server, has wrk drive it while tenants change, and reports. See scripts/demo."""

import argparse
import base64
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENS = 12000
ROTATE_SHARE, REVOKE_SHARE = 0.25, 0.10
CHANGES_PER_SECOND = 200
# Whatever hangs, the demonstration ends after the load's time and this many seconds more.
PATIENCE = 90


class Failure(Exception):
    pass


class Client:
    """One connection to the server."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def request(self, method, path, body=None, headers={}):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def ask_token(self, name):
        self.connection.request("POST", f"/tenants/{name}/tokens", '{"sub":"demo"}',
                                {"Content-Type": "application/json"})

    def get_token(self):
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise Failure(f"no token: {response.status} {body!r}")
        return body.decode()

    def issue(self, name):
        self.ask_token(name)
        return self.get_token()

    def verify(self, name, token):
        return self.request("GET", f"/tenants/{name}/verify",
                            headers={"Authorization": "Bearer " + token})[0]

    def metrics(self):
        """The samples of /metrics, by name with labels."""
        lines = self.request("GET", "/metrics")[1].decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: int(value) for name, value in pairs}


class Server:
    def __init__(self, arguments, log):
        self.log = open(log, "w+", encoding="utf-8")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [arguments.server, "--port", "0", "--tenants", str(arguments.tenants),
             "--es256-tenants", str(arguments.es256_tenants), "--threads", str(arguments.threads)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        self.seconds = time.monotonic() - start
        self.log.write(line)
        match = re.search(r" port (\d+) ", line)
        if match is None:
            raise Failure(f"the server did not start; see {log}")
        self.port = int(match[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        self.log.write(output)
        if self.process.returncode != 0 or "keys left: 0\n" not in output:
            raise Failure(f"the server ended with status {self.process.returncode}: {output!r}")


class Changer(threading.Thread):
    """Changes tenants at a steady pace, and checks before and after each change what must be so."""

    def __init__(self, port, victims):
        super().__init__()
        self.client = Client(port)
        self.rotate, self.revoke = victims["rotate"], victims["revoke"]
        self.ending = threading.Event()
        self.wrong = []
        self.done = {"rotated": 0, "revoked": 0, "created": 0}
        self.verified = 0
        self.worst = {"rotated": 0.0, "revoked": 0.0}

    def run(self):
        try:
            start, count = time.monotonic(), 0
            while not self.ending.is_set():
                # Of ten changes six are rotations, two revocations, two creations.
                kind = (self.change_rotate, self.change_revoke, self.change_create)[
                    (0, 0, 1, 0, 2, 0, 0, 1, 0, 2)[count % 10]]
                kind(count)
                count += 1
                self.ending.wait(max(0, start + count / CHANGES_PER_SECOND - time.monotonic()))
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}")

    def expect(self, what, status, wanted):
        if status != wanted and len(self.wrong) < 20:
            self.wrong.append(f"{what}: {status} instead of {wanted}")

    def verify(self, what, name, token, wanted):
        self.verified += 1
        self.expect(f"{what}, tenant {name}", self.client.verify(name, token), wanted)

    def timed(self, what, method, path):
        start = time.monotonic()
        status, _ = self.client.request(method, path)
        self.worst[what] = max(self.worst[what], time.monotonic() - start)
        self.expect(f"{method} {path}", status, 204)
        self.done[what] += 1

    def change_rotate(self, count):
        if not self.rotate:
            return
        name, token = self.rotate.pop()
        self.verify("before its rotation", name, token, 200)
        self.timed("rotated", "POST", f"/tenants/{name}/rotate")
        self.verify("the old token after a rotation", name, token, 401)
        self.verify("a new token after a rotation", name, self.client.issue(name), 200)

    def change_revoke(self, count):
        if not self.revoke:
            return
        name, token = self.revoke.pop()
        self.verify("before its revocation", name, token, 200)
        self.timed("revoked", "DELETE", f"/tenants/{name}")
        self.verify("after its revocation", name, token, 404)

    def change_create(self, count):
        name = f"new-{count}"
        self.expect(f"creation of {name}", self.client.request("POST", f"/tenants/{name}")[0], 201)
        self.done["created"] += 1
        self.verify("created just now", name, self.client.issue(name), 200)


def group_of(share):
    if share < ROTATE_SHARE:
        return "rotate"
    return "revoke" if share < ROTATE_SHARE + REVOKE_SHARE else "steady"


def get_tokens(port, tenants, es256_tenants):
    """Tokens of TOKENS tenants, of all with ES256 and of others picked at random: a list of (name,
    group, token)."""
    picked = random.sample(range(es256_tenants), min(TOKENS, es256_tenants))
    others = random.sample(range(es256_tenants, tenants),
                           min(TOKENS, tenants) - len(picked))
    names = [f"t{tenant}" for tenant in picked + others]
    random.shuffle(names)
    clients = [Client(port) for _ in range(16)]
    tokens = []
    for i in range(0, len(names), len(clients)):
        asked = list(zip(clients, names[i:i + len(clients)]))
        for client, name in asked:
            client.ask_token(name)
        tokens += [client.get_token() for client, name in asked]
    return [(name, group_of(i / len(names)), token)
            for i, (name, token) in enumerate(zip(names, tokens))]


def run_wrk(arguments, port, tokens_file, result_file, log):
    return subprocess.Popen(
        ["wrk", "--threads", "2", "--connections", str(arguments.connections),
         "--duration", f"{arguments.seconds}s", "--timeout", "10s",
         "--script", os.path.join(HERE, "demo.lua"), f"http://127.0.0.1:{port}", "--", tokens_file],
        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        env=os.environ | {"DEMO_WRK_RESULT": result_file})


def verified(metrics):
    return {int(name.split('"')[3]): value for name, value in metrics.items()
            if name.startswith('token_server_requests_total{endpoint="verify"')}


def watch(wrk, client, changer, seconds):
    """Shows progress each second until wrk ends; returns the most objects seen dying at a time."""
    deadline = time.monotonic() + seconds + 30
    before, then, dying = sum(verified(client.metrics()).values()), time.monotonic(), 0
    for second in range(1, seconds + 31):
        try:
            wrk.wait(timeout=max(0.1, 1 - (time.monotonic() - then)))
            break
        except subprocess.TimeoutExpired:
            metrics, now = client.metrics(), time.monotonic()
        total = sum(verified(metrics).values())
        dying = max(dying, metrics["keyshard_objects_dying"])
        counts = "".join(f"{count:8,} {kind}" for kind, count in changer.done.items())
        print(f"  {second:3} s {(total - before) / (now - then):9,.0f} verified/s{counts}"
              f"{metrics['keyshard_keys']:10,} keys", flush=True)
        before, then = total, now
        if now > deadline:
            raise Failure("wrk does not end")
    return dying


def read_result(path):
    with open(path, encoding="utf-8") as file:
        pairs = (line.rstrip("\n").split("\t") for line in file)
        return {name: int(value) for name, value in pairs}


def check(wrk, changer, metrics, connections):
    """What was wrong with the run: a list of lines, empty if nothing."""
    wrong = list(changer.wrong)
    responses = sum(value for name, value in wrk.items() if name.startswith("status "))
    for name, value in wrk.items():
        if value > 0 and (name.startswith("errors ") or name.endswith(" unexpected")):
            wrong.append(f"wrk: {name}: {value:,}")
    if responses != wrk["requests"]:
        wrong.append(f"wrk: {responses:,} statuses for {wrk['requests']:,} responses")
    if wrk["tenants_used"] < 10000:
        wrong.append(f"wrk used the tokens of {wrk['tenants_used']:,} tenants only")
    # What was under way when wrk stopped was answered, but not counted by wrk.
    uncounted = sum(verified(metrics).values()) - responses - changer.verified
    if not 0 <= uncounted <= connections:
        wrong.append(f"the server counts {uncounted:,} more verifications than its clients")
    for name, counted in (("keyshard_key_replacements_total", changer.done["rotated"]),
                          ("keyshard_key_destructions_total", changer.done["revoked"])):
        if metrics[name] != counted:
            wrong.append(f"{name} is {metrics[name]:,} instead of {counted:,}")
    if metrics["keyshard_keys"] != sum(by_alg(metrics, "token_server_tenants").values()):
        wrong.append("keys and tenants differ in number")
    if metrics["keyshard_objects_dying"] != 0:
        wrong.append("retired objects are left although nothing is under way")
    if changer.done["rotated"] == 0 or changer.done["revoked"] == 0:
        wrong.append("no tenant was rotated or none revoked")
    return wrong


def by_alg(metrics, name, **labels):
    """The sums of a metric's samples that have these labels, by algorithm."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    sums = {"HS256": 0, "ES256": 0}
    for sample, value in metrics.items():
        if sample.startswith(name + "{") and all(text in sample for text in wanted):
            sums[re.search(r'alg="(\w+)"', sample)[1]] += value
    return sums


def check_tokens(arguments, tokens, issued, metrics):
    """What was wrong with the counts by algorithm: a list of lines, empty if nothing."""
    wrong = []
    es256 = sum(header_alg(token) == "ES256" for _, _, token in tokens)
    if es256 != min(len(tokens), arguments.es256_tenants):
        wrong.append(f"{es256:,} of the tokens are ES256")
    counted = by_alg(issued, "token_server_tokens_total", result="issued")
    if counted != {"HS256": len(tokens) - es256, "ES256": es256}:
        wrong.append(f"the server counts other tokens than its client: {counted}")
    right = by_alg(metrics, "token_server_tokens_total", result="verified")
    if sum(right.values()) != verified(metrics)[200]:
        wrong.append(f"tokens found right and answers 200 differ in number: {right}")
    if arguments.es256_tenants > 0 and right["ES256"] == 0:
        wrong.append("no ES256 token was verified")
    return wrong


def header_alg(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"]


MEANING = {(200, True): "token accepted", (401, True): "old token of a rotated tenant",
           (404, True): "tenant revoked"}


def report(wrk, changer, metrics, dying):
    def line(name, text):
        print(f"  {name:<22}{text}")

    seconds = wrk["duration_us"] / 1e6
    print("\nReport")
    line("load", f"{wrk['requests']:,} verifications in {seconds:.1f} s by wrk, "
         f"tokens of {wrk['tenants_used']:,} tenants")
    tokens = {result: by_alg(metrics, "token_server_tokens_total", result=result)
              for result in ("issued", "verified", "refused")}
    for alg, count in by_alg(metrics, "token_server_tenants").items():
        line(f"{alg} tenants", f"{count:,}; tokens " + ", ".join(
            f"{sums[alg]:,} {result}" for result, sums in tokens.items()))
    line("requests a second", f"{wrk['requests'] / seconds:,.0f}")
    line("latency", "   ".join(f"{label} {wrk['latency_us ' + label.rstrip('%')] / 1000:.2f} ms"
                               for label in ("50%", "90%", "99%", "99.9%", "max")))
    for name in sorted(name for name in wrk if name.startswith("status ")):
        _, status, word = name.split()
        line(f"responses {status}",
             f"{wrk[name]:>9,}  {word}: {MEANING.get((int(status), word == 'expected'), 'ERROR')}")
    line("responses unexpected",
         f"{sum(value for name, value in wrk.items() if name.endswith(' unexpected')):>9,}")
    line("checks in between", f"{changer.verified:,} verifications right before and after a change")
    for name, kind in (("rotations", "rotated"), ("revocations", "revoked")):
        line(name, f"{changer.done[kind]:,}, slowest {changer.worst[kind] * 1e3:.1f} ms")
    line("keys", f"{metrics['keyshard_keys']:,} in {metrics['keyshard_shards']:,} shards; "
         f"{metrics['keyshard_key_creations_total']:,} created, "
         f"{metrics['keyshard_key_destructions_total']:,} destroyed, "
         f"{metrics['keyshard_key_replacements_total']:,} replaced")
    line("retirements", f"{metrics['keyshard_retirements_total']:,} in "
         f"{metrics['keyshard_grace_periods_total']:,} grace periods; "
         f"at most {dying:,} seen waiting, {metrics['keyshard_objects_dying']:,} left")
    line("lookups", f"{metrics['keyshard_lookups_total']:,}, of them "
         f"{metrics['keyshard_lookup_misses_total']:,} of keys just destroyed")
    line("prepared contexts", f"{metrics['keyshard_records']:,} held, "
         f"{metrics['keyshard_record_makes_total']:,} made, "
         f"{metrics['keyshard_record_evictions_total']:,} evicted")
    used, mapped, locked = (metrics[f"keyshard_secret_{name}bytes"] / 2**20
                            for name in ("", "mapped_", "locked_"))
    line("locked memory",
         f"{locked:.1f} MiB of {mapped:.1f} MiB mapped for secrets ({used:.1f} MiB in use)")


def drive(arguments, server, children):
    """Everything between the server's start and its end; returns what was wrong."""
    tokens_file = os.path.join(arguments.logs, "tokens")
    result_file = os.path.join(arguments.logs, "wrk.result")
    client = Client(server.port)
    start = time.monotonic()
    tokens = get_tokens(server.port, arguments.tenants, arguments.es256_tenants)
    print(f"{len(tokens):,} tokens issued in {time.monotonic() - start:.1f} s", flush=True)
    issued = client.metrics()
    victims = {group: [(name, token) for name, kind, token in tokens if kind == group]
               for group in ("rotate", "revoke")}
    changer = Changer(server.port, victims)
    # The tokens are worth something as long as the server runs.
    with open(os.open(tokens_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        random.shuffle(tokens)
        file.writelines(f"{name} {group} {token}\n" for name, group, token in tokens)
    try:
        with open(os.path.join(arguments.logs, "wrk.log"), "w") as log:
            wrk = run_wrk(arguments, server.port, tokens_file, result_file, log)
            children.append(wrk)
            changer.start()
            try:
                dying = watch(wrk, client, changer, arguments.seconds)
            finally:
                changer.ending.set()
                changer.join()
    finally:
        os.unlink(tokens_file)
    if wrk.returncode != 0:
        raise Failure(f"wrk ended with status {wrk.returncode}")
    metrics, result = client.metrics(), read_result(result_file)
    report(result, changer, metrics, dying)
    return check(result, changer, metrics, arguments.connections) + check_tokens(
        arguments, tokens, issued, metrics)


def run(arguments):
    """Runs all; the processes that it started are ended in any case."""
    children = []
    try:
        print(f"\nstarting the token server with {arguments.tenants:,} tenants, "
              f"{arguments.es256_tenants:,} of them with ES256", flush=True)
        server = Server(arguments, os.path.join(arguments.logs, "server.log"))
        children.append(server.process)
        print(f"listening on 127.0.0.1 port {server.port} with {arguments.threads} threads "
              f"after {server.seconds:.2f} s", flush=True)
        wrong = drive(arguments, server, children)
        server.stop()
        print("  stopped                clean: every key destroyed")
        return wrong
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()


def on_alarm(number, frame):
    raise Failure("the demonstration takes too long")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--logs", required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--tenants", type=int, default=100000)
    parser.add_argument("--es256-tenants", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--connections", type=int, default=32)
    arguments = parser.parse_args()
    arguments.es256_tenants = min(arguments.es256_tenants, arguments.tenants)
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(arguments.seconds + PATIENCE)
    try:
        wrong = run(arguments)
    except (Failure, OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
        wrong = [f"{type(error).__name__}: {error}"]
    except KeyboardInterrupt:
        wrong = ["interrupted"]
    for text in wrong:
        print("wrong:", text)
    print(f"\ndemo {'FAILED' if wrong else 'passed'}; logs are in {arguments.logs}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
