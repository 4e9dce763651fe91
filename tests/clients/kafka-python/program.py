"""Makes a topic, writes to each partition by number, reads each back without a group, compares."""
import sys

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

bootstrap, topic = sys.argv[1:]
PARTITIONS, RECORDS = 3, 200
wanted = {p: [(f"key-{p}-{i:04}", f"value-{p}-{i:04}") for i in range(RECORDS)] for p in range(PARTITIONS)}

admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.create_topics([NewTopic(name=topic, num_partitions=PARTITIONS, replication_factor=1)])
admin.close()
producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type="gzip")
sent = [producer.send(topic, value.encode(), key.encode(), partition=partition)
        for partition, pairs in wanted.items() for key, value in pairs]
producer.flush(30)
for future in sent:
    future.get(30)
producer.close()

for partition, pairs in wanted.items():
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False,
                             consumer_timeout_ms=30000)
    at = TopicPartition(topic, partition)
    consumer.assign([at])
    consumer.seek_to_beginning(at)
    got = []
    for record in consumer:
        got.append((record.key.decode(), record.value.decode()))
        if len(got) == RECORDS:
            break
    consumer.close()
    if got != pairs:
        sys.exit(f"partition {partition} differs: {len(got)} records")
print(f"{PARTITIONS * RECORDS} records ok, kafka-python {kafka.__version__}")
