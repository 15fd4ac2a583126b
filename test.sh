#!/usr/bin/env bash
# Builds, checks and tests everything, on both broker lines; `./test.sh --help` tells how to use it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
logs=.testlogs
passed=0
failed=0
quick=false
lines=(3.10 4.3)
[ -z "${BROKERQUEUES_URI:-}" ] || lines=("")

usage() {
  cat <<'TEXT'
usage: ./test.sh [--line 3.10|4.3] [--quick]
  --line   only this line of RabbitMQ (default: 3.10 and then 4.3; with BROKERQUEUES_URI set: that broker alone)
  --quick  without the fault tests, which kill processes for some minutes
Brokers are started by scripts/broker.sh and go on running; scripts/broker.sh down --all stops them.
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

# Runs one test project and adds up what it says of itself. A run that dies without a summary counts as a failure.
run_tests() {
  local project=$1 line=${2:-} name log summary
  name="$(basename "$project")${line:+-$line}"
  log="$logs/$name.log"
  echo "== $name"
  local status=0
  BROKERQUEUES_TEST_LINE="$line" dotnet test "$project" -c Release --no-build --nologo >"$log" 2>&1 || status=$?
  summary=$(grep -oE 'Failed: +[0-9]+, Passed: +[0-9]+' "$log" | tail -n 1 || true)
  if [ -z "$summary" ]; then
    tail -n 20 "$log"
    echo "$name ended without a summary; read $log"
    failed=$((failed + 1))
    return
  fi
  local project_failed project_passed
  project_failed=$(sed -E 's/Failed: +([0-9]+).*/\1/' <<<"$summary")
  project_passed=$(sed -E 's/.*Passed: +([0-9]+)/\1/' <<<"$summary")
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  if [ "$project_failed" -gt 0 ] || [ "$status" -ne 0 ]; then
    grep -vE '^\s+at (System|Xunit)\.' "$log" | grep -A 25 -E '\[FAIL\]|Error Message' | head -n 150 || true
    echo "$name: $summary; read $log"
    # A run can fail around its tests, as when the process dies after the last one.
    [ "$project_failed" -gt 0 ] || failed=$((failed + 1))
  else
    echo "   $summary"
  fi
}

command -v dotnet >/dev/null || die "the .NET 10 SDK is missing. Install it (package dotnet-sdk-10.0, or from Microsoft) and run ./test.sh again."
mkdir -p "$logs"

echo "== build"
dotnet build BrokerQueues.sln -c Release -v quiet --nologo >"$logs/build.log" 2>&1 || { cat "$logs/build.log"; die "the build failed; read $logs/build.log"; }
echo "== format"
dotnet format BrokerQueues.sln --verify-no-changes --no-restore >"$logs/format.log" 2>&1 || { head -n 40 "$logs/format.log"; die "files are not formatted. Run: dotnet format BrokerQueues.sln"; }

for project in tests/Abstractions tests/Broker tests/Worker; do
  run_tests "$project"
done

if [ -x samples/polyglot/setup.sh ]; then
  samples/polyglot/setup.sh >"$logs/polyglot.log" 2>&1 || { tail -n 5 "$logs/polyglot.log"; die "the polyglot publishers could not be set up; read $logs/polyglot.log"; }
fi

for line in "${lines[@]}"; do
  scripts/broker.sh up ${line:+--line "$line"} >/dev/null
  run_tests tests/Integration "$line"
  $quick || run_tests tests/Faults "$line"
done

echo
[ $((passed + failed)) -gt 0 ] || { echo "No test ran."; echo "0 passed, 0 failed"; exit 1; }
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
