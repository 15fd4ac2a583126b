#!/usr/bin/env bash
# Imports the documents of this machine into a vault with three worker nodes, kills one of them with SIGKILL half-way,
# and then proves from outside that nothing was lost and nothing was recorded twice. `./demo.sh --help` tells the options.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STATE=$ROOT/.demo
LOGS=$STATE/logs
VAULT=$STATE/vault
PROGRAM=$ROOT/samples/DocumentVault/bin/Release/net10.0/BrokerQueues.DocumentVault.dll
NODES=(n1 n2 n3)
PIDS=() # of the workers, in the order of NODES; empty where none runs
PUBLISHER='' WATCHER='' # process ids too
STARTS=() WORKER_LOGS=()

usage() {
  cat <<'TEXT'
usage: ./demo.sh [FOLDER...] [--line 3.10|4.3] [--clean]
  FOLDER   folders with documents to import (default: the documentation of this machine, up to 3,000 files)
  --line   the RabbitMQ release line (default: what scripts/broker.sh chooses)
  --clean  delete the queues at the end (default: they stay to be looked at, and the next run deletes them)
With BROKERQUEUES_URI set, that broker is used; BROKERQUEUES_MANAGEMENT then names its management URL.
exit codes: 0 all checks passed, 1 one failed or the demo could not run, 2 usage
TEXT
}

say() { echo "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() { echo "demo.sh: $*" >&2; exit 1; }
bad_usage() { echo "demo.sh: $*" >&2; usage >&2; exit 2; }

parse() {
  FOLDERS=() LINE=() CLEAN=no
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --clean) CLEAN=yes ;;
      --line) [ -n "${2:-}" ] || bad_usage "--line needs a release line such as 3.10 or 4.3"; LINE=(--line "$2"); shift ;;
      -*) bad_usage "unknown option '$1'" ;;
      *) [ -d "$1" ] || bad_usage "'$1' is no folder"; FOLDERS+=("$(cd "$1" && pwd)") ;;
    esac
    shift
  done
}

# ---- set-up

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK is missing. Install .NET SDK 10 (https://dotnet.microsoft.com/download) and run this again."
  # Asked in the project's folder: there global.json says which version it must be.
  (cd "$ROOT" && dotnet --version) >"$LOGS/dotnet.log" 2>&1 ||
    die "no .NET SDK here satisfies global.json; install .NET SDK 10 (https://dotnet.microsoft.com/download). What dotnet says: $LOGS/dotnet.log"
}

# Two demos of one clone would delete each other's queues. The lock's descriptor (6) is closed for everything that may
# outlive this script, or it would hold the lock.
fresh_state() {
  mkdir -p "$STATE"
  exec 6>"$STATE/lock"
  flock -n 6 || die "another demo of this folder is running. Wait for it to end."
  rm -rf "$VAULT" "$LOGS"
  mkdir -p "$VAULT" "$LOGS"
}

start_broker() {
  URI=$("$ROOT/scripts/broker.sh" up ${LINE[@]+"${LINE[@]}"} 6>&-) || die "there is no broker; see above."
  MANAGEMENT=$("$ROOT/scripts/broker.sh" management ${LINE[@]+"${LINE[@]}"} 6>&-)
  say "RabbitMQ at ${URI/\/\/*@/\/\/}"
}

build() {
  (cd "$ROOT" && dotnet build -c Release samples/DocumentVault 6>&-) >"$LOGS/build.log" 2>&1 ||
    { grep -E 'error' "$LOGS/build.log" | sort -u | head -n 5 >&2; die "the build failed; read $LOGS/build.log"; }
}

# Every run has names of its own, so what an earlier one left cannot disturb it; the part that all runs of this clone
# share is what the earlier ones are found by.
choose_prefix() {
  CLONE_PREFIX=demo-$(printf %s "$ROOT" | sha256sum | cut -c1-6)-
  PREFIX=$CLONE_PREFIX$(date +%m%d-%H%M%S).
}

delete_queues() { # PREFIX
  dotnet "$PROGRAM" clean --uri "$URI" --prefix "$1" --management "$MANAGEMENT" >"$LOGS/clean.log" 2>&1 ||
    say "The queues could not be deleted, which does no harm; read $LOGS/clean.log"
  grep '^Deleted [1-9]' "$LOGS/clean.log" || true
}

# Only ever in the background or in a pipe, where it has a shell of its own: exec makes that shell's process id, which is
# what a kill is sent to, the program's.
vault() { # COMMAND ARGUMENT...
  exec dotnet "$PROGRAM" "$1" --uri "$URI" --prefix "$PREFIX" --vault "$VAULT" "${@:2}" 6>&-
}

# ---- workers

start_worker() { # INDEX
  # A log for each process, so that the successor of a killed worker does not write over its last words. It is made here,
  # because the worker itself comes to it at some time after this returns.
  STARTS[$1]=$((${STARTS[$1]:-0} + 1))
  WORKER_LOGS[$1]=$LOGS/worker-${NODES[$1]}.${STARTS[$1]}.log
  : >"${WORKER_LOGS[$1]}"
  vault worker --node "${NODES[$1]}" >"${WORKER_LOGS[$1]}" 2>&1 &
  PIDS[$1]=$!
}

wait_until_ready() { # INDEX
  local end=$((SECONDS + 60)) log=${WORKER_LOGS[$1]}
  until grep -q '^READY' "$log"; do
    kill -0 "${PIDS[$1]}" 2>/dev/null || die "worker ${NODES[$1]} ended while starting; read $log"
    ((SECONDS < end)) || die "worker ${NODES[$1]} was not ready within 60 s; read $log"
    sleep 0.1
  done
}

# The first is ready before the others start: so it is the one that the broker lets consume the sequential queue, and
# killing it later hits the node that writes the ledger.
start_workers() {
  start_worker 0 && wait_until_ready 0
  start_worker 1 && start_worker 2
  wait_until_ready 1 && wait_until_ready 2
  say "three worker processes are ready: ${NODES[*]} (logs: $LOGS)"
}

kill_worker() { # INDEX
  local pid=${PIDS[$1]}
  PIDS[$1]=''
  kill -KILL "$pid" || die "worker ${NODES[$1]} was gone before it was to be killed; read ${WORKER_LOGS[$1]}"
  { wait "$pid"; } 2>/dev/null || true # bash would report the kill as if it were an accident
  say "  killed worker ${NODES[$1]} (process $pid) with SIGKILL"
}

stop_all() {
  local pid mine=("${PIDS[@]}" "$PUBLISHER" "$WATCHER")
  PIDS=() PUBLISHER='' WATCHER=''
  for pid in "${mine[@]}"; do
    if [ -n "$pid" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for pid in "${mine[@]}"; do
    if [ -n "$pid" ]; then end_within_15_seconds "$pid"; fi
  done
}
end_within_15_seconds() { # PID
  local end=$((SECONDS + 15))
  while kill -0 "$1" 2>/dev/null && ((SECONDS < end)); do sleep 0.1; done
  kill -KILL "$1" 2>/dev/null || true
  { wait "$1"; } 2>/dev/null || true
}

# ---- the run

import_with_a_kill() {
  vault publish ${FOLDERS[@]+"${FOLDERS[@]}"} >"$LOGS/publish.log" 2>&1 &
  PUBLISHER=$!
  # Its list of tasks comes first: from then on there is something to watch.
  until [ -e "$VAULT/manifest.jsonl" ]; do
    kill -0 "$PUBLISHER" 2>/dev/null || publishing_failed
    sleep 0.1
  done
  watch_progress --until-imports 50
  kill_worker 0
  start_worker 0
  say "  started another in its place (process ${PIDS[0]}), under the same node name"
  watch_progress
  wait "$PUBLISHER" || publishing_failed
  PUBLISHER=''
  wait_until_ready 0
  say "  $(grep '^Published' "$LOGS/publish.log")"
}
publishing_failed() {
  head -n 3 "$LOGS/publish.log" >&2
  die "publishing failed; read $LOGS/publish.log"
}
# In the background and waited for, because bash heeds a signal at once only while it waits.
watch_progress() {
  vault watch "$@" &
  WATCHER=$!
  wait "$WATCHER" || die "the work came to a halt; read $LOGS/publish.log and the workers' logs in $LOGS"
  WATCHER=''
}

where_to_look() {
  step "Look for yourself"
  say "management UI   $MANAGEMENT/#/queues (user guest, password guest, unless the broker is your own)"
  say "queues          filter by ${PREFIX%.}; the dead letters with their reasons: 'Get messages' in"
  say "                ${PREFIX}vault.import.failed, .fatal and .incompatible"
  say "archive, ledger $VAULT"
  say "logs            $LOGS"
}

main() {
  parse "$@"
  fresh_state
  need_dotnet
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  choose_prefix

  step "Broker"
  start_broker
  step "Build"
  build
  say "built in $SECONDS s"
  local began=$SECONDS verified=yes
  delete_queues "$CLONE_PREFIX"

  step "Workers"
  start_workers
  step "Import"
  import_with_a_kill
  step "Verify"
  vault verify --nodes "${NODES[@]}" | tee "$LOGS/verify.log" || verified=no
  stop_all

  if [ $CLEAN = yes ]; then delete_queues "$PREFIX"; else where_to_look; fi
  [ $verified = yes ] || die "a check failed; it says so above and in $LOGS/verify.log, and the workers' logs are in $LOGS"
  step "All checks passed, $((SECONDS - began)) s after the build"
}

main "$@"
