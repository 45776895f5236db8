#!/bin/sh
# Backs up a database, restores it elsewhere, and runs every test conversation on the restored one.
# DATABASE_URL: a PostgreSQL database to back up and RESTORED_DATABASE_URL an empty one to restore
# to; blank: SQLite for both.
set -eu
cd "$(dirname "$0")/../../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
encoder=${ENCODER_DIR:-$PWD/var/encoder}
from=${DATABASE_URL:-sqlite:///$folder/from.db}
to=${RESTORED_DATABASE_URL:-sqlite:///$folder/to.db}
export ENCODER_DIR="$encoder" ENV_FILE=none

DATABASE_URL=$from VAR_DIR=$folder/from .venv/bin/python -m bot setup
DATABASE_URL=$from VAR_DIR=$folder/from .venv/bin/python -m bot backup "$folder/house.backup"
DATABASE_URL=$to VAR_DIR=$folder/to .venv/bin/python -m bot restore --yes "$folder/house.backup"
RESTORED_DATABASE_URL=$to .venv/bin/python -m pytest -q tests/conversations
