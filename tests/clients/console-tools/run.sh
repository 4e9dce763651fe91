#!/usr/bin/env bash
# Kafka's own console tools from Maven Central: topics, console producer and consumer, get-offsets; snappy.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
kafka_jars
tool() {
    local class=$1
    shift
    java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$JARS/*" "org.apache.kafka.tools.$class" "$@"
}
tool TopicCommand --bootstrap-server "$BOOTSTRAP" --create --topic "$TOPIC" --partitions 1 >/dev/null
tool TopicCommand --bootstrap-server "$BOOTSTRAP" --describe --topic "$TOPIC" | grep -q 'PartitionCount: 1'
records 0 | tool ConsoleProducer --bootstrap-server "$BOOTSTRAP" --topic "$TOPIC" --compression-codec snappy \
    --reader-property parse.key=true
tool GetOffsetShell --bootstrap-server "$BOOTSTRAP" --topic "$TOPIC" | grep -qx "$TOPIC:0:$RECORDS"
tool consumer.ConsoleConsumer --bootstrap-server "$BOOTSTRAP" --topic "$TOPIC" --partition 0 --offset earliest \
    --max-messages "$RECORDS" --timeout-ms 30000 --formatter-property print.key=true 2>"$DIRECTORY/consumer.log" | expect 0
tool TopicCommand --bootstrap-server "$BOOTSTRAP" --delete --topic "$TOPIC"
echo "$RECORDS records ok, kafka-tools $kafka_version"
