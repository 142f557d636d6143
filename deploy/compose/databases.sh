#!/bin/sh
# Runs once, when the server's data is made: a database and a role for each service, and no way from one to another.
set -eu
for service in books members loans; do
    psql -v ON_ERROR_STOP=1 -q -U postgres -v name="$service" -v password="$(cat "/run/secrets/$service-db-password")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done
psql -q -U postgres -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
