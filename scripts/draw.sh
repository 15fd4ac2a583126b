#!/usr/bin/env bash
# Draws the pictures of the documentation from their texts: docs/images/*.dot become .svg. Needs Graphviz (package graphviz).
# usage: scripts/draw.sh
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

case ${1:-} in -h | --help | help) sed -n "2,3s/^# //p" scripts/draw.sh; exit 0 ;; esac
command -v dot >/dev/null || { echo "draw.sh: Graphviz is missing; install the package graphviz." >&2; exit 1; }
for text in docs/images/*.dot; do
  dot -Tsvg "$text" -o "${text%.dot}.svg"
  echo "${text%.dot}.svg"
done
