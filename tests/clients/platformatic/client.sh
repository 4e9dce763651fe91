#!/usr/bin/env bash
# @platformatic/kafka from npm, on the Node that the npm package "node" brings.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
NODE=$DIRECTORY/node_modules/node/bin/node
node_client @platformatic/kafka@2.12.1 node@24.21.0
