// Kafka Streams: counts the words of a topic at least once, until its input ends. A repartition topic and a changelog topic.
//   WordCount BOOTSTRAP INPUT OUTPUT STATE_DIRECTORY
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

public class WordCount {
    public static void main(String[] words) throws Exception {
        var text = Serdes.String();
        var builder = new StreamsBuilder();
        builder.stream(words[1], Consumed.with(text, text))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(text, text))
            .count()
            .toStream()
            .mapValues(count -> Long.toString(count))
            .to(words[2], Produced.with(text, text));
        var settings = new Properties();
        settings.putAll(Map.of(StreamsConfig.APPLICATION_ID_CONFIG, "count-" + words[1], StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, words[0],
            StreamsConfig.STATE_DIR_CONFIG, words[3], StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "200",
            "auto.offset.reset", "earliest", "session.timeout.ms", "6000", "heartbeat.interval.ms", "1000"));
        var streams = new KafkaStreams(builder.build(), settings);
        streams.start();
        while (System.in.read() >= 0) {
        }
        System.exit(streams.close(Duration.ofSeconds(30)) ? 0 : 1);
    }
}
