import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Scanner;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/** Which partition the Java client's default partitioner gives each key; null keys have none. */
public class Murmur2 {
    public static void main(String[] arguments) {
        int[] counts = {1, 2, 3, 12, 100, 1009};
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            if (line.equals("-")) {
                continue;
            }
            byte[] key = line.equals(".") ? new byte[0] : HexFormat.of().parseHex(line);
            StringBuilder row = new StringBuilder(line);
            for (int count : counts) {
                row.append('\t').append(count).append(':').append(BuiltInPartitioner.partitionForKey(key, count));
            }
            System.out.println(row);
        }
    }
}
