#!/bin/sh
# verify.sh TIMESTAMP SIGNATURE <BODY: is a notification of access-audit genuine?
# TIMESTAMP and SIGNATURE are the headers X-Access-Audit-Timestamp and
# X-Access-Audit-Signature; the key is in SECRET.
case $1 in '' | *[!0-9]*) exit 1 ;; esac
age=$(($(date +%s) - $1))
[ "${age#-}" -le 300 ] || { echo "too old: $age s"; exit 1; }
expected=sha256=$({ printf '%s.' "$1"; cat; } |
	openssl dgst -sha256 -hmac "$SECRET" | sed 's/.*= *//')
[ "$expected" = "$2" ] || { echo "not signed by us"; exit 1; }
