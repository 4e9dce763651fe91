#!/usr/bin/env bash
# Runs Apache Kafka's own log dump tool over a data directory of a stopped (or flushed) broker: every
# .log deeply, every .index and .timeindex by sanity check and against its .log, and the .txnindex,
# .snapshot files. Fails when the tool finds fault with any of them.
#
#   kafka_dump_log.sh [--compacted] DIRECTORY
#                                           --compacted: offsets may have gaps
#   kafka_dump_log.sh --made-by PROGRAM     runs PROGRAM DIRECTORY first, with a directory of its own,
#                                           and wants to see each kind of file
#
# The jars come from Maven once and are kept in ${XDG_CACHE_HOME:-$HOME/.cache}/tidemill-tests.
# Without java or mvn the check is skipped, with status 77.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,11s/^# \{0,1\}//p' "$0"
    exit 0
fi
version=${KAFKA_VERSION:-4.3.1}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemill-tests/kafka-$version

gaps='^ *[0-9]+ is followed by'
if [[ ${1:-} == --compacted ]]; then
    gaps='^no gap is a fault$'
    shift
fi
made_by=
if [[ ${1:-} == --made-by && $# == 2 ]]; then
    made_by=$2
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    "$made_by" "$made"
    set -- "$made"
fi
[[ $# == 1 && -d $1 ]] || { echo "usage: kafka_dump_log.sh DIRECTORY" >&2; exit 2; }
for program in java mvn; do
    command -v "$program" >/dev/null || { echo "skipped: kafka_dump_log, no $program"; exit 77; }
done

if [[ ! -e $cache/complete ]]; then
    mkdir -p "$cache"
    cat >"$cache/pom.xml" <<XML
<project><modelVersion>4.0.0</modelVersion>
<groupId>tidemill</groupId><artifactId>kafka-dump</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$version</version></dependency>
</dependencies></project>
XML
    mvn -B -q -f "$cache/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$cache/libs" >"$cache/fetch.log" 2>&1 ||
        { echo "skipped: kafka_dump_log, Maven cannot fetch Kafka $version (see $cache/fetch.log)"; exit 77; }
    touch "$cache/complete"
fi

dump() {
    java -Xmx512M -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$cache/libs/*" \
        org.apache.kafka.tools.DumpLogSegments "$@" 2>&1 | grep -v -e '^SLF4J' -e 'StatusLogger' || true
}

# join FILE... : comma-separated, as the tool wants them
join() { local IFS=,; echo "$*"; }

failed=0
checked=0
# fault TEXT: what the tool says when something is wrong. Of every segment that does not start at 0 it
# says that "-1 is followed by" its first offset, Apache Kafka's own included; that is no fault.
fault() {
    grep -iE 'mismatch|isvalid: false|corrupt|exception|out of order|invalid|Found timestamp|not a valid|'"$gaps" <<<"$1" |
        grep -v 'isvalid: true'
}

check() { # NAME FILES OPTION...
    local name=$1 files=$2 output
    shift 2
    [[ -n $files ]] || return 0
    output=$(dump --files "$files" "$@")
    if [[ -z $output ]] || fault "$output" | head -n 5; then
        echo "FAILED: $name"
        failed=1
    fi
    checked=$((checked + 1))
}

mapfile -t logs < <(find "$1" -name '*.log' -size +0 | sort)
mapfile -t indexes < <(find "$1" \( -name '*.index' -o -name '*.timeindex' \) -size +0 | sort)
mapfile -t others < <(find "$1" \( -name '*.txnindex' -o -name '*.snapshot' \) -size +0 | sort)
[[ ${#logs[@]} -gt 0 ]] || { echo "FAILED: no .log with anything in it under $1"; exit 1; }

check "batches and records" "$(join "${logs[@]}")" --deep-iteration
check "indexes, sanity" "$(join "${indexes[@]}")" --index-sanity-check
check "indexes against logs" "$(join "${indexes[@]}")" --verify-index-only
check "transactions and producers" "$(join "${others[@]}")"

if [[ -n $made_by ]]; then
    for kind in log index timeindex txnindex snapshot; do
        [[ -n $(find "$1" -name "*.$kind" -size +0) ]] || { echo "FAILED: there is no .$kind"; failed=1; }
    done
fi

echo "kafka_dump_log: ${#logs[@]} logs, ${#indexes[@]} indexes, ${#others[@]} other files, $checked checks"
exit $failed
