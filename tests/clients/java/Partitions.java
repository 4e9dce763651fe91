import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/** Makes a topic, writes to each partition by number, reads each back without a group, compares. */
public class Partitions {
  static final int PARTITIONS = 3;
  static final int RECORDS = 200;

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    String topic = arguments[1];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    }
    Map<String, Object> writing = Map.of("bootstrap.servers", bootstrap, "compression.type", "lz4");
    try (var producer = new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer())) {
      List<Future<?>> sent = new ArrayList<>();
      for (int p = 0; p < PARTITIONS; ++p) {
        for (int i = 0; i < RECORDS; ++i) {
          sent.add(producer.send(new ProducerRecord<>(topic, p, key(p, i), value(p, i))));
        }
      }
      producer.flush();
      for (Future<?> future : sent) {
        future.get();
      }
    }
    Map<String, Object> reading = Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false);
    try (var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
      for (int p = 0; p < PARTITIONS; ++p) {
        var at = List.of(new TopicPartition(topic, p));
        consumer.assign(at);
        consumer.seekToBeginning(at);
        int i = 0;
        long end = System.nanoTime() + 30_000_000_000L;
        while (i < RECORDS) {
          for (var record : consumer.poll(Duration.ofMillis(500))) {
            if (!record.key().equals(key(p, i)) || !record.value().equals(value(p, i)) || record.offset() != i) {
              throw new AssertionError("partition " + p + " offset " + i + " is " + record);
            }
            ++i;
          }
          if (System.nanoTime() > end) {
            throw new AssertionError("timeout in partition " + p + " at " + i);
          }
        }
      }
    }
    System.out.println(PARTITIONS * RECORDS + " records ok, kafka-clients " + AppInfoParser.getVersion());
  }

  static String key(int p, int i) {
    return String.format("key-%d-%04d", p, i);
  }

  static String value(int p, int i) {
    return String.format("value-%d-%04d", p, i);
  }
}
