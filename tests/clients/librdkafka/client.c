/* The verbs of the matrix (tests/clients/README.md) with librdkafka in C. client.py speaks JSON for it: here words stand in
 * the arguments and lines have tabs.
 *   client BOOTSTRAP produce TOPIC CODEC IDEMPOTENT     lines: partition key value timestamp (0: none)
 *   client BOOTSTRAP read TOPIC PARTITION OFFSET COUNT
 *   client BOOTSTRAP group TOPIC GROUP                  lines: commit; the end of the input ends it
 *   client BOOTSTRAP offset TOPIC PARTITION TIME
 *   client BOOTSTRAP create TOPIC PARTITIONS [NAME=VALUE]...
 *   client BOOTSTRAP describe TOPIC NAME | alter TOPIC NAME VALUE | grow TOPIC PARTITIONS | delete TOPIC | topics TOPIC */
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[512];
static char **word;
static int words;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
    fail(text);
  }
}

static rd_kafka_t *make(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  set(conf, "bootstrap.servers", word[1]);
  rd_kafka_t *made = rd_kafka_new(type, conf, text, sizeof text);
  if (made == NULL) {
    fail(text);
  }
  return made;
}

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  (void)opaque;
  if (message->err != 0) {
    fail(rd_kafka_err2str(message->err));
  }
  printf("acked\t%d\t%lld\n", message->partition, (long long)message->offset);
}

static void produce(void) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "compression.type", word[4]);
  set(conf, "enable.idempotence", word[5]);
  set(conf, "linger.ms", "2");
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t *producer = make(RD_KAFKA_PRODUCER, conf);
  static char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *rest = line;
    const int partition = atoi(strsep(&rest, "\t"));
    const char *key = strsep(&rest, "\t");
    const char *value = strsep(&rest, "\t");
    const long long timestamp = atoll(rest);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(word[3]), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(key, strlen(key)),
        RD_KAFKA_V_VALUE((void *)value, strlen(value)), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error != 0) {
      fail(rd_kafka_err2str(error));
    }
    rd_kafka_poll(producer, 5);
  }
  if (rd_kafka_flush(producer, 80000) != 0) {
    fail("not delivered in time");
  }
  rd_kafka_destroy(producer);
}

static void show(const rd_kafka_message_t *one) {
  printf("record\t%d\t%lld\t%.*s\t%.*s\n", one->partition, (long long)one->offset, (int)one->key_len, (const char *)one->key,
         (int)one->len, (const char *)one->payload);
}

static rd_kafka_t *consumer(const char *group, void (*rebalanced)(rd_kafka_t *, rd_kafka_resp_err_t,
                                                                 rd_kafka_topic_partition_list_t *, void *)) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "group.id", group);
  set(conf, "enable.auto.commit", "false");
  set(conf, "auto.offset.reset", "earliest");
  set(conf, "session.timeout.ms", "6000");
  set(conf, "heartbeat.interval.ms", "1000");
  if (rebalanced != NULL) {
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
  }
  rd_kafka_t *made = make(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(made);
  return made;
}

static void leave(rd_kafka_t *client) {
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}

static void read_some(void) {
  rd_kafka_t *client = consumer("unused", NULL);
  rd_kafka_topic_partition_list_t *at = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(at, word[3], atoi(word[4]))->offset = atoll(word[5]);
  rd_kafka_assign(client, at);
  for (int left = atoi(word[6]); left > 0; left--) {
    rd_kafka_message_t *one = rd_kafka_consumer_poll(client, 30000);
    if (one == NULL || one->err != 0) {
      fail(one == NULL ? "nothing came" : rd_kafka_message_errstr(one));
    }
    show(one);
    rd_kafka_message_destroy(one);
  }
  rd_kafka_topic_partition_list_destroy(at);
  leave(client);
}

static void rebalanced(rd_kafka_t *client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *of, void *opaque) {
  (void)opaque;
  printf("assigned\t");
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < of->cnt; i++) {
      printf("%s%d", i == 0 ? "" : ",", of->elems[i].partition);
    }
  }
  printf("\n");
  rd_kafka_assign(client, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? of : NULL);
}

static void group(void) {
  rd_kafka_t *client = consumer(word[4], rebalanced);
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, word[3], RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(client, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  setvbuf(stdin, NULL, _IONBF, 0);
  static char line[100];
  for (int fresh = 0;;) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) > 0) {
      if (fgets(line, sizeof line, stdin) == NULL) {
        break;
      }
      const rd_kafka_resp_err_t error = fresh ? rd_kafka_commit(client, NULL, 0) : RD_KAFKA_RESP_ERR_NO_ERROR;
      if (error != 0) {
        fail(rd_kafka_err2str(error));
      }
      printf("committed\n");
    }
    rd_kafka_message_t *one = rd_kafka_consumer_poll(client, 100);
    if (one != NULL) {
      if (one->err == 0) {
        show(one);
        fresh = 1;
      }
      rd_kafka_message_destroy(one);
    }
  }
  leave(client);
}

static void offset(void) {
  rd_kafka_t *client = consumer("unused", NULL);
  rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(asked, word[3], atoi(word[4]))->offset = atoll(word[5]);
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, asked, 30000);
  if (error != 0 || asked->elems[0].err != 0) {
    fail(rd_kafka_err2str(error != 0 ? error : asked->elems[0].err));
  }
  printf("offset\t%lld\n", (long long)asked->elems[0].offset);
  rd_kafka_topic_partition_list_destroy(asked);
  leave(client);
}

static void check_topics(const rd_kafka_topic_result_t **results, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (rd_kafka_topic_result_error(results[i]) != 0) {
      fail(rd_kafka_topic_result_error_string(results[i]));
    }
  }
}

static void check_configs(const rd_kafka_ConfigResource_t **resources, size_t count, const char *wanted) {
  for (size_t i = 0; i < count; i++) {
    if (rd_kafka_ConfigResource_error(resources[i]) != 0) {
      fail(rd_kafka_ConfigResource_error_string(resources[i]));
    }
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t **all = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (size_t j = 0; wanted != NULL && j < entries; j++) {
      if (strcmp(rd_kafka_ConfigEntry_name(all[j]), wanted) == 0) {
        printf("value\t%s\n", rd_kafka_ConfigEntry_value(all[j]));
      }
    }
  }
}

static void manage(const char *verb) {
  rd_kafka_t *client = make(RD_KAFKA_PRODUCER, rd_kafka_conf_new());
  rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
  size_t count = 0;
  if (strcmp(verb, "create") == 0) {
    rd_kafka_NewTopic_t *made = rd_kafka_NewTopic_new(word[3], atoi(word[4]), 1, text, sizeof text);
    for (int i = 5; i < words; i++) {
      char *value = strchr(word[i], '=');
      *value = '\0';
      rd_kafka_NewTopic_set_config(made, word[i], value + 1);
    }
    rd_kafka_CreateTopics(client, &made, 1, NULL, answers);
  } else if (strcmp(verb, "grow") == 0) {
    rd_kafka_NewPartitions_t *grown = rd_kafka_NewPartitions_new(word[3], (size_t)atoi(word[4]), text, sizeof text);
    rd_kafka_CreatePartitions(client, &grown, 1, NULL, answers);
  } else if (strcmp(verb, "delete") == 0) {
    rd_kafka_DeleteTopic_t *gone = rd_kafka_DeleteTopic_new(word[3]);
    rd_kafka_DeleteTopics(client, &gone, 1, NULL, answers);
  } else if (strcmp(verb, "topics") == 0) {
    const struct rd_kafka_metadata *all = NULL;
    if (rd_kafka_metadata(client, 1, NULL, &all, 30000) != 0) {
      fail("no metadata");
    }
    for (int i = 0; i < all->topic_cnt; i++) {
      printf("topic\t%s\n", all->topics[i].topic);
    }
    rd_kafka_metadata_destroy(all);
    exit(0);
  } else {
    rd_kafka_ConfigResource_t *one = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, word[3]);
    if (strcmp(verb, "alter") == 0) {
      rd_kafka_ConfigResource_set_config(one, word[4], word[5]);
      rd_kafka_AlterConfigs(client, &one, 1, NULL, answers);
    } else {
      rd_kafka_DescribeConfigs(client, &one, 1, NULL, answers);
    }
  }
  rd_kafka_event_t *answer = rd_kafka_queue_poll(answers, 30000);
  if (answer == NULL || rd_kafka_event_error(answer) != 0) {
    fail(answer == NULL ? "no answer" : rd_kafka_event_error_string(answer));
  }
  switch (rd_kafka_event_type(answer)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT: {
      const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer), &count);
      check_topics(results, count);
      break;
    }
    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT: {
      const rd_kafka_topic_result_t **results =
          rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(answer), &count);
      check_topics(results, count);
      break;
    }
    case RD_KAFKA_EVENT_DELETETOPICS_RESULT: {
      const rd_kafka_topic_result_t **results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(answer), &count);
      check_topics(results, count);
      break;
    }
    case RD_KAFKA_EVENT_ALTERCONFIGS_RESULT: {
      const rd_kafka_ConfigResource_t **resources =
          rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(answer), &count);
      check_configs(resources, count, NULL);
      break;
    }
    case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT: {
      const rd_kafka_ConfigResource_t **resources =
          rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer), &count);
      check_configs(resources, count, word[4]);
      break;
    }
    default:
      fail(rd_kafka_event_name(answer));
  }
}

int main(int count, char **arguments) {
  word = arguments;
  words = count;
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *verb = word[2];
  if (strcmp(verb, "produce") == 0) {
    produce();
  } else if (strcmp(verb, "read") == 0) {
    read_some();
  } else if (strcmp(verb, "group") == 0) {
    group();
  } else if (strcmp(verb, "offset") == 0) {
    offset();
  } else {
    manage(verb);
  }
  return 0;
}
