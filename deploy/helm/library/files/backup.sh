#!/bin/sh
# Dumps one database (PGHOST, PGDATABASE, PGUSER, PGSSLMODE) into a folder, named after the time at which it began, and drops the
# dumps there that are older than so many days: backup.sh FOLDER PASSWORD_FILE KEEP_DAYS
set -eu
folder=$1
PGPASSWORD=$(cat "$2")
export PGPASSWORD
dump="$folder/$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$dump.part"' EXIT
until=$(($(date +%s) + ${TIMEOUT:-30})) # a network may let a new pod through a moment after its start
while ! pg_isready --quiet --timeout=3 && [ "$(date +%s)" -lt "$until" ]; do sleep 1; done
find "$folder" -name "$PGDATABASE-*.dump.part" -mtime +0 -delete # of a day ago: its job was killed
pg_dump --format=custom --file="$dump.part"
pg_restore --list "$dump.part" >/dev/null # it can be read to its end
mv "$dump.part" "$dump"
find "$folder" -name "$PGDATABASE-*.dump" -mtime +"$3" -delete
ls -l "$dump"
