#!/usr/bin/env python3
"""What sign-ins cost and what they need, for figures of one's own: the model behind docs/cost-and-limits.md.

    deploy/cost_model.py --per-second 100 --users 50000 [--tier ESSENTIALS] [--cognito-ms 300] ...

Prices are list prices of us-east-1, without free allowances but Cognito's; docs/cost-and-limits.md has their sources and dates.
"""

import argparse

from template_counts import ALARMS, EDGE_RULES, EDGE_SECRETS, FUNCTIONS, SECRETS

# Dollars, each for the unit in its name. docs/cost-and-limits.md has the source and the date of each, under the same name.
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
# From how many active users of a month on each costs how much; the first are free.
TIERS = {
    "LITE": [
        (10_000, "Cognito Lite, a user for a month"),
        (100_000, "Cognito Lite, a user for a month beyond 100,000"),
    ],
    "ESSENTIALS": [(10_000, "Cognito Essentials, a user for a month")],
    "PLUS": [(0, "Cognito Plus, a user for a month")],
}
# Requests per second that an account has in a region: sign-ins at Cognito, and all APIs together.
COGNITO_QUOTA, API_QUOTA = 120, 10_000
# Functions at once: of an account that has been in use, and of a new one, as has been seen.
LAMBDA_QUOTA, NEW_LAMBDA_QUOTA = 1_000, 10
MONTH = 30 * 24 * 3600
# Lambda gives a whole processor at this many megabytes, and a share of it below.
WHOLE_PROCESSOR = 1_769

# Milliseconds of CPU of a warm sign-in, measured on 24 November 2026. docs/performance.md has the current figure.
WARM_CPU = 0.246


def share(memory):
    return min(1.0, memory / WHOLE_PROCESSOR)


def warm_milliseconds(memory, cognito_ms):
    """How long an invocation takes: it waits for Cognito, and works with its share of a processor."""
    return cognito_ms + WARM_CPU / share(memory)


def for_users(users, tier):
    """What Cognito takes for the active users of a month."""
    steps = TIERS[tier]
    ends = [start for start, _ in steps[1:]] + [users]
    return sum(max(0, min(users, end) - start) * PRICES[name] for (start, name), end in zip(steps, ends))


def costs(options):
    """Dollars a month, by line."""
    sign_ins = options.per_second * MONTH
    requests = sign_ins * (1 + options.others)
    millions = requests / 1e6
    seconds = requests * warm_milliseconds(options.memory, options.cognito_ms) / 1000
    # What comes from AWS costs CloudFront nothing.
    transfer = "CloudFront, a GB" if options.edge else "transfer to the Internet, a GB"
    alarms = ALARMS + (FUNCTIONS if options.gradual else 0)
    lines = {
        f"Cognito, {options.users:,} users of {options.tier}": for_users(options.users, options.tier),
        "Cognito, more than its quota": max(0, options.per_second - COGNITO_QUOTA)
        * PRICES["Cognito's quota, a request per second for a month"],
        "HTTP API": millions * PRICES["HTTP API, a million requests"],
        "Lambda, requests": millions * PRICES["Lambda, a million requests"],
        "Lambda, time": seconds * options.memory / 1024 * PRICES["Lambda on arm64, a GB-second"],
        "Logs": requests * options.log_bytes / 1e9 * PRICES["CloudWatch Logs, a GB"],
        "Transfer": requests * options.answer_bytes / 1e9 * PRICES[transfer],
        "Alarms, dashboard, secret": alarms * PRICES["CloudWatch, an alarm for a month"]
        + PRICES["CloudWatch, a dashboard for a month"]
        + SECRETS * PRICES["Secrets Manager, a secret for a month"],
        "Metrics": options.metrics * PRICES["CloudWatch, a metric for a month"],
    }
    if options.tracing:
        # Its own rule takes the first request of each second, and a twentieth of the others.
        rate = options.per_second * (1 + options.others)
        lines["X-Ray"] = (min(rate, 1) + max(0, rate - 1) / 20) * MONTH / 1e6 * PRICES["X-Ray, a million traces"]
    if options.edge:
        lines["CloudFront and WAF"] = millions * (
            PRICES["WAF, a million requests"]
            + PRICES["CloudFront, a million HTTPS requests"]
            + PRICES["CloudFront Functions, a million calls"]
        )
        lines["CloudFront and WAF, however many"] = (
            PRICES["WAF, a web ACL for a month"]
            + EDGE_RULES * PRICES["WAF, a rule for a month"]
            + EDGE_SECRETS * PRICES["Secrets Manager, a secret for a month"]
        )
    return lines


def needs(options):
    """What is used of what an account has."""
    rate = options.per_second * (1 + options.others)
    concurrency = rate * warm_milliseconds(options.memory, options.cognito_ms) / 1000
    return [
        ("Cognito, sign-ins per second", options.per_second, COGNITO_QUOTA),
        ("Lambda, functions at once", concurrency, LAMBDA_QUOTA),
        ("the same in a new account", concurrency, NEW_LAMBDA_QUOTA),
        ("API Gateway, requests per second", rate, API_QUOTA),
    ]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--per-second", type=float, default=1e6 / MONTH, help="sign-ins; a million a month unless given")
    options.add_argument("--users", type=int, default=50_000, help="people who sign in at least once in a month")
    options.add_argument("--others", type=float, default=0, help="other requests for each sign-in, such as refresh-token")
    options.add_argument("--tier", choices=TIERS, default="ESSENTIALS")
    options.add_argument("--memory", type=int, default=256)
    options.add_argument("--cognito-ms", type=float, default=300, help="what Cognito takes: cognito_ms in the audit lines")
    options.add_argument("--log-bytes", type=int, default=2_000, help="of a request, in all logs")
    options.add_argument("--answer-bytes", type=int, default=4_500)
    options.add_argument("--tracing", action="store_true", help="with Tracing=Active")
    options.add_argument("--edge", action="store_true", help="with deploy/edge.yaml")
    options.add_argument("--gradual", action="store_true", help="with another TrafficShift than AllAtOnce")
    options.add_argument("--metrics", type=int, default=27, help="routes and outcomes that occur, and the seven outcomes of all; RouteMetrics adds 126")
    options = options.parse_args()
    lines = costs(options)
    for name, dollars in lines.items():
        print(f"{name:42} {dollars:12,.2f}")
    print(f"{'in all, dollars a month':42} {sum(lines.values()):12,.2f}\n")
    for name, used, quota in needs(options):
        print(f"{name:42} {used:12,.1f} of {quota:,}{'   too little' if used > quota else ''}")


main()
