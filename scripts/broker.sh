#!/usr/bin/env bash
# Finds or makes a RabbitMQ broker for development and tests. `broker.sh help` tells how to use it.
# stdout carries only the answer (so `uri=$(scripts/broker.sh up)` works); progress and errors go to stderr.
set -euo pipefail

SELF=$(readlink -f "${BASH_SOURCE[0]}")
ROOT=$(dirname "$(dirname "$SELF")")
STATE=$ROOT/.broker
# Unique per clone, so that clones never share a node name in epmd, a data folder or a compose project.
HASH=$(printf %s "$STATE" | sha256sum | cut -c1-8)
CACHE=/var/cache/brokerqueues   # machine-wide, so that all clones share one chroot
SUITE=forky                     # the Debian suite that carries RabbitMQ 4.3
CHROOT=$CACHE/$SUITE
DEADLINE=90

usage() {
  cat <<'TEXT'
usage: scripts/broker.sh up|down|status|uri|management|pid [--line 3.10|4.3] [--name NAME]
  up          start the broker if need be, wait until it answers, print its AMQP URI
  down        stop it, keep its data (down --all: every instance of this clone)
  status      table of this clone's instances
  uri, management, pid   print the AMQP URI, the management URL, the process id of the broker
  --line      the release line; without it: Docker if an engine answers, else the installed RabbitMQ
  --name      several instances side by side (default: main); data and ports are kept per line and name
With BROKERQUEUES_URI set (and no --name) that broker is used and never started or stopped;
BROKERQUEUES_MANAGEMENT then names its management URL. State is kept in .broker/.
exit codes: 0 ok, 1 failed, 2 usage
TEXT
}

say() { echo "broker.sh: $*" >&2; }
die() { say "$*"; exit 1; }
bad_usage() { say "$*"; usage >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
can_be_root() { is_root || { have sudo && sudo -n true 2>/dev/null; }; }
as_root() { if is_root; then "$@"; else sudo -n "$@"; fi; }

# ---------------------------------------------------------------- which instance

# The line of the RabbitMQ installed on this machine; all of 3.x counts as the 3.10 line.
installed_version() {
  local version
  if have dpkg-query && version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' rabbitmq-server 2>/dev/null); then
    [[ $version =~ ^installed\ ([0-9]+:)?([0-9]+\.[0-9]+[0-9.]*) ]] && echo "${BASH_REMATCH[2]}"
  elif have rabbitmq-server; then
    rabbitmqctl version 2>/dev/null | tail -n 1
  fi
}
installed_line() {
  local version
  version=$(installed_version) || true
  case $version in
    '') ;;
    3.*) echo 3.10 ;;
    *) echo "$version" | cut -d. -f1,2 ;;
  esac
}

docker_answers() {
  have docker && timeout 5 docker info >/dev/null 2>&1 && timeout 5 docker compose version >/dev/null 2>&1
}

# Without --line the choice made by the last such `up` is remembered: asking Docker anew for each `uri` is slow,
# and a broker must not change under a running test because an engine was started in the meantime.
default_line() {
  if [ -f "$STATE/default-line" ]; then cat "$STATE/default-line"; else installed_line; fi
}
choose_default_line() {
  local line
  line=$(default_line)
  if [ -n "$line" ] && load "$line" "$NAME" && [ -n "$(find_pid)" ]; then echo "$line"; return; fi
  if docker_answers; then echo docker; return; fi
  line=$(installed_line)
  echo "${line:-3.10}"
}

select_instance() { # LINE NAME: sets KEY, DIR and ID, which follow from the two and the clone's path alone
  LINE=$1 NAME=$2
  KEY=$LINE-$NAME DIR=$STATE/$LINE-$NAME
  ID=bq-$HASH-${LINE//./}-$NAME
}

# Reads what `up` has remembered of an instance. A file with another ID came along in a copied or moved
# project folder: its ports and data belong to the other clone, so it counts as absent.
load() {
  select_instance "$1" "$2"
  INSTANCE_ID='' KIND='' AMQP='' MANAGEMENT='' DIST='' DATA='' VERSION=''
  # shellcheck source=/dev/null
  [ -f "$DIR/instance" ] && . "$DIR/instance" && [ "$INSTANCE_ID" = "$ID" ]
}

save() {
  printf '%s=%q\n' INSTANCE_ID "$ID" KIND "$KIND" AMQP "$AMQP" MANAGEMENT "$MANAGEMENT" DIST "$DIST" \
    DATA "$DATA" VERSION "$VERSION" >"$DIR/instance.new"
  mv "$DIR/instance.new" "$DIR/instance"
}

# By its command line, not by a pid file: that can neither be stale nor name a stranger's process.
find_pid() {
  if [ "${KIND:-}" = docker ]; then
    compose top rabbitmq 2>/dev/null | awk '/beam\.smp/ { print $2; exit }' || true
  else
    pgrep -o -f -- "^[^ ]*beam\.smp .*-brokerqueues $ID( |\$)" || true
  fi
}

# ---------------------------------------------------------------- ports and answers

port_answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# Three ports in a row, below the range of outgoing connections. Starting at a number that follows from the ID
# keeps clones apart even where one of them is stopped and its ports look free.
choose_ports() {
  local start try port
  start=$((16#$(printf %s "$ID" | sha256sum | cut -c1-6) % 1200))
  for ((try = 0; try < 1200; try++)); do
    port=$((20000 + (start + try) % 1200 * 10))
    if ! port_answers 127.0.0.1 $port && ! port_answers 127.0.0.1 $((port + 1)) && ! port_answers 127.0.0.1 $((port + 2)) &&
      ! grep -qsx "AMQP=$port" "$STATE"/*/instance; then
      AMQP=$port MANAGEMENT=$((port + 1)) DIST=$((port + 2))
      return
    fi
  done
  die "no free port between 20000 and 32000. See what listens with: ss -ltn"
}

# A connection alone proves nothing while the broker boots: the first byte of Connection.Start does.
amqp_answers() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$AMQP" && printf 'AMQP\0\0\11\1' >&3
    IFS= read -r -n 1 -t 3 byte <&3 && [ "$byte" = $'\x01' ]
  ) 2>/dev/null
}
# Sets VERSION from the management API. guest:guest, in base 64; plain bash because curl may be missing.
management_answers() {
  local body
  body=$( (
    exec 3<>"/dev/tcp/127.0.0.1/$MANAGEMENT"
    printf 'GET /api/overview HTTP/1.0\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n' >&3
    timeout 5 cat <&3
  ) 2>/dev/null | tr -d '\0') || return 1
  [[ $body =~ ^HTTP/1\.[01]\ 200 && $body =~ \"rabbitmq_version\":\"([^\"]+)\" ]] && VERSION=${BASH_REMATCH[1]}
}

# ---------------------------------------------------------------- getting RabbitMQ

# Runs as root. A package's service would start on all interfaces and on port 5672, so starting is forbidden
# while apt works and the service is not left to start at the next boot.
install_packages() {
  local policy=/usr/sbin/policy-rc.d log=$CACHE/apt.log
  mkdir -p "$CACHE"
  exec 8>"$CACHE/apt.lock" && flock 8
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y "$@" >"$log" 2>&1 </dev/null ||
    { apt-get update >>"$log" 2>&1 && apt-get install -y "$@" >>"$log" 2>&1 </dev/null; } ||
    die "apt-get could not install $*; read $log. Repair apt, start Docker, or set BROKERQUEUES_URI."
  if [ "$1" = rabbitmq-server ] && have systemctl; then systemctl disable rabbitmq-server >>"$log" 2>&1 || true; fi
}

need_package() { # COMMAND PACKAGE
  if have "$1" || [ -x "/usr/sbin/$1" ]; then return; fi
  have apt-get || die "$1 is missing and there is no apt-get. Install it with your package manager, start Docker, or set BROKERQUEUES_URI=amqp://user:password@host:5672/"
  can_be_root || die "cannot install $2: not root and sudo asks for a password. Install it with your package manager, start Docker, or set BROKERQUEUES_URI=amqp://user:password@host:5672/"
  say "installing $2 by apt-get ..."
  as_root bash "$SELF" _install "$2"
}

# apt itself reads its sources, in whichever format they are written.
debian_mirror() {
  local list site
  site=$(apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "main" && $2 !~ /security/ { print $3; exit }')
  if [[ $site == mirror* ]]; then # cloud images point to a list of mirrors in a file
    list=${site#*:} && list=/${list##+(/)}
    site=$(awk '$1 ~ /^https?:/ { print $1; exit }' "$list")
  fi
  [ -n "$site" ] && echo "${site%/}"
}

# Runs as root, one at a time on the whole machine. A partial tree never gets the final name, and its leftovers
# are unmounted before they are removed.
make_chroot() {
  local mirror partial=$CHROOT.partial log=$CACHE/debootstrap.log
  mkdir -p "$CACHE"
  exec 8>"$CHROOT.lock" && flock 8
  if [ ! -d "$CHROOT" ]; then
    mirror=$(debian_mirror) || die "no Debian mirror found in apt's sources, and line 4.3 comes from Debian's $SUITE. Start Docker, or set BROKERQUEUES_URI."
    umount -l "$partial/proc" "$partial/sys" "$partial/dev" 2>/dev/null || true
    rm -rf --one-file-system "$partial"
    say "bootstrapping Debian $SUITE with RabbitMQ into $CHROOT (about a minute, once per machine) ..."
    # An older debootstrap does not know the suite by name; all recent suites use the script of sid.
    debootstrap --variant=minbase --include=rabbitmq-server,ca-certificates "$SUITE" "$partial" "$mirror" \
      /usr/share/debootstrap/scripts/sid >"$log" 2>&1 </dev/null 8>&- ||
      die "debootstrap of $SUITE failed; read $log (and $partial/debootstrap/debootstrap.log). Then run up again."
    mv "$partial" "$CHROOT"
  fi
  cp /etc/hosts "$CHROOT/etc/hosts" # without it the node cannot resolve localhost
  mountpoint -q "$CHROOT/proc" || mount -t proc proc "$CHROOT/proc" ||
    die "cannot mount proc in $CHROOT: this container may not mount. Use Docker, or set BROKERQUEUES_URI."
  mountpoint -q "$CHROOT/dev" || mount --bind /dev "$CHROOT/dev" ||
    die "cannot bind /dev in $CHROOT: this container may not mount. Use Docker, or set BROKERQUEUES_URI."
}

# ---------------------------------------------------------------- an instance

compose() {
  BROKERQUEUES_AMQP_PORT=$AMQP BROKERQUEUES_MANAGEMENT_PORT=$MANAGEMENT \
    docker compose -p "$ID" -f "$ROOT/docker-compose.yml" "$@" </dev/null
}

# How to run a command as the broker's user, and the data folder as that user sees it.
set_runner() {
  RUN=() HOST_DATA=$DATA SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server
  if [ "$KIND" = chroot ]; then
    HOST_DATA=$CHROOT$DATA
    RUN=(chroot --userspec=rabbitmq:rabbitmq "$CHROOT")
    is_root || RUN=(sudo -n "${RUN[@]}")
  elif is_root && id rabbitmq >/dev/null 2>&1; then
    RUN=(setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups)
  fi
  # Debian's command in the path demands root or rabbitmq; the real one runs as anybody.
  if [ "$KIND" != chroot ] && [ ! -x $SERVER ]; then SERVER=$(command -v rabbitmq-server); fi
}

# Decides how and where the instance runs, at its first `up` only.
create_instance() {
  case $LINE in
    docker) KIND=docker DATA='' ;;
    "$(installed_line)") KIND=host DATA=$DIR/data ;;
    4.3) KIND=chroot DATA=/var/lib/brokerqueues/$HASH/$KEY ;;
    *) die "line $LINE is not to be had here: this machine has RabbitMQ $(installed_version). Use --line $(installed_line), or set BROKERQUEUES_URI." ;;
  esac
  set_runner
  # The broker's user cannot enter a clone below a private folder.
  if [ $KIND = host ] && [ ${#RUN[@]} != 0 ] && ! (cd / && "${RUN[@]}" test -x "$DIR"); then
    DATA=/var/lib/brokerqueues/$HASH/$KEY && set_runner
  fi
  # A broker of a deleted clone that stood at this path may still run, and its data is nobody's.
  [ $KIND = docker ] || stop_process
  if [ -n "$DATA" ]; then remove_data; fi
  [ "$HOST_DATA" = "$DIR/data" ] || ln -sfn "$HOST_DATA" "$DIR/data"
  (flock 7 && choose_ports && VERSION='' && save) 7>"$STATE/ports.lock"
  load "$LINE" "$NAME"
}
remove_data() {
  if [ "$KIND" = chroot ]; then as_root rm -rf "$HOST_DATA"; else rm -rf "$HOST_DATA"; fi
}

# Written anew at each start, so that an updated script takes effect on kept data.
write_config() {
  local stage=$DIR/config
  mkdir -p "$stage"
  cat >"$stage/rabbitmq.conf" <<CONF
listeners.tcp.default = 127.0.0.1:$AMQP
management.tcp.ip = 127.0.0.1
management.tcp.port = $MANAGEMENT
disk_free_limit.absolute = 200MB
vm_memory_high_watermark.relative = 0.4
log.file.level = warning
CONF
  # Shovels let the management UI move messages from one queue to another.
  echo '[rabbitmq_management,rabbitmq_shovel,rabbitmq_shovel_management].' >"$stage/enabled_plugins"
  echo '[].' >"$stage/advanced.config" # and an empty environment file: nothing of the machine's own /etc/rabbitmq
  : >"$stage/rabbitmq-env.conf"
  if [ "$KIND" = chroot ]; then
    as_root mkdir -p "$HOST_DATA" && as_root cp "$stage"/* "$HOST_DATA/"
    as_root chroot "$CHROOT" chown -R rabbitmq:rabbitmq "$DATA"
  else
    mkdir -p "$HOST_DATA" && cp "$stage"/* "$HOST_DATA/"
    if is_root && [ ${#RUN[@]} != 0 ]; then chown -R rabbitmq:rabbitmq "$HOST_DATA"; fi
  fi
}

spawn() {
  # ERL_EPMD_ADDRESS and inet_dist_use_interface keep Erlang's own ports on loopback. The -brokerqueues flag
  # means nothing to Erlang: find_pid knows the process by it. The environment is cut so that no RABBITMQ_* leaks in.
  local environment=(
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$DATA"
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP="$DATA/erl_crash.dump"
    RABBITMQ_NODENAME="$ID@localhost" RABBITMQ_NODE_PORT="$AMQP" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
    RABBITMQ_DIST_PORT="$DIST" RABBITMQ_MNESIA_BASE="$DATA/mnesia" RABBITMQ_LOG_BASE="$DATA/log"
    RABBITMQ_ENABLED_PLUGINS_FILE="$DATA/enabled_plugins" RABBITMQ_CONFIG_FILE="$DATA/rabbitmq.conf"
    RABBITMQ_CONFIG_FILES="$DATA/conf.d/*.conf" RABBITMQ_ADVANCED_CONFIG_FILE="$DATA/advanced.config"
    RABBITMQ_CONF_ENV_FILE="$DATA/rabbitmq-env.conf" RABBITMQ_GENERATED_CONFIG_DIR="$DATA/generated"
    RABBITMQ_PID_FILE="$DATA/pid"
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 -kernel inet_dist_use_interface {127,0,0,1} -brokerqueues $ID"
  )
  (
    cd / && { ulimit -n 65536 2>/dev/null || true; }
    exec setsid "${RUN[@]}" /usr/bin/env -i "${environment[@]}" "$SERVER" </dev/null >"$DIR/console.log" 2>&1 9>&-
  ) &
  SPAWNED=$!
}

# Waits for both doors. Right after a SIGKILL epmd may still hold the node's name or the kernel its ports:
# the start then ends at once with one of the messages below and is worth repeating.
start_and_wait() {
  local end=$((SECONDS + DEADLINE)) logs="$DIR/console.log and the files in $HOST_DATA/log"
  spawn
  until amqp_answers && management_answers; do
    if [ ! -e /proc/$SPAWNED ] && [ -z "$(find_pid)" ]; then
      grep -qsE 'duplicate_node_name|already (running|in use)|in use by|eaddrinuse' "$DIR/console.log" && ((SECONDS < end)) ||
        die "RabbitMQ $LINE ended while starting; read $logs, then run up again."
      say "its name or a port is still taken, trying again ..."
      sleep 2
      spawn
    fi
    ((SECONDS < end)) || die "RabbitMQ $LINE did not answer on ports $AMQP and $MANAGEMENT within $DEADLINE s; read $logs, then run down and up again."
    sleep 0.3
  done
}

prepare() {
  if [ "$LINE" = 4.3 ] && [ "$(installed_line)" != 4.3 ]; then
    can_be_root || die "cannot set up line 4.3: it needs root or a sudo that asks for no password. Start Docker and leave --line out, or set BROKERQUEUES_URI."
    need_package debootstrap debootstrap
    as_root bash "$SELF" _chroot
  elif [ "$LINE" != docker ]; then
    need_package rabbitmq-server rabbitmq-server
  fi
}

up_instance() {
  mkdir -p "$STATE" && mkdir -p "$DIR"
  exec 9>"$DIR/lock" && flock 9 # two at once: the second finds it running
  if load "$LINE" "$NAME" && amqp_answers && management_answers && [ -n "$(find_pid)" ]; then return; fi
  prepare
  load "$LINE" "$NAME" || create_instance
  if [ "$KIND" = docker ]; then
    # Written where no Docker engine could be had, so this branch has not been run.
    compose up -d --wait rabbitmq >&2 ||
      die "docker compose could not start RabbitMQ; read its log with: docker compose -p $ID logs rabbitmq"
    amqp_answers && management_answers || die "the container runs but ports $AMQP and $MANAGEMENT do not answer; read its log with: docker compose -p $ID logs rabbitmq"
  elif [ -z "$(find_pid)" ] && { port_answers 127.0.0.1 "$AMQP" || port_answers 127.0.0.1 "$MANAGEMENT"; }; then
    die "port $AMQP or $MANAGEMENT of instance $KEY is taken by another program (ss -ltnp tells which); end that, or remove $DIR to start afresh on other ports."
  else
    say "starting RabbitMQ $LINE, instance $NAME ..."
    set_runner
    stop_process # one that runs but does not answer
    write_config
    start_and_wait
  fi
  save
}

signal() { kill "$@" 2>/dev/null || { ! is_root && can_be_root && sudo -n kill "$@" 2>/dev/null; } || true; }

# SIGTERM makes the node shut down in order, as rabbitmqctl stop would.
stop_process() {
  local pid end=$((SECONDS + 30))
  pid=$(find_pid)
  [ -n "$pid" ] || return 0
  signal -TERM "$pid"
  while [ "$(find_pid)" = "$pid" ]; do
    if ((SECONDS >= end)); then
      say "process $pid did not stop within 30 s, killing it"
      signal -KILL "$pid"
      sleep 1
      [ "$(find_pid)" != "$pid" ] || die "cannot end process $pid of instance $KEY; it may belong to another user. End it with: kill -9 $pid"
      return
    fi
    sleep 0.2
  done
}

down_instance() {
  mkdir -p "$DIR" && exec 9>"$DIR/lock" && flock 9
  if ! load "$LINE" "$NAME"; then say "there is no instance $KEY"; return; fi
  if [ -z "$(find_pid)" ]; then say "instance $KEY is not running"; return; fi
  if [ "$KIND" = docker ]; then
    compose stop rabbitmq >&2 || die "docker compose could not stop RabbitMQ; see: docker compose -p $ID ps"
  else
    stop_process
  fi
  say "instance $KEY is stopped"
}

each_instance() { # FUNCTION: calls it for every instance of this clone, in a subshell of its own
  local file key failed=0
  for file in "$STATE"/*/instance; do
    [ -f "$file" ] || continue
    key=$(basename "$(dirname "$file")")
    (load "${key%%-*}" "${key#*-}" && "$1") || failed=1
  done
  return $failed
}

# ---------------------------------------------------------------- commands

print_uri() { echo "amqp://guest:guest@127.0.0.1:$AMQP/"; }
print_row() {
  local pid state=running
  pid=$(find_pid)
  [ -n "$pid" ] || state=stopped
  printf '%-7s %-16s %-8s %-40s %-24s %-8s %s\n' "$LINE" "$NAME" "${VERSION:--}" "$(print_uri)" "http://127.0.0.1:$MANAGEMENT" "${pid:--}" $state
}
status() {
  printf '%-7s %-16s %-8s %-40s %-24s %-8s %s\n' LINE NAME VERSION URI MANAGEMENT PID STATE
  each_instance print_row
}

# The broker named by BROKERQUEUES_URI: somebody else's, so it is only looked at.
external() {
  local host port=5672
  [[ $BROKERQUEUES_URI =~ ^amqps?://([^@/]*@)?(\[[^]]+\]|[^:/@]+)(:([0-9]+))?(/.*)?$ ]] ||
    die "BROKERQUEUES_URI is not of the form amqp://user:password@host:5672/vhost"
  host=${BASH_REMATCH[2]//[\[\]]/}
  if [[ $BROKERQUEUES_URI == amqps:* ]]; then port=5671; fi
  port=${BASH_REMATCH[4]:-$port}
  case $COMMAND in
    up)
      timeout 10 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "$host" "$port" 2>/dev/null ||
        die "nothing answers at $host port $port, which BROKERQUEUES_URI names. Start that broker, or unset the variable."
      echo "$BROKERQUEUES_URI" ;;
    uri) echo "$BROKERQUEUES_URI" ;;
    management) echo "${BROKERQUEUES_MANAGEMENT:-http://$host:15672}" ;;
    pid) die "the broker is set by BROKERQUEUES_URI, its process is not known. Unset the variable, or give --name." ;;
    down) say "the broker is set by BROKERQUEUES_URI and is left alone" ;;
    status) echo "external broker at $host port $port (BROKERQUEUES_URI)"; status ;;
  esac
}

parse() {
  COMMAND=${1:-} LINE='' NAME=main NAMED=no ALL=no
  [ $# -gt 0 ] && shift
  while [ $# -gt 0 ]; do
    case $1 in
      --line) LINE=${2:-} && [ -n "$LINE" ] || bad_usage "--line needs a value"; shift 2 ;;
      --name) NAME=${2:-} NAMED=yes; [[ $NAME =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] || bad_usage "--name needs lower-case letters, digits and inner hyphens, at most 32"; shift 2 ;;
      --all) ALL=yes; shift ;;
      *) bad_usage "unknown argument $1" ;;
    esac
  done
  case $LINE in '' | docker) ;; *[!0-9.]* | .*) bad_usage "--line is a release line such as 3.10 or 4.3" ;; esac
  if [ $ALL = yes ] && [ "$COMMAND" != down ]; then bad_usage "--all goes with down only"; fi
}

main() {
  shopt -s extglob
  case ${1:-} in # for itself, as root
    _install) shift; install_packages "$@"; return ;;
    _chroot) make_chroot; return ;;
  esac
  parse "$@"
  case $COMMAND in
    up | down | status | uri | management | pid) ;;
    help | -h | --help) usage; return ;;
    *) bad_usage "unknown command '${COMMAND}'" ;;
  esac
  if [ -n "${BROKERQUEUES_URI:-}" ] && [ $NAMED = no ] && [ $ALL = no ]; then external; return; fi
  if [ "$COMMAND" = status ]; then status; return; fi
  if [ $ALL = yes ]; then each_instance down_instance; return; fi
  if [ "$COMMAND" = up ]; then
    if [ -z "$LINE" ]; then
      LINE=$(choose_default_line)
      mkdir -p "$STATE" && echo "$LINE" >"$STATE/default-line"
    fi
    select_instance "$LINE" "$NAME"
    up_instance
    print_uri
    return
  fi
  [ -n "$LINE" ] || LINE=$(default_line)
  select_instance "${LINE:-3.10}" "$NAME"
  if [ "$COMMAND" = down ]; then down_instance; return; fi
  load "$LINE" "$NAME" || die "there is no instance $KEY yet; make one with: scripts/broker.sh up --line $LINE --name $NAME"
  local pid
  pid=$(find_pid)
  case $COMMAND in
    uri) print_uri ;;
    management) echo "http://127.0.0.1:$MANAGEMENT" ;;
    pid) [ -n "$pid" ] || die "instance $KEY is not running; start it with: scripts/broker.sh up --line $LINE --name $NAME"; echo "$pid" ;;
  esac
}

main "$@"
