#!/usr/bin/env python3
"""Cost and quota model of docs/cost-and-limits.md for your own figures.

    deploy/cost_model.py --per-second 100 --users 50000 [--tier ESSENTIALS] [--cognito-ms 300] ...

Prices are list prices of us-east-1, without free tiers except Cognito's. docs/cost-and-limits.md has their sources and dates.
"""

import argparse

from template_counts import ALARMS, EDGE_RULES, EDGE_SECRETS, GRADUAL_ALARMS, SECRETS

# US dollars for the unit in the name. docs/cost-and-limits.md has the source and the date under the same name.
PRICES = {
    "HTTP API, a million requests": 1.00,
    "Lambda, a million requests": 0.20,
    "Lambda on arm64, a GB-second": 0.0000133334,
    "CloudWatch Logs, a GB": 0.50,
    "transfer to the Internet, a GB": 0.09,
    "X-Ray, a million traces": 5.00,
    "WAF, a million requests": 0.60,
    "CloudFront, a million HTTPS requests": 1.00,
    "CloudFront, a GB": 0.085,
    "CloudFront Functions, a million calls": 0.10,
    "Cognito Lite, a user for a month": 0.0055,
    "Cognito Lite, a user for a month beyond 100,000": 0.0046,
    "Cognito Essentials, a user for a month": 0.015,
    "Cognito Plus, a user for a month": 0.02,
    "Cognito's quota, a request per second for a month": 20.00,
    "CloudWatch, an alarm for a month": 0.10,
    "CloudWatch, a metric for a month": 0.30,
    "CloudWatch, a dashboard for a month": 3.00,
    "Secrets Manager, a secret for a month": 0.40,
    "WAF, a web ACL for a month": 5.00,
    "WAF, a rule for a month": 1.00,
}
# Monthly active users from which each price applies. The first are free.
TIERS = {
    "LITE": [
        (10_000, "Cognito Lite, a user for a month"),
        (100_000, "Cognito Lite, a user for a month beyond 100,000"),
    ],
    "ESSENTIALS": [(10_000, "Cognito Essentials, a user for a month")],
    "PLUS": [(0, "Cognito Plus, a user for a month")],
}
# Default quotas of an account and region in requests per second: Cognito's UserAuthentication, and all APIs together.
COGNITO_QUOTA, API_QUOTA = 120, 10_000
# Concurrent executions: default quota, and the lower quota observed in new accounts.
LAMBDA_QUOTA, NEW_LAMBDA_QUOTA = 1_000, 10
MONTH = 30 * 24 * 3600
# Memory in MB at which Lambda allocates one vCPU. Below, the share is proportional.
WHOLE_PROCESSOR = 1_769

# Milliseconds of CPU of a warm sign-in, measured on 24 November 2026. docs/performance.md has the current figure.
WARM_CPU = 0.246


def share(memory):
    return min(1.0, memory / WHOLE_PROCESSOR)


def warm_milliseconds(memory, cognito_ms):
    """Duration of a warm invocation: Cognito's latency, and CPU time at the allocated share."""
    return cognito_ms + WARM_CPU / share(memory)


def for_users(users, tier):
    """Cognito's price for the monthly active users."""
    steps = TIERS[tier]
    ends = [start for start, _ in steps[1:]] + [users]
    return sum(max(0, min(users, end) - start) * PRICES[name] for (start, name), end in zip(steps, ends, strict=True))


def costs(options):
    """US dollars a month by item."""
    sign_ins = options.per_second * MONTH
    requests = sign_ins * (1 + options.others)
    millions = requests / 1e6
    seconds = requests * warm_milliseconds(options.memory, options.cognito_ms) / 1000
    # Transfer from AWS origins to CloudFront is free.
    transfer = "CloudFront, a GB" if options.edge else "transfer to the Internet, a GB"
    alarms = ALARMS + (GRADUAL_ALARMS if options.gradual else 0)
    lines = {
        f"Cognito, {options.users:,} users, {options.tier}": for_users(options.users, options.tier),
        "Cognito, quota increase": max(0, options.per_second - COGNITO_QUOTA)
        * PRICES["Cognito's quota, a request per second for a month"],
        "HTTP API": millions * PRICES["HTTP API, a million requests"],
        "Lambda, requests": millions * PRICES["Lambda, a million requests"],
        "Lambda, duration": seconds * options.memory / 1024 * PRICES["Lambda on arm64, a GB-second"],
        "Logs": requests * options.log_bytes / 1e9 * PRICES["CloudWatch Logs, a GB"],
        "Transfer": requests * options.answer_bytes / 1e9 * PRICES[transfer],
        "Alarms, dashboard, secrets": alarms * PRICES["CloudWatch, an alarm for a month"]
        + PRICES["CloudWatch, a dashboard for a month"]
        + SECRETS * PRICES["Secrets Manager, a secret for a month"],
        "Metrics": options.metrics * PRICES["CloudWatch, a metric for a month"],
    }
    if options.tracing:
        # X-Ray's default rule samples the first request of each second, and 5% of the others.
        rate = options.per_second * (1 + options.others)
        lines["X-Ray"] = (min(rate, 1) + max(0, rate - 1) / 20) * MONTH / 1e6 * PRICES["X-Ray, a million traces"]
    if options.edge:
        lines["CloudFront and WAF, requests"] = millions * (
            PRICES["WAF, a million requests"]
            + PRICES["CloudFront, a million HTTPS requests"]
            + PRICES["CloudFront Functions, a million calls"]
        )
        lines["CloudFront and WAF, fixed"] = (
            PRICES["WAF, a web ACL for a month"]
            + EDGE_RULES * PRICES["WAF, a rule for a month"]
            + EDGE_SECRETS * PRICES["Secrets Manager, a secret for a month"]
        )
    return lines


def needs(options):
    """Usage and quota of the account by item."""
    rate = options.per_second * (1 + options.others)
    concurrency = rate * warm_milliseconds(options.memory, options.cognito_ms) / 1000
    return [
        ("Cognito, sign-ins per second", options.per_second, COGNITO_QUOTA),
        ("Lambda, concurrent executions", concurrency, LAMBDA_QUOTA),
        ("Lambda, concurrency of a new account", concurrency, NEW_LAMBDA_QUOTA),
        ("API Gateway, requests per second", rate, API_QUOTA),
    ]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--per-second", type=float, default=1e6 / MONTH, help="sign-ins per second (default: a million a month)")
    options.add_argument("--users", type=int, default=50_000, help="monthly active users")
    options.add_argument("--others", type=float, default=0, help="other requests per sign-in, such as refresh-token")
    options.add_argument("--tier", choices=TIERS, default="ESSENTIALS")
    options.add_argument("--memory", type=int, default=256)
    options.add_argument("--cognito-ms", type=float, default=300, help="latency of Cognito: cognito_ms in the audit lines")
    options.add_argument("--log-bytes", type=int, default=2_000, help="log bytes per request, in all logs")
    options.add_argument("--answer-bytes", type=int, default=4_500)
    options.add_argument("--tracing", action="store_true", help="with Tracing=Active")
    options.add_argument("--edge", action="store_true", help="with deploy/edge.yaml")
    options.add_argument("--gradual", action="store_true", help="with a TrafficShift other than AllAtOnce")
    options.add_argument("--metrics", type=int, default=27, help="custom metrics: combinations of route and outcome that occur, and totals by outcome; RouteMetrics adds six for each route")
    options = options.parse_args()
    lines = costs(options)
    for name, dollars in lines.items():
        print(f"{name:42} {dollars:12,.2f}")
    print(f"{'Total, US dollars a month':42} {sum(lines.values()):12,.2f}\n")
    for name, used, quota in needs(options):
        print(f"{name:42} {used:12,.1f} of {quota:,}{'   exceeds the quota' if used > quota else ''}")


main()
