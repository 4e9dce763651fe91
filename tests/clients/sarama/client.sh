#!/usr/bin/env bash
# sarama, through the Go module proxy.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
go_client
