#!/bin/sh
# Makes the secrets of the compose file: once, each in a file of its own, for this checkout only. A second call changes
# nothing. The files are readable, as containers run under other numbers; the folder is not.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

random() { od -An -tx1 -N 32 /dev/urandom | tr -d ' \n'; }
make() { [ -s "secrets/$1" ] || { printf '%s' "$2" >"secrets/$1" && chmod 444 "secrets/$1"; }; }

for name in postgres-password books-db-password members-db-password loans-db-password loans-client-secret \
    rabbitmq-password grafana-password; do
    make $name "$(random)"
done
make members-clients "{\"loans\": {\"secret\": \"$(cat secrets/loans-client-secret)\", \"scopes\": \"books:lending members:standing\"}}"
make rabbitmq-user "default_user = library
default_pass = $(cat secrets/rabbitmq-password)
"
