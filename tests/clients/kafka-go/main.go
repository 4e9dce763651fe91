// Makes a topic, writes to each partition by number, reads each back without a group, compares.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

const partitions, records = 3, 200

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	bootstrap, topic := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	connection, err := kafka.Dial("tcp", bootstrap)
	check(err)
	check(connection.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}))
	check(connection.Close())
	// The partition stands in the key, so the balancer can choose it by number.
	chosen := kafka.BalancerFunc(func(m kafka.Message, _ ...int) int {
		p, _ := strconv.Atoi(strings.Split(string(m.Key), "-")[1])
		return p
	})
	writer := &kafka.Writer{Addr: kafka.TCP(bootstrap), Topic: topic, Balancer: chosen, Compression: kafka.Lz4,
		RequiredAcks: kafka.RequireAll, BatchTimeout: 10 * time.Millisecond}
	for p := 0; p < partitions; p++ {
		var batch []kafka.Message
		for i := 0; i < records; i++ {
			batch = append(batch, kafka.Message{Key: []byte(fmt.Sprintf("key-%d-%04d", p, i)), Value: []byte(fmt.Sprintf("value-%d-%04d", p, i))})
		}
		check(writer.WriteMessages(ctx, batch...))
	}
	check(writer.Close())
	for p := 0; p < partitions; p++ {
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, Partition: p, MaxWait: 500 * time.Millisecond})
		for i := 0; i < records; i++ {
			m, err := reader.ReadMessage(ctx)
			check(err)
			if string(m.Key) != fmt.Sprintf("key-%d-%04d", p, i) || string(m.Value) != fmt.Sprintf("value-%d-%04d", p, i) || m.Offset != int64(i) {
				check(fmt.Errorf("partition %d offset %d is %s", p, i, m.Key))
			}
		}
		check(reader.Close())
	}
	fmt.Printf("%d records ok, kafka-go\n", partitions*records)
}
