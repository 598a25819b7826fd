#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to the version of this image; harmless to repeat.
# The connection comes from SQL_*, as temporal-sql-tool reads it.
set -eu

prepare() {
  temporal-sql-tool --db "$1" create
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
