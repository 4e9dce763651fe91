/* Which partition librdkafka's consistent partitioner gives each key. "consistent_random" is the
 * same but for null and empty keys, which it spreads at random; those rows say "random". */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  static const int counts[] = {1, 2, 3, 12, 100, 1009};
  static char line[4096];
  static unsigned char key[2048];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), NULL, 0);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, "golden", NULL);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    size_t size = 0;
    if (strcmp(line, "-") != 0 && strcmp(line, ".") != 0) {
      for (; line[2 * size] != 0; ++size) {
        unsigned value = 0;
        sscanf(line + 2 * size, "%2x", &value);
        key[size] = (unsigned char)value;
      }
    }
    printf("%s", line);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
      if (size == 0) {
        printf("\t%d:random", counts[i]);
      } else {
        int32_t plain =
            rd_kafka_msg_partitioner_consistent(topic, key, size, counts[i], NULL, NULL);
        int32_t mixed =
            rd_kafka_msg_partitioner_consistent_random(topic, key, size, counts[i], NULL, NULL);
        if (plain != mixed) {
          return 1;
        }
        printf("\t%d:%d", counts[i], (int)mixed);
      }
    }
    printf("\n");
  }
  return 0;
}
