#!/usr/bin/env bash
# @confluentinc/kafka-javascript from npm, with the librdkafka that it compiles of its own sources (minutes, once): what it
# would download instead lies outside the package registries.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
needs c++
needs make
for header in sasl/sasl.h zstd.h lz4.h openssl/ssl.h curl/curl.h; do
    [[ -e /usr/include/$header || -e /usr/include/$(gcc -print-multiarch)/$header ]] || skip "the header $header to compile it with is not here"
done
export CKJS_LINKING=dynamic
headers=$(dirname "$(dirname "$(readlink -f "$(type -P node)")")")
[[ ! -e $headers/include/node/node_api.h ]] || export npm_config_nodedir=$headers
node_client @confluentinc/kafka-javascript@1.10.1
