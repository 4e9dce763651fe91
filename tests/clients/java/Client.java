// The verbs of the matrix (tests/clients/README.md) with Kafka's Java client.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Client {
    static final ObjectMapper json = new ObjectMapper();
    static final BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    static String bootstrap, verb, topic;
    static JsonNode options;

    static synchronized void say(Map<String, ?> what) {
        try {
            System.out.println(json.writeValueAsString(what));
        } catch (Exception failure) {
            throw new RuntimeException(failure);
        }
    }

    static void record(ConsumerRecord<String, String> one) {
        say(Map.of("partition", one.partition(), "offset", one.offset(), "key", one.key(), "value", one.value()));
    }

    static Properties common() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        return settings;
    }

    static void produce() throws Exception {
        Properties settings = common();
        settings.put("compression.type", options.path("codec").asText("none"));
        settings.put("enable.idempotence", String.valueOf(options.path("idempotent").asBoolean(false)));
        settings.put("linger.ms", "2");
        settings.put("acks", "all");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (String line; (line = input.readLine()) != null; ) {
                JsonNode row = json.readTree(line);
                Long timestamp = row.has("timestamp") ? row.get("timestamp").asLong() : null;
                producer.send(new ProducerRecord<>(topic, row.get("partition").asInt(), timestamp, row.get("key").asText(),
                        row.get("value").asText()), (told, failure) -> {
                    if (failure != null) {
                        failure.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    }
                    say(Map.of("partition", told.partition(), "offset", told.offset()));
                });
            }
            producer.flush();
        }
    }

    static KafkaConsumer<String, String> consumer(Map<String, String> more) {
        Properties settings = common();
        settings.putAll(more);
        settings.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    static void read() {
        try (var consumer = consumer(Map.of())) {
            var at = new TopicPartition(topic, options.get("partition").asInt());
            consumer.assign(List.of(at));
            consumer.seek(at, options.get("offset").asLong());
            int left = options.get("count").asInt();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (left > 0 && System.nanoTime() < deadline) {
                for (var one : consumer.poll(Duration.ofMillis(500))) {
                    if (left-- > 0) {
                        record(one);
                    }
                }
            }
        }
    }

    static void group() {
        var told = new ConcurrentLinkedQueue<String>();
        Thread listener = new Thread(() -> {
            input.lines().forEach(line -> told.add(line.strip()));
            told.add("end");
        });
        listener.setDaemon(true);
        listener.start();
        Map<String, String> settings = new HashMap<>(Map.of("group.id", options.get("group").asText(), "auto.offset.reset", "earliest"));
        boolean isClassic = options.get("protocol").asText().equals("classic");
        settings.putAll(isClassic ? Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "1000", "max.poll.interval.ms", "6000")
                : Map.of("group.protocol", "consumer", "max.poll.interval.ms", "6000"));
        try (var consumer = consumer(settings)) {
            consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                public void onPartitionsRevoked(Collection<TopicPartition> gone) {
                    say(Map.of("assigned", consumer.assignment().stream().filter(one -> !gone.contains(one))
                            .map(TopicPartition::partition).toList()));
                }

                public void onPartitionsAssigned(Collection<TopicPartition> added) {
                    say(Map.of("assigned", consumer.assignment().stream().map(TopicPartition::partition).toList()));
                }
            });
            while (true) {
                String order = told.poll();
                if ("end".equals(order)) {
                    return;
                }
                if ("commit".equals(order)) {
                    consumer.commitSync();
                    say(Map.of("committed", true));
                }
                consumer.poll(Duration.ofMillis(100)).forEach(Client::record);
            }
        }
    }

    static void offset() {
        try (var consumer = consumer(Map.of())) {
            var at = new TopicPartition(topic, options.get("partition").asInt());
            say(Map.of("offset", consumer.offsetsForTimes(Map.of(at, options.get("time").asLong())).get(at).offset()));
        }
    }

    static void manage() throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(common())) {
            switch (verb) {
                case "create" -> {
                    Map<String, String> config = new HashMap<>();
                    options.get("config").fields().forEachRemaining(one -> config.put(one.getKey(), one.getValue().asText()));
                    admin.createTopics(List.of(new NewTopic(topic, options.get("partitions").asInt(), (short) 1).configs(config))).all().get();
                }
                case "describe" -> say(Map.of("value",
                        admin.describeConfigs(List.of(resource)).all().get().get(resource).get(options.get("name").asText()).value()));
                case "alter" -> admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(
                        new ConfigEntry(options.get("name").asText(), options.get("value").asText()), AlterConfigOp.OpType.SET)))).all().get();
                case "grow" -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(options.get("partitions").asInt()))).all().get();
                case "delete" -> admin.deleteTopics(List.of(topic)).all().get();
                case "topics" -> admin.listTopics().names().get().forEach(name -> say(Map.of("topic", name)));
                default -> throw new IllegalArgumentException(verb);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[0];
        verb = arguments[1];
        options = json.readTree(arguments[2]);
        topic = options.get("topic").asText();
        switch (verb) {
            case "produce" -> produce();
            case "read" -> read();
            case "group" -> group();
            case "offset" -> offset();
            default -> manage();
        }
    }
}
