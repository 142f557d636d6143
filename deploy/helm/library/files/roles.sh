#!/bin/sh
# Runs once, when the server's data is made: a role that owns the database and migrates it, one that serves from it, and
# one without a password that sees the server's figures, and comes by the socket alone. None is a superuser.
set -eu
psql -v ON_ERROR_STOP=1 -q --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    -v database="$LIBRARY_DATABASE" -v owner="$LIBRARY_OWNER" -v user="$LIBRARY_USER" <<'SQL'
\set owner_password `cat "${LIBRARY_SECRETS:-/var/run/library}/owner-password"`
\set user_password `cat "${LIBRARY_SECRETS:-/var/run/library}/user-password"`
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"user" LOGIN PASSWORD :'user_password';
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
ALTER ROLE monitor SET statement_timeout = '5s'; -- behind a locked table it would wait, and take a connection each time
CREATE DATABASE :"database" OWNER :"owner";
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"user", monitor;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
SQL
