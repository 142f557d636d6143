#!/bin/sh
# Runs once, when the server's data is made: a database for each service, a role that owns and migrates it, another that
# serves and gets its rights from the migrations, and no way from one service to another.
set -eu
secret() { cat "${SECRETS:-/run/secrets}/$1"; }
for service in books members loans; do
    psql -v ON_ERROR_STOP=1 -q -U postgres -d postgres -v app="$service" -v owner="${service}_owner" \
        -v app_password="$(secret "$service-db-password")" -v owner_password="$(secret "$service-db-owner-password")" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"app" LOGIN PASSWORD :'app_password';
CREATE DATABASE :"app" OWNER :"owner";
REVOKE CONNECT, TEMPORARY ON DATABASE :"app" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"app" TO :"app";
SQL
done
psql -q -U postgres -d postgres -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
psql -v ON_ERROR_STOP=1 -q -U postgres -d postgres -v password="$(secret monitor-db-password)" <<'SQL' # figures, no rows
CREATE ROLE monitor LOGIN PASSWORD :'password' IN ROLE pg_monitor;
ALTER ROLE monitor SET statement_timeout = '5s';
GRANT CONNECT ON DATABASE postgres TO monitor;
SQL
