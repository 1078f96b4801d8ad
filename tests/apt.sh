#!/bin/sh
# Installs Debian packages where this user may; says plainly what to do where not.
set -eu
if [ "$(id -u)" = 0 ]; then become=; elif sudo -n true 2>/dev/null; then become=sudo; else
    echo "Missing: $*. Install it by hand: apt-get install $*" >&2
    echo "缺少：$*。请手工安装：apt-get install $*" >&2
    exit 1
fi
command -v apt-get >/dev/null || { echo "No apt-get here; install by hand: $*" >&2; exit 1; }
$become apt-get update -qq
DEBIAN_FRONTEND=noninteractive $become apt-get install -y -qq --no-install-recommends "$@" >/dev/null
