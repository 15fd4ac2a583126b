#!/usr/bin/env bash
# Finds or makes a RabbitMQ broker for development and tests; `broker.sh help` tells how to use it.
# stdout carries only the answer (so `uri=$(scripts/broker.sh up)` works); progress and errors go to stderr.
set -euo pipefail
umask 022 # the broker's own user has to read what is written here

SELF=$(readlink -f "${BASH_SOURCE[0]}")
ROOT=$(dirname "$(dirname "$SELF")")
STATE=$ROOT/.broker
# Unique per clone, so that clones never share a node name in epmd, a data folder or a compose project.
HASH=$(printf %s "$STATE" | sha256sum | cut -c1-8)
CACHE=/var/cache/brokerqueues # machine-wide: all clones share one chroot
SUITE=forky                   # the Debian suite that carries RabbitMQ 4.3
CHROOT=$CACHE/$SUITE
SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server # not Debian's command in the path, which demands root or rabbitmq
DEADLINE=90
INSTEAD="start Docker, or set BROKERQUEUES_URI=amqp://user:password@host:5672/"

usage() {
  cat <<'TEXT'
usage: scripts/broker.sh up|down|status|uri|management|pid|ctl [--line 3.10|4.3] [--name NAME] [-- ARGUMENT...]
       scripts/broker.sh cluster up|down|cut|mend|line [--line 3.10|4.3] [--name NAME] [--member 1|2|3]
  up          start the broker if need be, wait until it answers, print its AMQP URI
  down        stop it, keep its data (down --all: every instance of this clone)
  status      table of this clone's instances
  uri, management, pid   print the AMQP URI, the management URL, the process id of the broker
  ctl         run rabbitmqctl against it: broker.sh ctl -- list_queues name messages
  cluster up  start three brokers as one cluster, each on a loopback address of its own, print their URIs, one a line.
              They are the instances NAME-1, NAME-2, NAME-3 (default: cluster-1 ...): every command above works on one of
              them, so that one can be stopped, killed, frozen and started again. Run again, it starts what is down
  cluster down  stop the three, keep their data
  cluster line  print the line that a cluster is of without --line: the one that is installed, not Docker's
  cluster cut   cut one member off from the others by iptables (as root), clients reach it as before; mend undoes it
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
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
is_root() { [ "$(id -u)" = 0 ]; }
can_be_root() { is_root || { have sudo && sudo -n true 2>/dev/null; }; }
if is_root; then SUDO=(); else SUDO=(sudo -n); fi
as_root() { "${SUDO[@]}" "$@"; }

# ---- which instance

installed_version() { # read from the folder's name: asking rabbitmqctl starts a virtual machine each time
  local folder
  for folder in /usr/lib/rabbitmq/lib/rabbitmq_server-*; do
    if [ -x $SERVER ] && [ -d "$folder" ]; then echo "${folder##*rabbitmq_server-}"; fi
  done | sort -V | tail -n 1
}
installed_line() { installed_version | sed -E 's/^3\..*/3.10/; s/^([0-9]+\.[0-9]+).*/\1/'; } # 3.x is one line here

docker_answers() { have docker && timeout 5 docker info >/dev/null 2>&1 && timeout 5 docker compose version >/dev/null 2>&1; }

# The choice of the last `up` without --line is remembered: asking Docker anew for each `uri` is slow, and the broker
# must not change under a running test because an engine was started in the meantime.
default_line() { cat "$STATE/default-line" 2>/dev/null || installed_line; }
choose_default_line() {
  local line
  line=$(default_line)
  if [ -n "$line" ] && load "$line" "$NAME" && [ -n "$(find_pid)" ]; then echo "$line"; return; fi
  if docker_answers; then echo docker; return; fi
  need_package rabbitmq-server
  installed_line
}

# Reads what `up` has remembered of an instance. A file with another ID came along in a copied or moved project
# folder: its ports and data belong to the other clone, so it counts as absent.
load() { # LINE NAME
  LINE=$1 NAME=$2 KEY=$1-$2 DIR=$STATE/$1-$2 ID=bq-$HASH-${1//./}-$2
  INSTANCE_ID='' KIND='' ADDRESS=127.0.0.1 AMQP='' MANAGEMENT='' DIST='' DATA='' VERSION='' COOKIE=''
  # shellcheck source=/dev/null
  [ -f "$DIR/instance" ] && . "$DIR/instance" && [ "$INSTANCE_ID" = "$ID" ]
}
save() {
  printf '%s=%q\n' INSTANCE_ID "$ID" KIND "$KIND" ADDRESS "$ADDRESS" COOKIE "$COOKIE" AMQP "$AMQP" MANAGEMENT "$MANAGEMENT" DIST "$DIST" \
    DATA "$DATA" VERSION "$VERSION" >"$DIR/instance.new"
  chmod 600 "$DIR/instance.new" # the cookie
  mv "$DIR/instance.new" "$DIR/instance"
}

# By its command line, not by a pid file: that can neither be stale nor name a stranger's process.
find_pid() {
  local folder
  if [ "$KIND" = docker ]; then
    compose top rabbitmq 2>/dev/null | # its columns differ between versions
      awk '{ for (i = 1; i <= NF; i++) if ($i == "PID") column = i } /beam\.smp/ { print $column; exit }' || true
  else
    # shellcheck disable=SC2013 # no spaces in these paths
    for folder in $(grep -lszFx -- "$ID" /proc/[0-9]*/cmdline); do # -z: one argument of the command line is the ID
      folder=$(dirname "$folder")
      if [ "$(cat "$folder/comm" 2>/dev/null)" = beam.smp ]; then basename "$folder"; return; fi
    done
  fi
}

# ---- ports and answers

# shellcheck disable=SC2016 # the inner shell expands these
port_answers() { timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null; }

# Three ports in a row, below the range of outgoing connections. Starting at a number that follows from the ID keeps
# clones apart even where one of them is stopped and its ports look free.
choose_ports() {
  local start try
  start=$((16#$(printf %s "$ID" | sha256sum | cut -c1-6) % 1200))
  for ((try = 0; try < 1200; try++)); do
    AMQP=$((20000 + (start + try) % 1200 * 10))
    MANAGEMENT=$((AMQP + 1)) DIST=$((AMQP + 2))
    grep -qsx "AMQP=$AMQP" "$STATE"/*/instance || ports_taken || return 0
  done
  die "no free ports between 20000 and 32000. See what listens with ss -ltn, end some of it, and run up again."
}
ports_taken() { port_answers "$ADDRESS" "$AMQP" || port_answers "$ADDRESS" "$MANAGEMENT" || port_answers 127.0.0.1 "$DIST"; }

# A connection alone proves nothing while the broker boots; the first byte of Connection.Start does.
amqp_answers() {
  (
    exec 3<>"/dev/tcp/$ADDRESS/$AMQP" && printf 'AMQP\0\0\11\1' >&3
    IFS= read -r -n 1 -t 3 byte <&3 && [ "$byte" = $'\x01' ]
  ) 2>/dev/null
}
management_answers() { # and sets VERSION; in plain bash because curl may be missing (guest:guest in base 64)
  local body
  body=$( (
    exec 3<>"/dev/tcp/$ADDRESS/$MANAGEMENT"
    printf 'GET /api/overview HTTP/1.0\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n' >&3
    timeout 5 cat <&3
  ) 2>/dev/null) || return 1
  [[ $body =~ ^HTTP/1\.[01]\ 200 && $body =~ \"rabbitmq_version\":\"([^\"]+)\" ]] && VERSION=${BASH_REMATCH[1]}
}
answers() { amqp_answers && management_answers; }

# ---- getting RabbitMQ

# Runs as root. A package's service would start on all interfaces and on port 5672, so starting is forbidden while
# apt works, and the service is not left to start at the next boot.
install_package() {
  local log=$CACHE/apt.log
  mkdir -p "$CACHE"
  exec 8>"$CACHE/apt.lock" && flock 8
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  fi
  export DEBIAN_FRONTEND=noninteractive
  { apt-get install -y "$1" || { apt-get update && apt-get install -y "$1"; }; } >"$log" 2>&1 </dev/null ||
    die "apt-get could not install $1; read $log. Repair apt, $INSTEAD"
  if [ "$1" = rabbitmq-server ] && have systemctl; then systemctl disable rabbitmq-server >>"$log" 2>&1 || true; fi
}
need_package() {
  if have "$1"; then return; fi
  have apt-get || die "cannot install $1: there is no apt-get. Install it with your package manager, $INSTEAD"
  can_be_root || die "cannot install $1: not root and sudo asks for a password. Install it with your package manager, $INSTEAD"
  say "installing $1 by apt-get ..."
  as_root bash "$SELF" _install "$1"
}

# apt itself reads its sources, in whichever format they are written (and before the first apt-get update). They may
# name other repositories too, so the first that offers the suite is the one.
debian_mirror() {
  local site
  # shellcheck disable=SC2016 # the dollars are apt's
  apt-get indextargets --no-release-info --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "main" && $2 !~ /security/ { sub(/\/$/, "", $3); print $3 }' | uniq |
    while read -r site; do # Debian's cloud images name a file with a list of mirrors instead
      if [[ $site =~ ^mirror.*:/*(/.*) ]]; then awk '/^https?:/ { print $1 }' "${BASH_REMATCH[1]}" 2>/dev/null; else echo "$site"; fi
    done |
    while read -r site; do
      if wget -q --spider --timeout=15 --tries=2 "${site%/}/dists/$SUITE/Release"; then echo "${site%/}"; break; fi
    done || true
}

# Runs as root, one at a time on the whole machine. A partial tree never gets the final name, and what an aborted
# debootstrap left mounted in it is unmounted before it is removed.
make_chroot() {
  local mirror partial=$CHROOT.partial log=$CACHE/debootstrap.log
  mkdir -p "$CACHE"
  exec 8>"$CHROOT.lock" && flock 8
  if [ ! -d "$CHROOT" ]; then
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "no mirror in apt's sources answers with Debian's $SUITE, from which line 4.3 comes. Check the network, or leave --line out and $INSTEAD"
    umount -l "$partial/proc" "$partial/sys" 2>/dev/null || true
    rm -rf --one-file-system "$partial"
    say "fetching Debian $SUITE with RabbitMQ into $CHROOT (about a minute, once per machine) ..."
    # An older debootstrap does not know the suite by name; all recent suites use the script of sid.
    debootstrap --variant=minbase --include=rabbitmq-server,ca-certificates "$SUITE" "$partial" "$mirror" \
      /usr/share/debootstrap/scripts/sid >"$log" 2>&1 </dev/null ||
      die "debootstrap of $SUITE failed; read $log and $partial/debootstrap/debootstrap.log, then run up again."
    mv "$partial" "$CHROOT"
  fi
  cp /etc/hosts "$CHROOT/etc/hosts" # without it the node cannot resolve localhost
  if ! mountpoint -q "$CHROOT/proc"; then mount -t proc proc "$CHROOT/proc" || no_mount; fi
  if ! mountpoint -q "$CHROOT/dev"; then mount --bind /dev "$CHROOT/dev" || no_mount; fi
}
no_mount() { die "cannot mount /proc and /dev in $CHROOT: this container may not mount. Leave --line out and $INSTEAD"; }

prepare() { # sets KIND: how the line runs on this machine
  [ "$LINE" = 4.3 ] || [ "$LINE" = docker ] || need_package rabbitmq-server
  case $LINE in
    docker) KIND=docker ;;
    "$(installed_line)") KIND=host ;;
    4.3)
      KIND=chroot
      can_be_root || die "cannot set up line 4.3: it needs root or a sudo that asks for no password. Leave --line out and $INSTEAD"
      need_package debootstrap
      as_root bash "$SELF" _chroot ;;
    *) die "line $LINE is not to be had: this machine has RabbitMQ $(installed_version). Use --line $(installed_line) or 4.3, or set BROKERQUEUES_URI." ;;
  esac
}

# ---- an instance

compose() {
  BROKERQUEUES_AMQP_PORT=$AMQP BROKERQUEUES_MANAGEMENT_PORT=$MANAGEMENT \
    docker compose -p "$ID" -f "$ROOT/docker-compose.yml" "$@" </dev/null 9>&-
}

# RUN runs a command as the broker's user; HOST_DATA is the data folder as seen from here, DATA as seen by the broker.
set_runner() {
  RUN=(env) HOST_DATA=$DATA OWNER=rabbitmq:rabbitmq
  if [ "$KIND" = chroot ]; then
    HOST_DATA=$CHROOT$DATA
    RUN=("${SUDO[@]}" chroot --userspec="$OWNER" "$CHROOT" env)
  elif is_root; then
    RUN=(setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups env)
  else
    OWNER=$(id -u):$(id -g)
  fi
}

create_instance() {
  DATA=$DIR/data && set_runner
  # The broker's user can neither see a clone from inside the chroot nor enter one below a private folder.
  if [ "$KIND" = chroot ] || ! (cd / && "${RUN[@]}" test -x "$DIR"); then DATA=/var/lib/brokerqueues/$HASH/$KEY && set_runner; fi
  if [ "$KIND" != docker ]; then
    # A broker of a deleted clone that stood at this path may still run, and its data is nobody's.
    stop_process
    owner_does rm -rf "$HOST_DATA"
    rm -f "$DIR/joined"
    [ "$HOST_DATA" = "$DIR/data" ] || ln -sfn "$HOST_DATA" "$DIR/data" # for whoever looks for it
  fi
  exec 7>"$STATE/ports.lock" && flock 7
  choose_ports
  save
  exec 7>&-
}
owner_does() { if [ "$KIND" = chroot ]; then as_root "$@"; else "$@"; fi; }
put() { owner_does tee "$HOST_DATA/$1" >/dev/null; }

# Written anew at each start, so that an updated script takes effect on kept data.
write_config() {
  owner_does mkdir -p "$HOST_DATA"
  put rabbitmq.conf <<CONF
listeners.tcp.default = $ADDRESS:$AMQP
management.tcp.ip = $ADDRESS
management.tcp.port = $MANAGEMENT
disk_free_limit.absolute = 200MB
vm_memory_high_watermark.relative = 0.4
log.file.level = warning
CONF
  # Shovels let the management UI move messages from one queue to another; the last one is for clients that show a certificate.
  put enabled_plugins <<<'[rabbitmq_management,rabbitmq_shovel,rabbitmq_shovel_management,rabbitmq_auth_mechanism_ssl].'
  # The first: a delay or a requeue that was under way when a broker ended is forwarded again after this time, 3 minutes
  # by default. The file and the empty one also keep out what the machine has in /etc/rabbitmq.
  put advanced.config <<<'[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}].'
  put rabbitmq-env.conf </dev/null
  if [ -n "$COOKIE" ]; then # members of a cluster know each other by it; kept in the instance, so that it outlives a lost data folder
    owner_does rm -f "$HOST_DATA/.erlang.cookie"
    put .erlang.cookie <<<"$COOKIE"
    owner_does chmod 400 "$HOST_DATA/.erlang.cookie"
  fi
  if [ "$KIND" = chroot ]; then as_root chroot "$CHROOT" chown -R "$OWNER" "$DATA"; else chown -R "$OWNER" "$DATA"; fi
}

# Connections between members begin at the member's own address (inet_dist_connect_options), so that a packet filter can
# tell them apart and cut one member off.
# ERL_EPMD_ADDRESS and inet_dist_use_interface keep Erlang's own ports on loopback. The -brokerqueues flag means
# nothing to Erlang: find_pid knows the process by it. The environment is cut so that no RABBITMQ_* leaks in, and the
# process keeps nothing of the caller's: no terminal, no pipe that $(...) would wait for, no lock (9).
spawn() {
  local environment=(
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$DATA"
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP="$DATA/erl_crash.dump" RABBITMQ_NODENAME="$ID@localhost"
    RABBITMQ_NODE_IP_ADDRESS="$ADDRESS" RABBITMQ_NODE_PORT="$AMQP" RABBITMQ_DIST_PORT="$DIST"
    RABBITMQ_MNESIA_BASE="$DATA/mnesia" RABBITMQ_LOG_BASE="$DATA/log" RABBITMQ_PID_FILE="$DATA/pid"
    RABBITMQ_CONFIG_FILE="$DATA/rabbitmq.conf" RABBITMQ_CONFIG_FILES="$DATA/conf.d/*.conf"
    RABBITMQ_ADVANCED_CONFIG_FILE="$DATA/advanced.config" RABBITMQ_CONF_ENV_FILE="$DATA/rabbitmq-env.conf"
    RABBITMQ_ENABLED_PLUGINS_FILE="$DATA/enabled_plugins" RABBITMQ_GENERATED_CONFIG_DIR="$DATA/generated"
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 -kernel inet_dist_use_interface {127,0,0,1} -kernel inet_dist_connect_options [{ip,{${ADDRESS//./,}}}] -brokerqueues $ID"
  )
  (
    cd / && { ulimit -n 65536 2>/dev/null || true; }
    exec setsid "${RUN[@]}" -i "${environment[@]}" "$SERVER"
  ) </dev/null >"$DIR/console.log" 2>&1 9>&- &
  SPAWNED=$!
}

# Right after a SIGKILL epmd may still hold the node's name, or the kernel its ports: the start then ends at once with
# one of the messages below and is worth repeating.
start_and_wait() {
  local end=$((SECONDS + DEADLINE)) logs="$DIR/console.log and the files in $HOST_DATA/log"
  spawn
  until answers; do
    if [ ! -e "/proc/$SPAWNED" ] && [ -z "$(find_pid)" ]; then
      grep -qsE 'duplicate_node_name|already running|in use|eaddrinuse' "$DIR/console.log" ||
        die "RabbitMQ $LINE ended while starting; read $logs, then run up again."
      say "its name or a port is still taken, trying again ..."
      sleep 2
      spawn
    fi
    ((SECONDS < end)) || die "RabbitMQ $LINE did not answer on ports $AMQP and $MANAGEMENT within $DEADLINE s; read $logs, then run down and up again."
    sleep 0.3
  done
}

enter() { # one command at a time per instance: of two `up` at once the second finds it running
  { mkdir -p "$DIR" 2>/dev/null && [ -w "$DIR" ]; } || die "cannot write $DIR: it belongs to another user. Run this as that user."
  exec 9>"$DIR/lock" && flock 9
}

up_instance() {
  local kind
  enter
  if load "$LINE" "$NAME" && answers && [ -n "$(find_pid)" ]; then return; fi
  prepare
  kind=$KIND
  if ! load "$LINE" "$NAME" || [ "$KIND" != "$kind" ]; then
    KIND=$kind ADDRESS=${MEMBER_ADDRESS:-127.0.0.1} COOKIE=${MEMBER_COOKIE:-}
    create_instance
  fi
  if [ "$KIND" = docker ]; then # written where no Docker engine could be had: this branch has not been run
    { compose up -d --wait rabbitmq >&2 && answers; } ||
      die "docker compose could not start RabbitMQ on ports $AMQP and $MANAGEMENT; read: docker compose -p $ID logs rabbitmq"
  else
    set_runner
    stop_process # one that runs but does not answer
    ! ports_taken || die "port $AMQP, $MANAGEMENT or $DIST of instance $KEY is taken by another program (ss -ltnp tells which). End that, or remove $DIR to start afresh on other ports."
    say "starting RabbitMQ $LINE, instance $NAME ..."
    write_config
    start_and_wait
  fi
  save
}

signal() { kill "$@" 2>/dev/null || { can_be_root && as_root kill "$@" 2>/dev/null; } || true; }

# SIGTERM makes the node shut down in order, as rabbitmqctl stop would.
stop_process() {
  local pid end=$((SECONDS + 30))
  pid=$(find_pid)
  [ -n "$pid" ] || return 0
  signal -TERM "$pid"
  while [ "$(find_pid)" = "$pid" ]; do
    if ((SECONDS >= end)); then signal -KILL "$pid"; fi
    ((SECONDS < end + 5)) || die "cannot end process $pid of instance $KEY; it may belong to another user. End it with: kill -9 $pid"
    sleep 0.2
  done
}

down_instance() {
  enter
  if ! load "$LINE" "$NAME" || [ -z "$(find_pid)" ]; then say "instance $KEY is not running"; return; fi
  if [ "$KIND" = docker ]; then
    compose stop rabbitmq >&2 || die "docker compose could not stop RabbitMQ; read: docker compose -p $ID ps"
  else
    stop_process
  fi
  say "instance $KEY is stopped"
}

# ---- a cluster

MEMBERS=3
# In one number per cluster, so that two of them on a machine share no address: 127.A.B.1 to .3.
member_address() { echo "127.$((16#${HASH:0:2} % 254 + 1)).$((16#$(printf %s "$LINE$1" | sha256sum | cut -c1-2) % 254 + 1)).$2"; }

cluster_up() { # NAME of the cluster
  local cluster=$1 line=$LINE cookie member failed=0
  mkdir -p "$STATE"
  exec 6>"$STATE/$line-$cluster.lock" && flock 6
  cookie=$(load "$line" "$cluster-1" && echo "$COOKIE" || true)
  cookie=${cookie:-$(head -c 15 /dev/urandom | base64 | tr -dc A-Za-z0-9)}
  # All at once: after a stop of all, the members wait for each other.
  for ((member = 1; member <= MEMBERS; member++)); do
    (MEMBER_ADDRESS=$(member_address "$cluster" $member) MEMBER_COOKIE=$cookie && load "$line" "$cluster-$member" || true; up_instance) 6>&- &
  done
  for member in $(jobs -p); do wait "$member" || failed=1; done
  [ $failed = 0 ] || die "not every member of cluster $cluster is up; see above. Run it again."
  for ((member = 2; member <= MEMBERS; member++)); do join "$line" "$cluster" $member; done
  for ((member = 1; member <= MEMBERS; member++)); do load "$line" "$cluster-$member"; print_uri; done
}

# Remembered, because asking costs seconds.
join() { # LINE CLUSTER MEMBER
  local first
  load "$1" "$2-1" && first=$ID@localhost
  load "$1" "$2-$3"
  [ ! -e "$DIR/joined" ] || return 0
  if ! control eval "true = lists:member('$first', rabbit_nodes:list_members())." >/dev/null 2>&1; then
    say "member $KEY joins $2-1 ..."
    local joining=$ID@localhost log=$DIR/join.log
    { # a member that joined before and was made anew is still known to the first
      control stop_app && control reset
      (load "$1" "$2-1" && control forget_cluster_node "$joining") || true
      control join_cluster "$first" && control start_app
    } >"$log" 2>&1 || die "member $KEY could not join; read $log. To start afresh run cluster down, remove $STATE/$1-$2-*, and run cluster up again."
  fi
  touch "$DIR/joined"
}

cluster_down() { # NAME of the cluster
  local cluster=$1 line=$LINE member failed=0
  for ((member = 1; member <= MEMBERS; member++)); do
    (load "$line" "$cluster-$member" || true; down_instance) &
  done
  for member in $(jobs -p); do wait "$member" || failed=1; done
  return $failed
}

cluster_line() { echo "$LINE"; }

# Packets between members are dropped, as when a switch fails: nobody is told. Told apart by the member's port, and by its
# address where it is the one that connected.
cluster_cut() { filter_member "$1" -I; }
cluster_mend() { filter_member "$1" -D; }
filter_member() { # CLUSTER -I|-D
  local line=$LINE member address port
  have iptables || die "there is no iptables; install it"
  load "$line" "$1-$MEMBER" || die "there is no cluster $1 of line $line; make one with: scripts/broker.sh cluster up --line $line --name $1"
  address=$ADDRESS port=$DIST
  for ((member = 1; member <= MEMBERS; member++)); do
    if [ $member = "$MEMBER" ]; then continue; fi
    load "$line" "$1-$member"
    drop "$2" -s "$ADDRESS" --dport "$port"
    drop "$2" -d "$ADDRESS" --sport "$port"
    drop "$2" -s "$address" --dport "$DIST"
    drop "$2" -d "$address" --sport "$DIST"
  done
}
drop() { # -I|-D RULE...; neither twice nor in vain
  local change=$1
  shift
  if as_root iptables -w -C OUTPUT -p tcp "$@" -j DROP 2>/dev/null; then [ "$change" = -D ] || return 0; else [ "$change" = -I ] || return 0; fi
  as_root iptables -w "$change" OUTPUT -p tcp "$@" -j DROP >&2 || die "iptables refuses: this needs root, or in a container the capability NET_ADMIN"
}

each_instance() { # FUNCTION: calls it for every instance of this clone
  local file key failed=0
  for file in "$STATE"/*/instance; do
    key=$(basename "$(dirname "$file")")
    if [ -f "$file" ] && load "${key%%-*}" "${key#*-}"; then ("$1") || failed=1; fi
  done
  return $failed
}

# ---- commands

# rabbitmqctl against an instance, for what the management API has no call for (alarms, node settings).
control() {
  [ "$KIND" != docker ] || { compose exec rabbitmq rabbitmqctl "$@"; return; }
  set_runner
  (
    cd /
    "${RUN[@]}" -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$DATA" \
      ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME="$ID@localhost" RABBITMQ_CONF_ENV_FILE="$DATA/rabbitmq-env.conf" "${SERVER%/*}/rabbitmqctl" "$@"
  ) </dev/null
}

print_uri() { echo "amqp://guest:guest@$ADDRESS:$AMQP/"; }
row() { printf '%-7s %-16s %-8s %-40s %-24s %-8s %s\n' "$@"; }
print_instance() {
  local pid
  pid=$(find_pid)
  row "$LINE" "$NAME" "${VERSION:--}" "$(print_uri)" "http://$ADDRESS:$MANAGEMENT" "${pid:--}" "$([ -n "$pid" ] && echo running || echo stopped)"
}
status() { row LINE NAME VERSION URI MANAGEMENT PID STATE; each_instance print_instance; }

external() { # the broker named by BROKERQUEUES_URI is somebody else's, so it is only looked at
  local host port
  [[ $BROKERQUEUES_URI =~ ^amqp(s?)://([^@/]*@)?(\[[^]]+\]|[^:/@]+)(:([0-9]+))?(/.*)?$ ]] ||
    die "BROKERQUEUES_URI is not of the form amqp://user:password@host:5672/vhost. Correct it, or unset it."
  host=${BASH_REMATCH[3]//[\[\]]/} port=${BASH_REMATCH[5]:-$([ -n "${BASH_REMATCH[1]}" ] && echo 5671 || echo 5672)}
  case $COMMAND in
    up)
      port_answers "$host" "$port" || die "nothing answers at $host port $port, which BROKERQUEUES_URI names. Start that broker, or unset the variable."
      echo "$BROKERQUEUES_URI" ;;
    uri) echo "$BROKERQUEUES_URI" ;;
    management) echo "${BROKERQUEUES_MANAGEMENT:-http://${BASH_REMATCH[3]}:15672}" ;;
    pid | ctl) die "the process of the broker that BROKERQUEUES_URI names is not known. Unset the variable, or give --name." ;;
    down) say "the broker that BROKERQUEUES_URI names is left alone" ;;
    status) echo "external broker at $host port $port (BROKERQUEUES_URI)"; status ;;
  esac
}

parse() {
  COMMAND=${1:-} LINE='' NAME=main NAMED=no ALL=no MEMBER=1 CONTROL=()
  case $COMMAND in
    cluster)
      case ${2:-} in up | down | cut | mend | line) COMMAND=cluster-$2 NAME=cluster ;; *) bad_usage "cluster needs up, down, cut, mend or line" ;; esac
      shift 2 ;;
    up | down | status | uri | management | pid | ctl) shift ;;
    help | -h | --help) usage; exit 0 ;;
    *) bad_usage "unknown command '$COMMAND'" ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
      --line) LINE=${2:-}; [[ $LINE =~ ^([0-9]+\.[0-9]+|docker)$ ]] || bad_usage "--line needs a release line such as 3.10 or 4.3"; shift ;;
      --name) NAME=${2:-} NAMED=yes; [[ $NAME =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] || bad_usage "--name needs lower-case letters, digits and inner hyphens, at most 32"; shift ;;
      --member) MEMBER=${2:-}; [[ $COMMAND =~ ^cluster-(cut|mend)$ && $MEMBER =~ ^[1-$MEMBERS]$ ]] || bad_usage "--member needs 1 to $MEMBERS, and goes with cluster cut and mend only"; shift ;;
      --all) ALL=yes; [ "$COMMAND" = down ] || bad_usage "--all goes with down only" ;;
      --) [ "$COMMAND" = ctl ] || bad_usage "-- goes with ctl only"; shift; CONTROL=("$@"); return ;;
      *) bad_usage "unknown argument '$1'" ;;
    esac
    shift
  done
}

main() {
  case ${1:-} in # for the script itself, as root
    _install) install_package "$2"; return ;;
    _chroot) make_chroot; return ;;
  esac
  parse "$@"
  case $COMMAND in
    cluster-*)
      # Of installed brokers, also where a Docker engine answers: containers share no cookie and no address.
      LINE=${LINE:-$(installed_line)} LINE=${LINE:-3.10}
      [ "$LINE" != docker ] || die "clusters are made of installed brokers only: give --line 3.10 or 4.3"
      "${COMMAND/-/_}" "$NAME"
      return ;;
  esac
  if [ -n "${BROKERQUEUES_URI:-}" ] && [ $NAMED$ALL = nono ]; then external; return; fi
  if [ "$COMMAND" = status ]; then status; return; fi
  if [ $ALL = yes ]; then each_instance down_instance; return; fi
  if [ -z "$LINE" ] && [ "$COMMAND" = up ]; then
    LINE=$(choose_default_line)
    mkdir -p "$STATE" && echo "$LINE" >"$STATE/default-line"
  fi
  LINE=${LINE:-$(default_line)}
  load "${LINE:-3.10}" "$NAME" || [ "$COMMAND" = up ] || [ "$COMMAND" = down ] ||
    die "there is no instance $KEY yet; make one with: scripts/broker.sh up --line $LINE --name $NAME"
  case $COMMAND in
    up) up_instance; print_uri ;;
    down) down_instance ;;
    uri) print_uri ;;
    management) echo "http://$ADDRESS:$MANAGEMENT" ;;
    ctl) control "${CONTROL[@]}" ;;
    pid) find_pid | grep . || die "instance $KEY is not running; start it with: scripts/broker.sh up --line $LINE --name $NAME" ;;
  esac
}

main "$@"
