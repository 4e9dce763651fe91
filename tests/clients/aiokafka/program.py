"""Makes a topic, writes to each partition by number, reads each back without a group, compares."""
import asyncio
import sys

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

bootstrap, topic = sys.argv[1:]
PARTITIONS, RECORDS = 3, 200
wanted = {p: [(f"key-{p}-{i:04}", f"value-{p}-{i:04}") for i in range(RECORDS)] for p in range(PARTITIONS)}


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="gzip", enable_idempotence=True)
    await producer.start()
    for partition, pairs in wanted.items():
        for key, value in pairs:
            await producer.send(topic, value.encode(), key.encode(), partition=partition)
    await producer.flush()
    await producer.stop()
    for partition, pairs in wanted.items():
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        await consumer.start()
        at = TopicPartition(topic, partition)
        consumer.assign([at])
        await consumer.seek_to_beginning(at)
        got = [await consumer.getone() for _ in range(RECORDS)]
        await consumer.stop()
        if [(record.key.decode(), record.value.decode()) for record in got] != pairs:
            sys.exit(f"partition {partition} differs")
    print(f"{PARTITIONS * RECORDS} records ok, aiokafka {aiokafka.__version__}")


asyncio.run(asyncio.wait_for(main(), 90))
