#!/bin/sh
# The programs that some tests drive. With GONGSHI_TOOLS=required (CI) a missing one is a failure;
# else its tests are left out, and this says so.
set -eu
here=$(dirname "$0")
left_out() {
    [ "${GONGSHI_TOOLS:-}" = required ] && exit 1
    echo "LEFT OUT: $1. 未运行：$2。" >&2
}
command -v chromium >/dev/null || "$here/apt.sh" chromium fonts-noto-cjk ||
    left_out "the browser tests (no chromium)" "浏览器测试（没有 chromium）"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null ||
    "$here/apt.sh" postgresql ||
    left_out "the tests of SQL sources (no PostgreSQL)" "SQL 来源测试（没有 PostgreSQL）"
command -v java >/dev/null || "$here/apt.sh" default-jre-headless ||
    left_out "the tests on Spark (no Java)" "Spark 测试（没有 Java）"
command -v curl >/dev/null || "$here/apt.sh" curl ||
    left_out "the examples for curl (no curl)" "curl 示例（没有 curl）"
Rscript -e 'library(jsonlite)' >/dev/null 2>&1 || "$here/apt.sh" r-base-core r-cran-jsonlite ||
    left_out "the examples for R (no R with jsonlite)" "R 示例（没有 R 和 jsonlite）"
command -v npm >/dev/null || "$here/apt.sh" npm ||
    left_out "the checks of pages (no npm)" "页面检查（没有 npm）"
web=$here/web
[ "$web/node_modules/.package-lock.json" -nt "$web/package-lock.json" ] ||
    npm ci --prefix "$web" --no-audit --no-fund --loglevel error ||
    left_out "the checks of pages (axe and the HTML checker)" "页面检查（axe 与 HTML 校验器）"
