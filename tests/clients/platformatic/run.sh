#!/usr/bin/env bash
# @platformatic/kafka from npm, on the Node that the npm package "node" brings; zstd.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
NODE=$DIRECTORY/node_modules/node/bin/node
run_node program.mjs @platformatic/kafka@2.12.1 node@24.21.0
