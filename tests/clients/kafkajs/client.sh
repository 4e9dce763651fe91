#!/usr/bin/env bash
# kafkajs from npm.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
node_client kafkajs@2.2.4
