#!/bin/sh
# Writes the broker's definitions with what the passwords of its users hash to: `users.sh TEMPLATE PASSWORDS RESULT`.
# RabbitMQ wants SHA-256 with four bytes of salt in front, in Base64.
set -eu
umask 077

bytes() { for octet in $(printf '%s' "$1" | sed 's/../& /g'); do printf "\\$(printf '%03o' "0x$octet")"; done; }

definitions=$(cat "$1")
for user in books members loans; do
    salt=$(od -An -tx1 -N4 /dev/urandom | tr -d ' \n')
    digest=$({ bytes "$salt"; printf '%s' "$(cat "$2/$user")"; } | sha256sum | cut -d ' ' -f 1)
    hash=$(bytes "$salt$digest" | base64 | tr -d '\n')
    mark=$(printf '%s_PASSWORD_HASH' "$user" | tr '[:lower:]' '[:upper:]')
    definitions=$(printf '%s' "$definitions" | sed "s|$mark|$hash|")
done
printf '%s\n' "$definitions" >"$3"
