#!/bin/sh
# Creates Temporal's two databases, and updates their schemas to this image's version. It can be
# repeated. temporal-sql-tool reads the connection from SQL_*.
set -eu

prepare() {
  temporal-sql-tool --db "$1" create
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
