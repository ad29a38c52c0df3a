#!/usr/bin/env python3
"""Measures on a deployed API whether a sign-up's time tells who has an account, and in which order Cognito looks.

    deploy/timing_probe.py API_URL [--taken ADDRESS] [--rounds 20] [--pause 1]

By turns it signs up somebody new and somebody who has an account: ADDRESS, or else the one who was new just before.
Each round makes an account that nobody confirms, for an address of Amazon's mailbox simulator, which takes mail and
keeps none. How to delete them is printed. A pool without SES sends 50 mails a day.
"""

import argparse
import http.client
import json
import statistics
import sys
import time
import urllib.parse
import uuid

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("api", metavar="API_URL")
options.add_argument("--taken", metavar="ADDRESS")
options.add_argument("--rounds", type=int, default=20)
options.add_argument("--pause", type=float, default=1, help="seconds between requests, for the stage's throttle")
options = options.parse_args()

STRONG, WEAK = "Tim1ng-" + uuid.uuid4().hex, "weak"
url = urllib.parse.urlsplit(options.api)
connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
# One connection for all: a handshake takes longer than what is looked for.
connection = connect(url.netloc, timeout=30)


def sign_up(address, password):
    """The milliseconds that it took, and the answer but for what every request has of its own."""
    body = json.dumps({"username": address, "password": password, "name": "Timing"})
    begun = time.perf_counter()
    connection.request("POST", url.path.rstrip("/") + "/api/auth/sign-up", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    took = (time.perf_counter() - begun) * 1000
    time.sleep(options.pause)
    return took, response.status, answer.decode()


def somebody_new():
    return f"success+{uuid.uuid4().hex[:12]}@simulator.amazonses.com"


def right_guesses(one, other):
    """Share of correct guesses, with the threshold that is best for the first halves applied to the second."""
    def share(threshold, one, other):
        below = lambda values: sum(value <= threshold for value in values) / len(values)
        return (below(one) + 1 - below(other)) / 2

    first, second = [[half(one), half(other)] for half in (lambda v: v[: len(v) // 2], lambda v: v[len(v) // 2 :])]
    threshold = max(first[0] + first[1], key=lambda value: abs(share(value, *first) - 0.5))
    right = share(threshold, *second)
    return right if share(threshold, *first) >= 0.5 else 1 - right


made = []
times = {"new": [], "taken": []}
# Warms the function, and is somebody who is there.
_, status, answer = sign_up(somebody_new(), STRONG)
if status != 200:
    sys.exit(f"sign-up is answered {status}: {answer}")
for _ in range(options.rounds):
    new = somebody_new()
    for kind, address in ("new", new), ("taken", options.taken or new):
        took, status, answer = sign_up(address, STRONG)
        if status != 200:
            print(f"{kind} is answered {status}: {answer}", file=sys.stderr)
            break
        times[kind].append(took)
    made.append(new)

for kind, took in times.items():
    if len(took) > 1:
        low, median, high = statistics.quantiles(took, n=4)
        print(f"{kind:6} {median:8.1f} ms ({low:.1f} to {high:.1f}), {len(took)} requests")
if min(map(len, times.values())) > 1:
    right = right_guesses(times["new"], times["taken"])
    print(f"Whoever guesses by one time alone is right in {right:.0%} of cases; 50 % is chance.")
for kind, address in ("new", somebody_new()), ("taken", options.taken or made[-1]):
    _, status, answer = sign_up(address, WEAK)
    print(f"A password against the policy, {kind}: {status} {answer}")

print("\nTo delete whom this has made:", file=sys.stderr)
print("  aws cognito-idp list-users --user-pool-id POOL --filter 'email ^= \"success+\"' --query 'Users[].Username' \\\n"
      "      --output text | xargs -n 1 aws cognito-idp admin-delete-user --user-pool-id POOL --username", file=sys.stderr)
