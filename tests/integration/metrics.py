"""What monitors make of access-audit. metrics.py COMMAND FILE…, see main().

Wants prometheus_client where it says so; otherwise the standard library.
"""

import json
import re
import sys
import urllib.parse
import urllib.request

SERIES = re.compile(r"\b(?:access_audit|dovecot_audit|up)(?:_[a-z_]+)?\b(?!\s*=~?\")")


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def point(good, what, why=""):
    print("ok" if good else "not ok", "-", what)
    if not good and why:
        print("#", why)
    return good


def scraped(paths):
    """Names of the series of scrapes."""
    names = {"up"}
    for path in paths:
        names |= {re.match(r"\w+", line).group() for line in text(path).splitlines()
                  if line and line[0] != "#"}
    return names


def expressions(path):
    """(where, expression) of a dashboard or of rules."""
    if path.endswith(".json"):
        for panel in json.loads(text(path))["panels"]:
            for target in panel.get("targets", []):
                yield panel["title"], target["expr"]
        return
    # Folded scalars go over several, deeper lines.
    rule = re.compile(r"- alert: (\w+)\n +expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)")
    for found in rule.finditer(text(path)):
        yield found.group(1), " ".join((found.group(2) or found.group(3)).split())


def expand(expr):
    """As Grafana fills in its variables."""
    return expr.replace("$__rate_interval", "5m").replace("$instance", ".*")


def value(path, series):
    """Of one series, with its labels as they stand there."""
    for line in text(path).splitlines():
        if line.rpartition(" ")[0] == series:
            return line.rpartition(" ")[2]
    return "none"


def openmetrics(path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    families = list(text_string_to_metric_families(text(path)))
    units = {family.unit for family in families}
    return point(len(families) > 15 and units == {"", "seconds", "bytes"},
                 "a strict parser takes it for OpenMetrics", f"{len(families)} {units}")


def known(path, *scrapes):
    """Each series of each expression of a dashboard or of rules was scraped."""
    names = scraped(scrapes)
    found = list(expressions(path))
    bad = [(where, name) for where, expr in found
           for name in SERIES.findall(expr) if name not in names]
    none = [where for where, expr in found if not SERIES.findall(expr)]
    return point(len(found) > 10 and not bad and not none,
                 f"{path.rpartition('/')[2]}: the series of {len(found)} expressions exist",
                 f"{bad} {none}")


def documented(page, *scrapes):
    """The page names what was scraped, and nothing else."""
    told = set(re.findall(r"`((?:access_audit|dovecot_audit)_[a-z_]+)", text(page)))
    settings = {name for name in told if name.startswith("access_audit_metrics_")}
    there = {name for name in scraped(scrapes) if "audit" in name and "duration" not in name}
    return point(told - settings == there, "doc/METRICS.md names each series, and no other",
                 f"{sorted(there ^ (told - settings))}")


def ask(url, what, **fields):
    query = urllib.parse.urlencode(fields)
    with urllib.request.urlopen(f"{url}/api/v1/{what}?{query}", timeout=10) as reply:
        return json.load(reply)["data"]


def answers(url, *paths):
    """Prometheus has an answer to each expression of the dashboard, and no error
    with any rule."""
    empty = []
    for path in paths:
        for where, expr in expressions(path):
            if not ask(url, "query", query=expand(expr))["result"]:
                empty.append(where)
    good = point(not empty, "Prometheus has data for each panel", f"none for {empty}")
    rules = [rule for group in ask(url, "rules")["groups"] for rule in group["rules"]]
    bad = [rule["name"] for rule in rules if rule["health"] != "ok"]
    return point(len(rules) > 10 and not bad, f"{len(rules)} rules are well", bad) and good


def query(url, expr):
    """The value of one expression, or nothing."""
    result = ask(url, "query", query=expr)["result"]
    print(result[0]["value"][1] if result else "")
    return True


def banned(path, *ips):
    """Addresses with a decision of CrowdSec: these and no others."""
    alerts = json.loads(text(path)) or []
    found = {decision["value"] for alert in alerts for decision in alert["decisions"]}
    return point(found == set(ips), "CrowdSec bans the thief's address only", found)


def main():
    commands = {
        "openmetrics": openmetrics, "known": known, "documented": documented,
        "answers": answers, "query": query, "banned": banned,
        "value": lambda *args: print(value(*args)) is None,
    }
    sys.exit(0 if commands[sys.argv[1]](*sys.argv[2:]) else 1)


main()
