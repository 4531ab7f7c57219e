#!/usr/bin/env bash
# Found as `curl` by the commands of the documents; see curl.mjs.
exec node "$(dirname "${BASH_SOURCE[0]}")/curl.mjs" "$@"
