#!/bin/sh
# Makes the secrets of the compose file: once, each in a file of its own, for this checkout only. A second call changes
# nothing. The files are readable, as containers run under other numbers; the folder is not.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

random() { od -An -tx1 -N 32 /dev/urandom | tr -d ' \n'; }
make() { [ -s "secrets/$1" ] || { printf '%s' "$2" >"secrets/$1" && chmod 444 "secrets/$1"; }; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# A password as RabbitMQ keeps it: a salt of four bytes, and the SHA-256 of the salt and the password. The salt is drawn
# from the password, so that a second call makes the same. The bytes of the hash pass through the shell as octal numbers.
broker_hash() {
    password=$(cat "secrets/$1")
    salt=$(printf 'salt for %s' "$password" | sha256 | cut -c 1-4)
    bytes=$(printf '%s%s' "$salt" "$password" | sha256 | sed 's/../0x& /g')
    # shellcheck disable=SC2059,SC2086 # the numbers are the words, and then the format
    printf "$salt$(printf '\\%03o' $bytes)" | base64 | tr -d '\n'
}

for name in postgres-password books-db-password members-db-password loans-db-password \
    books-db-owner-password members-db-owner-password loans-db-owner-password \
    books-broker-password members-broker-password loans-broker-password \
    loans-client-secret members-client-secret grafana-password monitor-db-password; do
    make $name "$(random)"
done
key() { head -c 32 /dev/urandom | base64; }
make members-data-keys "$(printf 'lookup:%s\nfirst:%s' "$(key)" "$(key)")"
client="\"members\": {\"secret\": \"$(cat secrets/members-client-secret)\", \"scopes\": \"loans:facts\"}"
make members-clients "{\"loans\": {\"secret\": \"$(cat secrets/loans-client-secret)\", \"scopes\": \"books:lending members:standing\"}, $client}"
# What was made before there were notices lacks the second client, and may have others that somebody added.
grep -q '"members":' secrets/members-clients || {
    sed "1s/{/{$client, /" secrets/members-clients >secrets/members-clients.new
    chmod 444 secrets/members-clients.new && mv -f secrets/members-clients.new secrets/members-clients
}
make smtp-password 'whoever uses a mail server that wants one writes it here'
make bounce-imap-password 'whoever has a mailbox for what comes back writes its password here'
make push-secret "whsec_$(key)"  # the gateway for short messages is given the same

make sip2-accounts '[]'  # of machines: whoever connects one writes it there

# The broker's users, and what each may do; it needs no more of their passwords than hashes. Made anew at each call, as
# what they may do is said by the release.
rm -f secrets/rabbitmq-definitions
make rabbitmq-definitions "$(sed \
    -e "s#BOOKS_PASSWORD_HASH#$(broker_hash books-broker-password)#" \
    -e "s#MEMBERS_PASSWORD_HASH#$(broker_hash members-broker-password)#" \
    -e "s#LOANS_PASSWORD_HASH#$(broker_hash loans-broker-password)#" ../helm/library/files/definitions.json)"
