#!/usr/bin/env python3
"""Measures whether the response time of sign-up reveals existing accounts, and in which order Cognito validates.

    deploy/timing_probe.py API_URL [--taken ADDRESS] [--rounds 20] [--pause 1]

Alternates between a new and an existing user: ADDRESS, or the user created just before. Each round creates an
unconfirmed account for an address of Amazon's mailbox simulator, which accepts email and stores none. At the end the
command that deletes these users is printed. A pool without SES sends at most 50 emails a day.
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
options.add_argument("--pause", type=float, default=1, help="seconds between requests, to stay below the rate limit")
options = options.parse_args()

STRONG, WEAK = "Tim1ng-" + uuid.uuid4().hex, "weak"
url = urllib.parse.urlsplit(options.api)
connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
# One connection for all requests: a TLS handshake takes longer than the difference to measure.
connection = connect(url.netloc, timeout=30)


def sign_up(address, password):
    """Signs up, and returns duration in milliseconds, status and body."""
    body = json.dumps({"username": address, "password": password, "name": "Timing"})
    begun = time.perf_counter()
    connection.request("POST", url.path.rstrip("/") + "/api/auth/sign-up", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    took = (time.perf_counter() - begun) * 1000
    time.sleep(options.pause)
    return took, response.status, answer.decode()


def new_address():
    return f"success+{uuid.uuid4().hex[:12]}@simulator.amazonses.com"


def right_guesses(one, other):
    """Share of correct guesses, with the threshold that is best for the first halves applied to the second."""
    def share(threshold, one, other):
        def below(values):
            return sum(value <= threshold for value in values) / len(values)

        return (below(one) + 1 - below(other)) / 2

    first, second = [[half(one), half(other)] for half in (lambda v: v[: len(v) // 2], lambda v: v[len(v) // 2 :])]
    threshold = max(first[0] + first[1], key=lambda value: abs(share(value, *first) - 0.5))
    right = share(threshold, *second)
    return right if share(threshold, *first) >= 0.5 else 1 - right


made = []
times = {"new": [], "taken": []}
# Warms the function up.
_, status, answer = sign_up(new_address(), STRONG)
if status != 200:
    sys.exit(f"sign-up returned {status}: {answer}")
for _ in range(options.rounds):
    new = new_address()
    for kind, address in ("new", new), ("taken", options.taken or new):
        took, status, answer = sign_up(address, STRONG)
        if status != 200:
            print(f"{kind}: sign-up returned {status}: {answer}", file=sys.stderr)
            break
        times[kind].append(took)
    made.append(new)

for kind, took in times.items():
    if len(took) > 1:
        low, median, high = statistics.quantiles(took, n=4)
        print(f"{kind:6} {median:8.1f} ms ({low:.1f} to {high:.1f}), {len(took)} requests")
if min(map(len, times.values())) > 1:
    right = right_guesses(times["new"], times["taken"])
    print(f"A guess based on one response time is right in {right:.0%} of cases. 50% is chance.")
for kind, address in ("new", new_address()), ("taken", options.taken or made[-1]):
    _, status, answer = sign_up(address, WEAK)
    print(f"Password that violates the policy, {kind}: {status} {answer}")

print("\nTo delete the created users:", file=sys.stderr)
print("  aws cognito-idp list-users --user-pool-id POOL --filter 'email ^= \"success+\"' --query 'Users[].Username' \\\n"
      "      --output text | xargs -n 1 aws cognito-idp admin-delete-user --user-pool-id POOL --username", file=sys.stderr)
