#!/usr/bin/env python3
"""verify.py TIMESTAMP SIGNATURE <BODY: is a notification of access-audit genuine?

TIMESTAMP and SIGNATURE are the headers X-Access-Audit-Timestamp and
X-Access-Audit-Signature; the key is in the environment as SECRET."""
import hashlib
import hmac
import os
import sys
import time


def is_genuine(secret, timestamp, signature, body, now):
    """secret and body are bytes, as they came: parse them afterwards."""
    if not timestamp.isdigit() or abs(now - int(timestamp)) > 300:
        return False
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest("sha256=" + expected.hexdigest(), signature)


if __name__ == "__main__":
    sys.exit(0 if is_genuine(os.environb[b"SECRET"], sys.argv[1], sys.argv[2],
                             sys.stdin.buffer.read(), time.time()) else 1)
