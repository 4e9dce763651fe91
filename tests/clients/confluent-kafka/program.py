"""Makes a topic, writes to each partition by number, reads each back without a group, compares."""
import sys

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic = sys.argv[1:]
PARTITIONS, RECORDS = 3, 200
wanted = {p: [(f"key-{p}-{i:04}", f"value-{p}-{i:04}") for i in range(RECORDS)] for p in range(PARTITIONS)}

admin = AdminClient({"bootstrap.servers": bootstrap})
admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)
failures = []
producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "compression.type": "zstd",
                                     "enable.idempotence": True})
for partition, pairs in wanted.items():
    for key, value in pairs:
        producer.produce(topic, value, key, partition, on_delivery=lambda error, _: error and failures.append(error))
if producer.flush(30) or failures:
    sys.exit(f"not delivered: {failures[:3]}")

consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False})
for partition, pairs in wanted.items():
    consumer.assign([confluent_kafka.TopicPartition(topic, partition, confluent_kafka.OFFSET_BEGINNING)])
    got = []
    while len(got) < RECORDS:
        message = consumer.poll(30)
        if message is None or message.error():
            sys.exit(f"partition {partition}: {message.error() if message else 'timeout'} after {len(got)}")
        got.append((message.key().decode(), message.value().decode()))
    if got != pairs:
        sys.exit(f"partition {partition} differs")
consumer.close()
print(f"{PARTITIONS * RECORDS} records ok, confluent-kafka {confluent_kafka.version()[0]}, "
      f"librdkafka {confluent_kafka.libversion()[0]}")
