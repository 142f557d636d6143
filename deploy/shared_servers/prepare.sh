#!/bin/sh
# Makes what a library has of its own on servers that many share: `prepare.sh NAME FOLDER`. On PostgreSQL a database for each
# service, a role that owns and migrates it, and another that serves; on RabbitMQ a virtual host, and a user for each service.
# Their passwords lie in FOLDER/NAME, a file each, drawn where there is none. What is there already stays as it is, roles
# with their passwords; the broker's users get theirs from the files again.
#
# PSQL and RABBITMQCTL say how the servers are reached, as those who may do all this:
#     PSQL='kubectl -n data exec -i postgresql-1 -- psql' RABBITMQCTL='kubectl -n data exec -i broker-server-0 -- rabbitmqctl'
# They are told by standard input, so that no password stands in a list of processes.
set -eu
umask 077
[ $# = 2 ] || { echo "usage: $0 NAME FOLDER" >&2; exit 2; }
name=$1 folder=$2/$1
# The name of the release, too, whose first 30 characters the chart takes; and nothing that would have to be quoted.
case $name in
'' | [!a-z]* | *[!a-z0-9]* | ???????????????????????????????*)
    echo "$name: a library is named by a letter and up to 29 more letters and digits, all small" >&2
    exit 2
    ;;
esac
chart=$(dirname "$0")/../helm/library/files
mkdir -p "$folder"

for service in books members loans; do
    for login in owner database broker; do
        password=$folder/$service-$login-password
        [ -s "$password" ] || od -An -tx1 -N 32 /dev/urandom | tr -d ' \n' >"$password"
    done
done

for service in books members loans; do
    app=lib_${name}_$service
    printf "\\\\set app '%s'\n\\\\set owner '%s_owner'\n" "$app" "$app"
    printf "\\\\set app_password '%s'\n" "$(cat "$folder/$service-database-password")"
    printf "\\\\set owner_password '%s'\n" "$(cat "$folder/$service-owner-password")"
    cat <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', role, password)
FROM (VALUES (:'owner', :'owner_password'), (:'app', :'app_password')) AS login (role, password)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
-- What a service tells its sessions by itself, but through a pooler cannot.
ALTER ROLE :"app" SET statement_timeout = '5s';
ALTER ROLE :"app" SET lock_timeout = '3s';
ALTER ROLE :"app" SET idle_in_transaction_session_timeout = '10s';
SELECT format('CREATE DATABASE %I OWNER %I', :'app', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'app') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"app" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"app" TO :"app";
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
SQL
done | ${PSQL:-psql} -v ON_ERROR_STOP=1 -q --no-psqlrc --dbname postgres

# The rights of the chart's own broker, in a virtual host and for users of this library.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for service in books members loans; do cp "$folder/$service-broker-password" "$work/$service"; done
sed -E -e "s|\"/\"|\"lib_$name\"|g" -e "s/\"(name|user)\": \"(books|members|loans)\"/\"\\1\": \"lib_${name}_\\2\"/g" \
    "$chart/definitions.json" >"$work/template"
sh "$chart/users.sh" "$work/template" "$work" "$work/definitions"
${RABBITMQCTL:-rabbitmqctl} -q import_definitions /dev/stdin <"$work/definitions"  # without a file some releases read nothing
