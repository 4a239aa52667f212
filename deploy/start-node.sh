#!/bin/sh
# Creates the node on the first start, then runs it. Settings come from TANEMAKI_ variables.
set -eu
[ -f "$TANEMAKI_DATA/tanemaki.json" ] || tanemaki node init
exec tanemaki node start
