#!/usr/bin/env bash
# The Java client from Maven Central.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
kafka_jars
needs javac
once "$(fingerprint "$HERE/Client.java")" javac -d "$DIRECTORY/classes" -cp "$JARS/*" "$HERE/Client.java"
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -cp "$DIRECTORY/classes:$JARS/*" Client "${arguments[@]}"
