/* Makes a topic, writes to each partition by number, reads each back without a group, compares. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { partitions = 3, records = 200, timeout_ms = 30000 };

static void fail(const char *what, const char *why) {
  printf("%s: %s\n", what, why);
  exit(1);
}

static rd_kafka_t *make_client(rd_kafka_type_t type, const char *bootstrap) {
  char error[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, error, sizeof error);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set(conf, "compression.type", "lz4", error, sizeof error);
    rd_kafka_conf_set(conf, "enable.idempotence", "true", error, sizeof error);
  } else {
    /* Needed by the library even where no group is used. */
    rd_kafka_conf_set(conf, "group.id", "unused", error, sizeof error);
    rd_kafka_conf_set(conf, "enable.auto.commit", "false", error, sizeof error);
  }
  rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == NULL) fail("rd_kafka_new", error);
  return client;
}

static void create_topic(rd_kafka_t *client, const char *topic) {
  char error[512];
  rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(topic, partitions, 1, error, sizeof error);
  rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &wanted, 1, NULL, queue);
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
  if (event == NULL || rd_kafka_event_error(event)) fail("create", event ? rd_kafka_event_error_string(event) : "timeout");
  size_t count = 0;
  const rd_kafka_topic_result_t **results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  if (count != 1 || rd_kafka_topic_result_error(results[0])) fail("create", rd_kafka_topic_result_error_string(results[0]));
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(wanted);
}

static void produce(const char *bootstrap, const char *topic) {
  rd_kafka_t *producer = make_client(RD_KAFKA_PRODUCER, bootstrap);
  create_topic(producer, topic);
  for (int p = 0; p < partitions; ++p) {
    for (int i = 0; i < records; ++i) {
      char key[32], value[32];
      snprintf(key, sizeof key, "key-%d-%04d", p, i);
      snprintf(value, sizeof value, "value-%d-%04d", p, i);
      rd_kafka_resp_err_t error = rd_kafka_producev(
          producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(p), RD_KAFKA_V_KEY(key, strlen(key)),
          RD_KAFKA_V_VALUE(value, strlen(value)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (error) fail("produce", rd_kafka_err2str(error));
    }
  }
  if (rd_kafka_flush(producer, timeout_ms)) fail("flush", "timeout");
  rd_kafka_destroy(producer);
}

static void consume(const char *bootstrap, const char *topic) {
  rd_kafka_t *consumer = make_client(RD_KAFKA_CONSUMER, bootstrap);
  rd_kafka_poll_set_consumer(consumer);
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    if (rd_kafka_assign(consumer, list)) fail("assign", "refused");
    rd_kafka_topic_partition_list_destroy(list);
    for (int i = 0; i < records; ++i) {
      rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, timeout_ms);
      if (message == NULL) fail("consume", "timeout");
      if (message->err) fail("consume", rd_kafka_message_errstr(message));
      char key[32], value[32];
      snprintf(key, sizeof key, "key-%d-%04d", p, i);
      snprintf(value, sizeof value, "value-%d-%04d", p, i);
      if (message->key_len != strlen(key) || memcmp(message->key, key, message->key_len) || message->len != strlen(value) ||
          memcmp(message->payload, value, message->len) || message->partition != p || message->offset != i)
        fail("compare", key);
      rd_kafka_message_destroy(message);
    }
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  produce(argv[1], argv[2]);
  consume(argv[1], argv[2]);
  printf("%d records ok, librdkafka %s\n", partitions * records, rd_kafka_version_str());
  return 0;
}
