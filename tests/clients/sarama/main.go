// Makes a topic, writes to each partition by number, reads each back without a group, compares.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"
)

const partitions, records = 3, 200

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	bootstrap, topic := []string{os.Args[1]}, os.Args[2]
	config := sarama.NewConfig()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Compression = sarama.CompressionSnappy
	config.Producer.Return.Successes = true
	admin, err := sarama.NewClusterAdmin(bootstrap, config)
	check(err)
	check(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1}, false))
	check(admin.Close())
	producer, err := sarama.NewSyncProducer(bootstrap, config)
	check(err)
	for p := int32(0); p < partitions; p++ {
		var batch []*sarama.ProducerMessage
		for i := 0; i < records; i++ {
			batch = append(batch, &sarama.ProducerMessage{Topic: topic, Partition: p,
				Key: sarama.StringEncoder(fmt.Sprintf("key-%d-%04d", p, i)), Value: sarama.StringEncoder(fmt.Sprintf("value-%d-%04d", p, i))})
		}
		check(producer.SendMessages(batch))
	}
	check(producer.Close())
	consumer, err := sarama.NewConsumer(bootstrap, config)
	check(err)
	for p := int32(0); p < partitions; p++ {
		reader, err := consumer.ConsumePartition(topic, p, sarama.OffsetOldest)
		check(err)
		for i := 0; i < records; i++ {
			select {
			case m := <-reader.Messages():
				if string(m.Key) != fmt.Sprintf("key-%d-%04d", p, i) || string(m.Value) != fmt.Sprintf("value-%d-%04d", p, i) || m.Offset != int64(i) {
					check(fmt.Errorf("partition %d offset %d is %s", p, i, m.Key))
				}
			case <-time.After(30 * time.Second):
				check(fmt.Errorf("timeout in partition %d at %d", p, i))
			}
		}
		check(reader.Close())
	}
	check(consumer.Close())
	fmt.Printf("%d records ok, sarama\n", partitions*records)
}
