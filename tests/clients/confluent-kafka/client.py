"""The verbs of the matrix (tests/clients/README.md) with confluent-kafka."""
import sys

import confluent_kafka
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic
from verbs import Orders, bootstrap, options, record, rows, say, topic, verb

base = {"bootstrap.servers": bootstrap}


def fail(why):
    sys.exit(str(why))


def show(message):
    record(message.partition(), message.offset(), message.key(), message.value())


def produce():
    producer = confluent_kafka.Producer({**base, "compression.type": options.get("codec", "none"), "linger.ms": 2,
                                         "enable.idempotence": options.get("idempotent", False)})

    def delivered(error, message):
        if error:
            fail(error)
        say(partition=message.partition(), offset=message.offset())
    for row in rows():
        more = {"timestamp": row["timestamp"]} if "timestamp" in row else {}
        producer.produce(topic, row["value"], row["key"], row["partition"], on_delivery=delivered, **more)
        producer.poll(0.005)
    if producer.flush(80):
        fail("not delivered in time")


def read():
    consumer = confluent_kafka.Consumer({**base, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, options["partition"], options["offset"])])
    for _ in range(options["count"]):
        message = consumer.poll(30)
        if message is None or message.error():
            fail(message.error() if message else "nothing came")
        show(message)
    consumer.close()


def group():
    classic = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 1000}
    consumer = confluent_kafka.Consumer({
        **base, "group.id": options["group"], "enable.auto.commit": False, "auto.offset.reset": "earliest",
        **(classic if options["protocol"] == "classic" else {"group.protocol": "consumer"})})
    orders = Orders()

    held = set()  # the new protocol tells what comes and what goes

    def assigned(consumer, parts):
        held.update(part.partition for part in parts)
        say(assigned=sorted(held))

    def revoked(consumer, parts):
        held.difference_update(part.partition for part in parts)
        say(assigned=sorted(held))
    consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
    is_fresh = False
    while True:
        if orders.take("commit"):
            consumer.commit(asynchronous=False) if is_fresh else None
            say(committed=True)
        if orders.take("end"):
            break
        message = consumer.poll(0.1)
        if message is not None and not message.error():
            show(message)
            is_fresh = True
    consumer.close()


def offset():
    consumer = confluent_kafka.Consumer({**base, "group.id": "unused"})
    found, = consumer.offsets_for_times([TopicPartition(topic, options["partition"], options["time"])], 30)
    say(offset=found.offset)


def admin():
    client = AdminClient(base)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    if verb == "create":
        client.create_topics([NewTopic(topic, options["partitions"], 1, config=options["config"])])[topic].result(30)
    elif verb == "describe":
        say(value=client.describe_configs([resource])[resource].result(30)[options["name"]].value)
    elif verb == "alter":
        entry = confluent_kafka.admin.ConfigEntry(
            options["name"], options["value"],
            incremental_operation=confluent_kafka.admin.AlterConfigOpType.SET)
        change = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        client.incremental_alter_configs([change])[change].result(30)
    elif verb == "grow":
        client.create_partitions([NewPartitions(topic, options["partitions"])])[topic].result(30)
    elif verb == "delete":
        client.delete_topics([topic])[topic].result(30)
    elif verb == "topics":
        for name in client.list_topics(timeout=30).topics:
            say(topic=name)


{"produce": produce, "read": read, "group": group, "offset": offset}.get(verb, admin)()
