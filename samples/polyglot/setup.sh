#!/usr/bin/env bash
# Installs what the two publishers need: pika (Debian's package) and amqplib (npm), where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

install() {
  if [ "$(id -u)" = 0 ]; then
    apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }
  elif sudo -n true 2>/dev/null; then
    sudo apt-get install -y --no-install-recommends "$@"
  else
    echo "setup.sh: cannot install $*: not root, and sudo asks for a password. Install them with your package manager and run this again." >&2
    exit 1
  fi
}

# Debian's own interpreter has Debian's packages; another python3 may stand before it in the path.
/usr/bin/python3 -c 'import pika' 2>/dev/null || python3 -c 'import pika' 2>/dev/null || install python3 python3-pika
command -v npm >/dev/null || install nodejs npm
node -e 'import("amqplib").catch(() => process.exit(1))' 2>/dev/null || npm ci --no-audit --no-fund
