#!/usr/bin/env python3
"""Runs a saved query of an environment's stack in CloudWatch Logs Insights, and prints a line of JSON for each row.

    deploy/query.py ENVIRONMENT NAME [--hours HOURS] [--username USERNAME]

NAME is one of errors, outcomes, latency, refused-sign-ins, user, throttled (template.yaml). `user` needs --username. Audit
lines contain a hash of the username, for which the command reads the secret AuditKey.
"""

import argparse
import hashlib
import hmac
import json
import time

from releases import Environment, Refused, main, resource


def username_hash(environment, username):
    """The hash in audit lines (shared/src/lambda/audit.rs)."""
    secret = environment.client("secretsmanager").get_secret_value(SecretId=resource(environment, "AuditKey"))
    digest = hmac.digest(secret["SecretString"].encode(), username.strip().lower().encode(), hashlib.sha256)
    return digest[:16].hex()


def rows(environment, query, seconds):
    logs, now = environment.client("logs"), int(time.time())
    started = logs.start_query(
        logGroupNames=query["logGroupNames"], queryString=query["queryString"], startTime=now - seconds, endTime=now
    )
    while True:
        result = logs.get_query_results(queryId=started["queryId"])
        if result["status"] not in ("Scheduled", "Running"):
            break
        time.sleep(1)
    if result["status"] != "Complete":
        raise Refused(f"The query ended with the status {result['status']}.")
    for row in result["results"]:
        yield {field["field"]: field["value"] for field in row if field["field"] != "@ptr"}


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("name")
    options.add_argument("--hours", type=float, default=3)
    options.add_argument("--username")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    prefix = f"{environment.stack_name}/"
    found = environment.client("logs").describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"]
    queries = {query["name"].removeprefix(prefix): query for query in found}
    if options.name not in queries:
        raise Refused(f"{environment.stack_name} has no query {options.name}. It has: {', '.join(sorted(queries)) or 'none'}")
    query = queries[options.name]
    if "HASH" in query["queryString"]:
        if not options.username:
            raise Refused(f"The query {options.name} needs --username.")
        query["queryString"] = query["queryString"].replace('"HASH"', json.dumps(username_hash(environment, options.username)))
    for row in rows(environment, query, int(options.hours * 3600)):
        print(json.dumps(row, ensure_ascii=False))


main(work)
