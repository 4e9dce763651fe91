"""The verbs of the matrix (tests/clients/README.md) with kafka-python."""
import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from verbs import Orders, bootstrap, classic_only, options, record, rows, say, topic, verb


def produce():
    codec = options.get("codec", "none")
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=None if codec == "none" else codec,
                             enable_idempotence=options.get("idempotent", False), linger_ms=2, acks="all", retries=100)

    def stored(told):
        say(partition=told.partition, offset=told.offset)
    sent = []
    for row in rows():
        one = producer.send(topic, row["value"].encode(), row["key"].encode(), partition=row["partition"],
                            timestamp_ms=row.get("timestamp"))
        one.add_callback(stored)
        sent.append(one)
    producer.flush(80)
    for one in sent:
        one.get(1)
    producer.close()


def read():
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, consumer_timeout_ms=30000)
    at = TopicPartition(topic, options["partition"])
    consumer.assign([at])
    consumer.seek(at, options["offset"])
    for _, message in zip(range(options["count"]), consumer):
        record(message.partition, message.offset, message.key, message.value)
    consumer.close()


class Listener(kafka.ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        say(assigned=[])

    def on_partitions_assigned(self, assigned):
        say(assigned=[part.partition for part in assigned])


def group():
    classic_only("kafka-python")
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=options["group"], enable_auto_commit=False,
                             auto_offset_reset="earliest", session_timeout_ms=6000, heartbeat_interval_ms=1000)
    orders = Orders()
    consumer.subscribe([topic], listener=Listener())
    while not orders.take("end"):
        if orders.take("commit"):
            consumer.commit()
            say(committed=True)
        for messages in consumer.poll(timeout_ms=100).values():
            for message in messages:
                record(message.partition, message.offset, message.key, message.value)
    consumer.close()


def offset():
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    at = TopicPartition(topic, options["partition"])
    say(offset=consumer.offsets_for_times({at: options["time"]})[at].offset)


def admin():
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    if verb == "create":
        client.create_topics([NewTopic(topic, options["partitions"], 1, topic_configs=options["config"])])
    elif verb == "describe":
        shown = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
        say(value=value_in(shown, options["name"]))
    elif verb == "alter":
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic,
                                             configs={options["name"]: options["value"]})])
    elif verb == "grow":
        client.create_partitions({topic: NewPartitions(options["partitions"])})
    elif verb == "delete":
        client.delete_topics([topic])
    elif verb == "topics":
        for name in client.list_topics():
            say(topic=name)
    client.close()


def value_in(shown, name):
    """Its shape has changed from version to version: the setting somewhere below."""
    if isinstance(shown, dict):
        if name in shown:
            found = shown[name]
            return found["value"] if isinstance(found, dict) else found
        shown = shown.values()
    for each in shown if not isinstance(shown, str) else ():
        if isinstance(each, (dict, list, tuple)) and (found := value_in(each, name)) is not None:
            return found
    return None


{"produce": produce, "read": read, "group": group, "offset": offset}.get(verb, admin)()
