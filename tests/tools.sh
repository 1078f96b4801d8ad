#!/bin/sh
# The programs that some tests drive. With GONGSHI_TOOLS=required (CI) a missing one is a failure;
# else its tests are left out, and this says so.
set -eu
here=$(dirname "$0")
command -v chromium >/dev/null || "$here/apt.sh" chromium fonts-noto-cjk || {
    [ "${GONGSHI_TOOLS:-}" = required ] && exit 1
    echo "LEFT OUT: the browser tests (no chromium). 未运行：浏览器测试（没有 chromium）。" >&2
}
