#!/usr/bin/env bash
# Runs the benchmarks against brokers of its own; `benchmarks/run.sh --help` tells how to use it.
set -euo pipefail

ROOT=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
BENCHMARKS=$ROOT/benchmarks
BROKER=$ROOT/scripts/broker.sh
NAME=benchmarks # of the broker, so that one in use for development is left alone

usage() {
  cat <<'TEXT'
usage: benchmarks/run.sh [quick|full] [--line 3.10|4.3]
  quick    fewer tasks and rounds, some minutes a line (default): to see what a change does
  full     what results are quoted from: up to half an hour a line, on a machine that does nothing else
  --line   the RabbitMQ release line; default: 3.10, then 4.3
Results go to benchmarks/results/<line>/, those of quick to benchmarks/results/quick/<line>/: throughput.json, growth.json, growth.svg.
A single scenario, or other numbers of rounds: build benchmarks/Throughput with -c Release and run
benchmarks/Throughput/bin/Release/net10.0/BrokerQueues.Benchmarks.Throughput --help.
Brokers are started by scripts/broker.sh and stopped at the end. With BROKERQUEUES_URI set that broker is used instead;
<line> is then what --line says, or "external".
exit codes: 0 measured (a bar that is not held is no failure), 1 failed, 2 usage
TEXT
}

say() { echo "run.sh: $*" >&2; }
die() { say "$*"; exit 1; }
bad_usage() { say "$*"; usage >&2; exit 2; }

parse() {
  EXTENT=quick LINES_GIVEN=()
  while [ $# -gt 0 ]; do
    case $1 in
      quick | full) EXTENT=$1 ;;
      --line)
        [[ ${2:-} =~ ^[0-9]+\.[0-9]+$ ]] || bad_usage "--line needs a release line such as 3.10 or 4.3"
        LINES_GIVEN+=("$2")
        shift ;;
      -h | --help | help) usage; exit 0 ;;
      *) bad_usage "unknown argument '$1'" ;;
    esac
    shift
  done
}

build() { # PROJECT
  say "building $1 ..."
  dotnet build "$BENCHMARKS/$1" -c Release --nologo -v quiet "-clp:ErrorsOnly;NoSummary" || die "$1 does not build; the errors are above."
}

program() { # PROJECT: the built one. `dotnet run` would build again and stay in memory beside what is measured.
  echo "$BENCHMARKS/$1/bin/Release/net10.0/BrokerQueues.Benchmarks.$1"
}

measure() { # URI LINE MANAGEMENT, which may be empty: the broker's memory is not measured then
  local results=$BENCHMARKS/results/$2 throughput=(--rounds 6 --scale 0.4) growth=()
  if [ "$EXTENT" = quick ]; then
    results=$BENCHMARKS/results/quick/$2 # the figures that are quoted stay
    throughput=(--rounds 3 --scale 0.2)
    growth=(--quick)
  fi
  [ -z "$3" ] || growth+=(--management "$3")
  mkdir -p "$results"
  say "throughput on $2 ..."
  "$(program Throughput)" --uri "$1" "${throughput[@]}" --out "$results/throughput.json" || die "throughput on $2 failed; the reason is above."
  say "growth on $2 ..."
  "$(program Growth)" --uri "$1" "${growth[@]}" --out "$results/growth.json" --svg "$results/growth.svg" || die "growth on $2 failed; the reason is above."
}

STARTED=() # the lines whose broker has to be stopped
stop_brokers() {
  local line
  for line in "${STARTED[@]}"; do
    "$BROKER" down --line "$line" --name "$NAME" || say "could not stop the broker of line $line; stop it with: scripts/broker.sh down --line $line --name $NAME"
  done
  STARTED=()
}

measure_line() { # LINE
  local uri
  STARTED+=("$1")
  uri=$("$BROKER" up --line "$1" --name "$NAME") || die "no broker of line $1; the reason is above. Set BROKERQUEUES_URI to use one that runs."
  measure "$uri" "$1" "$("$BROKER" management --line "$1" --name "$NAME")"
  stop_brokers # before the next starts: both would share the machine
}

main() {
  local line
  parse "$@"
  command -v dotnet >/dev/null || die "there is no dotnet; install the .NET 10 SDK."
  build Throughput
  build Growth
  dotnet build-server shutdown >/dev/null 2>&1 || true # the compiler stays in memory otherwise

  if [ -n "${BROKERQUEUES_URI:-}" ]; then
    [ ${#LINES_GIVEN[@]} -le 1 ] || bad_usage "BROKERQUEUES_URI names one broker; give at most one --line"
    measure "$BROKERQUEUES_URI" "${LINES_GIVEN[0]:-external}" ""
    return
  fi
  if [ ${#LINES_GIVEN[@]} -eq 0 ]; then LINES_GIVEN=(3.10 4.3); fi
  trap stop_brokers EXIT
  for line in "${LINES_GIVEN[@]}"; do measure_line "$line"; done
}

main "$@"
