#!/bin/sh
# Writes a small SQL text of a database left by tests/engine to standard output: only the six tables that the exporter
# reads (`pipeline_executions` is the older name of the first), without references to tables left out, and loadable
# statement by statement: no COPY, no client commands.
#   dump.sh sqlite PATH
#   dump.sh postgres URL SCHEMA
set -eu

tables="workflow_executions pipeline_executions task_executions execution_events schedules schedule_executions __diesel_schema_migrations"

case "$1" in
sqlite)
    copy=$(mktemp)
    trap 'rm -f "$copy"' EXIT
    sqlite3 "$2" ".backup $copy"
    kept=$(printf "'%s'," $tables)
    sqlite3 "$copy" "SELECT 'DROP TABLE \"' || name || '\";' FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN (${kept%,})" | sqlite3 "$copy"
    sqlite3 "$copy" .dump | sed -E 's/[[:space:]]*--[^'"'"']*$//; s/ REFERENCES contexts\(id\)//; /^$/d'
    ;;
postgres)
    echo "CREATE SCHEMA $3;"
    selected=$(for table in $tables; do printf -- '--table=%s.%s ' "$3" "$table"; done)
    # shellcheck disable=SC2086
    pg_dump --no-owner --no-privileges --rows-per-insert=100 $selected "$2" |
        sed -E '/^(--|\\|SET |SELECT pg_catalog.set_config|$)/d' |
        sed -E '/^CREATE TRIGGER /d; /^ALTER TABLE ONLY/{N;/REFERENCES [a-z0-9_]+\.contexts\(/d}'
    ;;
esac
