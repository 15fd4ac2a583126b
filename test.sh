#!/usr/bin/env bash
# Builds, checks and tests everything, on both broker lines; `./test.sh --help` tells how to use it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
logs=.testlogs
quick=false
lines=(3.10 4.3)
[ -z "${BROKERQUEUES_URI:-}" ] || lines=("")

usage() {
  cat <<'TEXT'
usage: ./test.sh [--line 3.10|4.3] [--quick]
  --line   only this line of RabbitMQ (default: 3.10 and 4.3 side by side; with BROKERQUEUES_URI set: that broker alone)
  --quick  without the fault tests, which kill processes for some minutes
Where a Docker engine answers, the tests bring brokers of their own in containers. Elsewhere brokers are started by
scripts/broker.sh and go on running; scripts/broker.sh down --all stops them.
scripts/under-load.sh runs this on a machine that is kept busy.
Ends with 'N passed, N failed' over all test projects.
exit codes: 0 all passed, 1 a test failed or none ran, 2 usage
TEXT
}

die() {
  echo "test.sh: $*" >&2
  exit 1
}

bad_usage() {
  echo "test.sh: $*" >&2
  usage >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --line)
      [[ ${2:-} =~ ^[0-9]+\.[0-9]+$ ]] || bad_usage "--line needs a release line such as 3.10 or 4.3"
      lines=("$2")
      shift 2 ;;
    --quick) quick=true; shift ;;
    -h | --help | help) usage; exit 0 ;;
    *) bad_usage "unknown argument '$1'" ;;
  esac
done

# Runs one test project and notes what it says of itself. A run that dies without a summary counts as a failure.
run_tests() {
  local project=$1 line=${2:-} name log summary status=0 passed failed began=$SECONDS
  name="$(basename "$project")${line:+-$line}"
  log="$logs/$name.log"
  BROKERQUEUES_TEST_LINE="$line" dotnet test "$project" -c Release --no-build --nologo >"$log" 2>&1 || status=$?
  summary=$(grep -oE 'Failed: +[0-9]+, Passed: +[0-9]+' "$log" | tail -n 1 || true)
  if [ -z "$summary" ]; then
    note "$name" 0 1 "ended without a summary after $((SECONDS - began)) s; read $log" "$(tail -n 20 "$log")"
    return
  fi
  failed=$(sed -E 's/Failed: +([0-9]+).*/\1/' <<<"$summary")
  passed=$(sed -E 's/.*Passed: +([0-9]+)/\1/' <<<"$summary")
  if [ "$failed" -gt 0 ] || [ "$status" -ne 0 ]; then
    # A run can fail around its tests, as when the process dies after the last one.
    [ "$failed" -gt 0 ] || failed=1
    note "$name" "$passed" "$failed" "$summary, $((SECONDS - began)) s; read $log" \
      "$(grep -vE '^\s+at (System|Xunit)\.' "$log" | grep -A 25 -E '\[FAIL\]|Error Message' | head -n 150 || true)"
  else
    note "$name" "$passed" "$failed" "$summary, $((SECONDS - began)) s"
  fi
}

# What runs side by side must not mix its lines: one write each.
note() { # NAME PASSED FAILED WORDS [DETAILS]
  echo "$2 $3" >"$logs/$1.result"
  printf '%s\n' "== $1: $4${5:+$'\n'$5}"
}

# The lines of RabbitMQ have nothing in common but the machine. Within one the two projects come one after the other: side
# by side their processes would be too many for two cores.
run_line() {
  run_tests tests/Integration "$1"
  $quick || run_tests tests/Faults "$1"
}

command -v dotnet >/dev/null || die "the .NET 10 SDK is missing. Install it (package dotnet-sdk-10.0, or from Microsoft) and run ./test.sh again."
mkdir -p "$logs"
rm -f "$logs"/*.result

echo "== build"
dotnet build BrokerQueues.sln -c Release -v quiet --nologo >"$logs/build.log" 2>&1 || { cat "$logs/build.log"; die "the build failed; read $logs/build.log"; }
echo "== format"
dotnet format BrokerQueues.sln --verify-no-changes --no-restore >"$logs/format.log" 2>&1 || { head -n 40 "$logs/format.log"; die "files are not formatted. Run: dotnet format BrokerQueues.sln"; }
echo "== packages"
scripts/check-packages.sh >"$logs/packages.log" 2>&1 || { tail -n 20 "$logs/packages.log"; die "a fresh worker does not build with our packages; read $logs/packages.log"; }

echo "== tests (logs in $logs)"
for project in tests/Abstractions tests/Broker tests/Worker tests/OpenTelemetry; do
  run_tests "$project"
done

if [ -x samples/polyglot/setup.sh ]; then
  samples/polyglot/setup.sh >"$logs/polyglot.log" 2>&1 || { tail -n 5 "$logs/polyglot.log"; die "the polyglot publishers could not be set up; read $logs/polyglot.log"; }
fi

# One after the other: on a new machine each may have to be installed first.
if ! timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  for line in "${lines[@]}"; do
    scripts/broker.sh up ${line:+--line "$line"} >/dev/null
  done
fi

running=()
for line in "${lines[@]}"; do
  run_line "$line" &
  running+=($!)
done
trap 'kill "${running[@]}" 2>/dev/null || true' INT TERM
wait "${running[@]}"

passed=0 failed=0
for result in "$logs"/*.result; do
  [ -e "$result" ] || continue
  read -r more_passed more_failed <"$result"
  passed=$((passed + more_passed)) failed=$((failed + more_failed))
done
echo
[ $((passed + failed)) -gt 0 ] || echo "No test ran."
echo "$passed passed, $failed failed"
[ "$passed" -gt 0 ] && [ "$failed" -eq 0 ]
