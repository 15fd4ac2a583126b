#!/usr/bin/env bash
# Runs the tests, or what is given, while endless loops keep every core busy: no test may depend on the machine's speed.
# usage: scripts/under-load.sh [COMMAND...]   (default: ./test.sh; ends with its exit code)
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

case ${1:-} in -h | --help | help) sed -n "2,3s/^# //p" scripts/under-load.sh; exit 0 ;; esac

loops=()
stop_loops() { kill "${loops[@]}" 2>/dev/null || true; }
trap stop_loops EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cores=$(nproc)
for ((i = 0; i < (cores > 2 ? cores : 2); i++)); do
  (trap - EXIT INT TERM; while :; do :; done) &
  loops+=($!)
done
echo "under-load.sh: ${#loops[@]} endless loops (processes ${loops[*]})"

[ $# -gt 0 ] || set -- ./test.sh
status=0
"$@" || status=$?
exit "$status"
