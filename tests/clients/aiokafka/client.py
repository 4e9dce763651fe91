"""The verbs of the matrix (tests/clients/README.md) with aiokafka."""
import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from verbs import Orders, bootstrap, classic_only, options, record, rows, say, topic, verb


async def produce():
    codec = options.get("codec", "none")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=None if codec == "none" else codec,
                                enable_idempotence=options.get("idempotent", False), linger_ms=2, acks="all",
                                request_timeout_ms=80000)
    await producer.start()
    loop = asyncio.get_running_loop()
    given, waiting = rows(), []

    def stored(done):
        told = done.result()
        say(partition=told.partition, offset=told.offset)
    while (row := await loop.run_in_executor(None, next, given, None)) is not None:
        one = await producer.send(topic, row["value"].encode(), row["key"].encode(), partition=row["partition"],
                                  timestamp_ms=row.get("timestamp"))
        one.add_done_callback(stored)
        waiting.append(one)
    await producer.flush()
    await asyncio.gather(*waiting)
    await producer.stop()


async def read():
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    at = TopicPartition(topic, options["partition"])
    consumer.assign([at])
    consumer.seek(at, options["offset"])
    for _ in range(options["count"]):
        message = await asyncio.wait_for(consumer.getone(), 30)
        record(message.partition, message.offset, message.key, message.value)
    await consumer.stop()


class Listener(ConsumerRebalanceListener):
    async def on_partitions_revoked(self, revoked):
        say(assigned=[])

    async def on_partitions_assigned(self, assigned):
        say(assigned=[part.partition for part in assigned])


async def group():
    classic_only("aiokafka")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=options["group"], enable_auto_commit=False,
                                auto_offset_reset="earliest", session_timeout_ms=6000, heartbeat_interval_ms=1000,
                                rebalance_timeout_ms=6000)
    orders = Orders()
    consumer.subscribe([topic], listener=Listener())
    await consumer.start()
    while not orders.take("end"):
        if orders.take("commit"):
            await consumer.commit()
            say(committed=True)
        for messages in (await consumer.getmany(timeout_ms=100)).values():
            for message in messages:
                record(message.partition, message.offset, message.key, message.value)
    await consumer.stop()


async def offset():
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    at = TopicPartition(topic, options["partition"])
    say(offset=(await consumer.offsets_for_times({at: options["time"]}))[at].offset)
    await consumer.stop()


async def admin():
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    if verb == "create":
        await client.create_topics([NewTopic(topic, options["partitions"], 1, topic_configs=options["config"])])
    elif verb == "describe":
        for answer in await client.describe_configs([resource]):
            for row in answer.resources[0][4]:
                if row[0] == options["name"]:
                    say(value=row[1])
    elif verb == "alter":
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic,
                                                   configs={options["name"]: options["value"]})])
    elif verb == "grow":
        await client.create_partitions({topic: NewPartitions(options["partitions"])})
    elif verb == "delete":
        await client.delete_topics([topic])
    elif verb == "topics":
        for name in await client.list_topics():
            say(topic=name)
    await client.close()


asyncio.run(asyncio.wait_for({"produce": produce, "read": read, "group": group, "offset": offset}.get(verb, admin)(), 180))
